// Scans a service's JSON token by token, in memory that does not grow with the text.
//
// The structure must follow RFC 8259. The content of a string and the size of a number are not checked until
// a caller reads them: real answers hold halves of emoji ("\ud83d"), bytes that are no UTF-8, control
// characters and 1e999 in fields that Purser does not use, and the common JSON libraries refuse the whole
// answer for one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace purser {

inline constexpr int kDeepestJson = 64;  // nested brackets; no service nests deeper than ten

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
    end,       // of the whole text
    broken,    // the text is no JSON, or was cut off
    too_deep,  // nested deeper than kDeepestJson
  };

  Kind kind;
  std::string_view raw = {};  // as in the text, with escapes; a string without its quotes
};

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text);

  // After `end`, `broken` and `too_deep`, returns the same again.
  JsonToken next();
  // Skips to the end of the value that begins with `first`. If the text is broken in it, next() says so.
  void skip(const JsonToken& first);
  // How many bytes were read; of a broken text, the bytes up to the fault.
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
  std::uint64_t objects_ = 0;  // a bit for each open bracket: 1 for an object's
  Expecting expecting_ = Expecting::value;
  bool is_stopped_ = false;
  JsonToken::Kind stopped_ = JsonToken::Kind::end;
};

// The text that a JSON string means, in UTF-8. U+FFFD replaces every part that has no meaning (half a
// surrogate pair, bytes that are no UTF-8, an unknown escape), and then is_exact is false.
struct JsonText {
  std::string text = {};
  bool is_exact = true;
};
JsonText json_text(std::string_view raw);

}  // namespace purser
