// JSON that others wrote, token by token, in memory that does not grow with it.
//
// The structure is held to RFC 8259; what stands inside a string, and how large a number is, is not looked at
// until somebody asks for it. Real answers hold halves of emoji ("\ud83d"), bytes that are no UTF-8, control
// characters and 1e999 in texts that are not ours, and the JSON libraries at hand refuse the whole for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace purser {

inline constexpr int kDeepestJson = 64;  // brackets within each other; no service nests beyond ten

struct JsonToken {
  enum class Kind {
    begin_object,
    end_object,
    begin_array,
    end_array,
    name,  // of a member; its value is the next token
    text,
    number,
    boolean,
    null,
    end,       // of the whole
    broken,    // no JSON, or not the whole
    too_deep,  // beyond kDeepestJson
  };

  Kind kind;
  std::string_view raw = {};  // as it stands there, strings without their quotes
};

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text);

  // After `end`, `broken` and `too_deep`: the same again.
  JsonToken next();
  // To the end of the value that begins with `first`. What breaks in it is told by the next token.
  void skip(const JsonToken& first);
  // How many bytes were read; of what is broken, up to there.
  std::size_t position() const { return at_; }

 private:
  enum class Expecting { value, value_or_end, name, name_or_end, comma_or_end, nothing };

  JsonToken ready();
  JsonToken value();
  JsonToken name();
  JsonToken open(JsonToken::Kind kind);
  JsonToken close(JsonToken::Kind kind);
  JsonToken word(JsonToken::Kind kind, std::string_view word);
  JsonToken number();
  JsonToken text();
  JsonToken done(JsonToken::Kind kind, std::string_view raw);
  JsonToken stop(JsonToken::Kind kind);

  bool take(char wanted);
  bool take_digits();
  bool take_string(std::string_view& raw);
  void skip_blanks();
  bool is_in_object() const;

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::uint64_t objects_ = 0;  // a bit for each open bracket: whether it is an object's
  Expecting expecting_ = Expecting::value;
  bool is_stopped_ = false;
  JsonToken::Kind stopped_ = JsonToken::Kind::end;
};

// What a string means, in UTF-8. For what means nothing (half a surrogate pair, bytes that are no UTF-8, an
// unknown escape) U+FFFD stands in its place, and the text is not exact.
struct JsonText {
  std::string text = {};
  bool is_exact = true;
};
JsonText json_text(std::string_view raw);

}  // namespace purser
