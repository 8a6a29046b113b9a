#include "base/text.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/random_id.h"
#include "purser/clock.h"
#include "support/scratch.h"

namespace purser {
namespace {

// The UTF-8 of any number, also of those that are no character.
std::string encoded(char32_t code) {
  auto byte = [](char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0 | (code >> 6)), byte(0x80 | (code & 0x3F))};
  if (code < 0x10000) {
    return {byte(0xE0 | (code >> 12)), byte(0x80 | ((code >> 6) & 0x3F)), byte(0x80 | (code & 0x3F))};
  }
  return {byte(0xF0 | (code >> 18)), byte(0x80 | ((code >> 12) & 0x3F)), byte(0x80 | ((code >> 6) & 0x3F)),
          byte(0x80 | (code & 0x3F))};
}

bool is_character(char32_t code) { return code != 0 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF); }

TEST(Text, EveryCharacterIsStorableAndNothingElse) {
  for (char32_t code = 0; code <= 0x1FFFFF; ++code) {
    ASSERT_EQ(is_storable_text(encoded(code)), is_character(code))
        << std::hex << static_cast<std::uint32_t>(code);
  }
}

TEST(Text, WhereverItStandsInALongText) {
  for (std::size_t at = 0; at < 24; ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text(24, 'a');
      text[at] = static_cast<char>(byte);
      EXPECT_EQ(is_storable_text(text), byte > 0 && byte < 0x80) << at << " " << byte;
    }
    EXPECT_TRUE(is_storable_text(std::string(at, 'a') + encoded(U'\u20AC') + std::string(24 - at, '\x7F')));
  }
}

TEST(Text, ACharacterThatIsCutShortIsNotStorable) {
  for (char32_t code : {U'\u0080', U'\u07FF', U'\u0800', U'\uFFFF', U'\U00010000', U'\U0010FFFF'}) {
    std::string whole = encoded(code);
    for (std::size_t length = 1; length < whole.size(); ++length) {
      EXPECT_FALSE(is_storable_text(whole.substr(0, length)));
      EXPECT_FALSE(is_storable_text(whole.substr(0, length) + "a"));
      EXPECT_FALSE(is_storable_text(whole.substr(0, length) + whole));
    }
    EXPECT_TRUE(is_storable_text("a" + whole + whole + "z"));
  }
}

TEST(Text, MalformedBytesAreNotStorable) {
  using namespace std::string_literals;
  for (const std::string& text : {
           "\0"s,                        // NUL alone,
           "a\0b"s,                      // inside,
           "a\0"s,                       // and at the end
           "\x80"s,                      // a continuation without a beginning
           "a\xBF"s,                     //
           "\xC3\xA9\xA9"s,              // one too many
           "\xC0\x80"s,                  // NUL in two bytes
           "\xC1\xBF"s,                  // overlong, two bytes
           "\xE0\x80\x80"s,              // three
           "\xE0\x9F\xBF"s,              //
           "\xF0\x80\x80\x80"s,          // four
           "\xF0\x8F\xBF\xBF"s,          //
           "\xED\xA0\x80"s,              // surrogates
           "\xED\xBF\xBF"s,              //
           "\xF4\x90\x80\x80"s,          // beyond U+10FFFF
           "\xF5\x80\x80\x80"s,          //
           "\xF8\x88\x80\x80\x80"s,      // five bytes
           "\xFC\x84\x80\x80\x80\x80"s,  // six
           "\xFE"s,
           "\xFF"s,     // never
           "caf\xE9"s,  // Latin-1
           "\xC3("s,
           "\xE2\x82("s,
           "\xE2(\xAC"s,
           "\xF0\x9F\x92("s,
           "\xF0(\x92\xA9"s,  //
       }) {
    EXPECT_FALSE(is_storable_text(text)) << testing::PrintToString(text);
  }
}

TEST(Text, TextOfManyScriptsIsStorable) {
  for (std::string_view text : {"", "backfiller", "naïve café", "価格は妥当", "\U0001F4B0", "e\u0301",
                                "\uFEFFx", "line\nline", "\x7F"}) {
    EXPECT_TRUE(is_storable_text(text)) << text;
  }
}

TEST(Text, ANameIsShortPrintableText) {
  struct Case {
    std::string name;
    std::optional<ErrorCode> refused;
  };
  for (const Case& c : {Case{"backfiller", {}},
                        {"Ärger 9.5 %", {}},
                        {" ", {}},
                        {std::string(200, 'x'), {}},
                        {"", ErrorCode::usage},
                        {std::string(201, 'x'), ErrorCode::usage},
                        {"two\nlines", ErrorCode::usage},
                        {"\x1B[31m", ErrorCode::usage},
                        {"\x7F", ErrorCode::usage},
                        {std::string("a\0b", 3), ErrorCode::invalid_text},
                        {"caf\xE9", ErrorCode::invalid_text}}) {
    EXPECT_PURSER_ERROR(c.refused, require_name("task", c.name)) << testing::PrintToString(c.name);
  }
}

TEST(Text, TheMessageSaysWhatTheNameWasFor) {
  std::string message = test::message_of([] { require_name("task", ""); });
  EXPECT_EQ(message.rfind("task:", 0), 0U) << message;
}

TEST(Text, InstantsAreRfc3339WithMilliseconds) {
  struct Case {
    std::int64_t milliseconds;
    const char* text;
  };
  for (const Case& c : {Case{0, "1970-01-01T00:00:00.000Z"},
                        {-1, "1969-12-31T23:59:59.999Z"},
                        {1'767'225'600'123, "2026-01-01T00:00:00.123Z"},
                        {951'782'400'000, "2000-02-29T00:00:00.000Z"},
                        {253'402'300'799'999, "9999-12-31T23:59:59.999Z"},
                        {253'402'300'800'000, "253402300800000"},
                        {-62'167'219'200'000, "0000-01-01T00:00:00.000Z"},
                        {-62'167'219'200'001, "-62167219200001"},
                        {std::numeric_limits<std::int64_t>::max(), "9223372036854775807"}}) {
    EXPECT_EQ(rfc3339(Instant{Duration{c.milliseconds}}), c.text);
  }
}

TEST(Text, IdsAreTimeThenRandomnessAndNeverRepeat) {
  std::set<std::string> ids;
  Instant at{Duration{0x0123456789AB}};
  for (int round = 0; round < 1000; ++round) {
    std::string id = random_id(at);
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(id.substr(0, 12), "0123456789ab");
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000U);
}

TEST(Text, EveryErrorHasANameOfItsOwn) {
  std::set<std::string_view> names;
  int codes = 0;
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code, ++codes) {
    names.insert(error_name(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(static_cast<int>(names.size()), codes);
}

}  // namespace
}  // namespace purser
