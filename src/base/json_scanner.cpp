#include "base/json_scanner.h"

#include <cstring>

#include "base/text.h"

namespace purser {
namespace {

using Kind = JsonToken::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// True where an odd number of backslashes precedes the quote: pairs of them escape each other.
bool is_escaped(std::string_view text, std::size_t quote) {
  std::size_t backslashes = 0;
  while (backslashes < quote && text[quote - backslashes - 1] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

}  // namespace

JsonScanner::JsonScanner(std::string_view text) : text_(text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_.substr(0, kByteOrderMark.size()) == kByteOrderMark) at_ = kByteOrderMark.size();
}

JsonToken JsonScanner::next() {
  if (is_stopped_) return {stopped_};
  skip_blanks();
  if (expecting_ == Expecting::comma_or_end && take(',')) {
    expecting_ = is_in_object() ? Expecting::name : Expecting::value;
    skip_blanks();
  }
  return ready();
}

// REQUIRES: the position is at the first byte of a token.
JsonToken JsonScanner::ready() {
  switch (expecting_) {
    case Expecting::value: return value();
    case Expecting::value_or_end: return take(']') ? close(Kind::end_array) : value();
    case Expecting::name: return name();
    case Expecting::name_or_end: return take('}') ? close(Kind::end_object) : name();
    case Expecting::comma_or_end:
      if (take(is_in_object() ? '}' : ']')) return close(is_in_object() ? Kind::end_object : Kind::end_array);
      return stop(Kind::broken);
    case Expecting::nothing: return stop(at_ == text_.size() ? Kind::end : Kind::broken);
  }
  return stop(Kind::broken);
}

JsonToken JsonScanner::value() {
  if (at_ == text_.size()) return stop(Kind::broken);
  switch (text_[at_]) {
    case '{': return open(Kind::begin_object);
    case '[': return open(Kind::begin_array);
    case '"': return text();
    case 't': return word(Kind::boolean, "true");
    case 'f': return word(Kind::boolean, "false");
    case 'n': return word(Kind::null, "null");
    default: return number();
  }
}

JsonToken JsonScanner::name() {
  std::string_view raw;
  if (!take_string(raw)) return stop(Kind::broken);
  skip_blanks();
  if (!take(':')) return stop(Kind::broken);
  expecting_ = Expecting::value;
  return {Kind::name, raw};
}

JsonToken JsonScanner::open(JsonToken::Kind kind) {
  static_assert(kDeepestJson <= 64, "objects_ has a bit for each level");
  if (depth_ == kDeepestJson) return stop(Kind::too_deep);
  bool is_object = kind == Kind::begin_object;
  auto bit = std::uint64_t{1} << static_cast<unsigned>(depth_);
  objects_ = is_object ? objects_ | bit : objects_ & ~bit;
  ++depth_;
  expecting_ = is_object ? Expecting::name_or_end : Expecting::value_or_end;
  return {kind, text_.substr(at_++, 1)};
}

JsonToken JsonScanner::close(JsonToken::Kind kind) {
  --depth_;
  return done(kind, {});
}

JsonToken JsonScanner::word(JsonToken::Kind kind, std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return stop(Kind::broken);
  at_ += word.size();
  return done(kind, word);
}

JsonToken JsonScanner::number() {
  std::size_t begin = at_;
  take('-');
  if (!take('0') && !take_digits()) return stop(Kind::broken);
  if (take('.') && !take_digits()) return stop(Kind::broken);
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    if (!take_digits()) return stop(Kind::broken);
  }
  return done(Kind::number, text_.substr(begin, at_ - begin));
}

JsonToken JsonScanner::text() {
  std::string_view raw;
  return take_string(raw) ? done(Kind::text, raw) : stop(Kind::broken);
}

// Called at the end of every value.
JsonToken JsonScanner::done(JsonToken::Kind kind, std::string_view raw) {
  expecting_ = depth_ == 0 ? Expecting::nothing : Expecting::comma_or_end;
  return {kind, raw};
}

JsonToken JsonScanner::stop(JsonToken::Kind kind) {
  is_stopped_ = true;
  stopped_ = kind;
  return {kind};
}

void JsonScanner::skip(const JsonToken& first) {
  if (first.kind != Kind::begin_object && first.kind != Kind::begin_array) return;
  for (int outside = depth_ - 1; depth_ > outside && !is_stopped_;) next();
}

bool JsonScanner::take(char wanted) {
  bool is_there = at_ < text_.size() && text_[at_] == wanted;
  if (is_there) ++at_;
  return is_there;
}

bool JsonScanner::take_digits() {
  std::size_t begin = at_;
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  return at_ > begin;
}

bool JsonScanner::take_string(std::string_view& raw) {
  if (!take('"')) return false;
  for (std::size_t begin = at_; at_ < text_.size();) {
    const void* found = std::memchr(text_.data() + at_, '"', text_.size() - at_);
    if (found == nullptr) break;
    auto quote = static_cast<std::size_t>(static_cast<const char*>(found) - text_.data());
    at_ = quote + 1;
    raw = text_.substr(begin, quote - begin);
    if (!is_escaped(raw, raw.size())) return true;
  }
  at_ = text_.size();
  return false;
}

void JsonScanner::skip_blanks() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n'))
    ++at_;
}

bool JsonScanner::is_in_object() const {
  return depth_ > 0 && (objects_ >> static_cast<unsigned>(depth_ - 1) & 1U) != 0;
}

// --- What a string means ---------------------------------------------------------------------------

namespace {

constexpr unsigned kNoUnit = 0x10000;  // larger than any four hex digits

class TextReader {
 public:
  explicit TextReader(std::string_view raw) : raw_(raw) {}

  JsonText read() {
    while (at_ < raw_.size()) {
      if (raw_[at_] == '\\') {
        ++at_;
        take_escape();
      } else {
        take_character();
      }
    }
    return std::move(told_);
  }

 private:
  void take_character() {
    constexpr std::size_t kLongest = 4;
    for (std::size_t length = 1; length <= kLongest && at_ + length <= raw_.size(); ++length) {
      std::string_view character = raw_.substr(at_, length);
      if (!is_storable_text(character)) continue;
      told_.text += character;
      at_ += length;
      return;
    }
    ++at_;
    replace();
  }
  void take_escape() {
    constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    char letter = at_ < raw_.size() ? raw_[at_++] : '\0';
    std::size_t which = kLetters.find(letter);
    if (letter == 'u') {
      take_unit();
    } else if (letter != '\0' && which != std::string_view::npos) {
      told_.text += kMeanings[which];
    } else {
      replace();
    }
  }
  void take_unit() {
    unsigned unit = four_digits();
    if (unit >= 0xD800 && unit < 0xDC00 && raw_.substr(at_, 2) == "\\u") {
      std::size_t after_first = at_;
      at_ += 2;
      unsigned second = four_digits();
      if (second >= 0xDC00 && second < 0xE000)
        return append(0x10000 + ((unit - 0xD800) << 10U) + second - 0xDC00);
      at_ = after_first;
    }
    bool is_half = unit >= 0xD800 && unit < 0xE000;
    return unit == kNoUnit || is_half ? replace() : append(unit);
  }
  // Takes four hex digits. kNoUnit where there are not four; then takes none.
  unsigned four_digits() {
    constexpr std::size_t kDigits = 4;
    std::string_view digits = raw_.substr(at_, kDigits);
    unsigned unit = 0;
    for (char digit : digits) {
      unsigned value = digit >= '0' && digit <= '9'   ? static_cast<unsigned>(digit - '0')
                       : digit >= 'a' && digit <= 'f' ? static_cast<unsigned>(digit - 'a') + 10
                       : digit >= 'A' && digit <= 'F' ? static_cast<unsigned>(digit - 'A') + 10
                                                      : kNoUnit;
      if (value == kNoUnit) return kNoUnit;
      unit = unit * 16 + value;
    }
    if (digits.size() < kDigits) return kNoUnit;
    at_ += kDigits;
    return unit;
  }
  void append(unsigned code) {
    auto byte = [this](unsigned value) {
      told_.text += static_cast<char>(static_cast<unsigned char>(value));
    };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
      byte(0xC0U | code >> 6U);
    } else if (code < 0x10000) {
      byte(0xE0U | code >> 12U);
      byte(0x80U | (code >> 6U & 0x3FU));
    } else {
      byte(0xF0U | code >> 18U);
      byte(0x80U | (code >> 12U & 0x3FU));
      byte(0x80U | (code >> 6U & 0x3FU));
    }
    byte(0x80U | (code & 0x3FU));
  }
  void replace() {
    told_.text += "\xEF\xBF\xBD";
    told_.is_exact = false;
  }

  std::string_view raw_;
  std::size_t at_ = 0;
  JsonText told_;
};

}  // namespace

JsonText json_text(std::string_view raw) {
  bool is_plain = raw.find('\\') == std::string_view::npos && is_storable_text(raw);
  return is_plain ? JsonText{std::string(raw)} : TextReader(raw).read();
}

}  // namespace purser
