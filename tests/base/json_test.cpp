// The reader of others' JSON: held against nlohmann_json on what both take, and against bytes of every kind.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "base/json_fields.h"
#include "base/json_scanner.h"
#include "base/text.h"
#include "support/matchers.h"

namespace purser {
namespace {

using nlohmann::json;
using Kind = JsonToken::Kind;

const std::vector<WantedField> kWanted = {
    {"n"}, {"o", {{"n"}, {"l", {{"[]", {{"n"}}}}}}}, {"f", {{"[0]", {{"n"}}}}}, {"t"}};

JsonFault fault_of(std::string_view text) {
  JsonFault fault{};
  json read = json_fields(text, kWanted, fault);
  EXPECT_EQ(read.is_discarded(), fault != JsonFault::none);
  return fault;
}

json fields(std::string_view text) {
  JsonFault fault{};
  json read = json_fields(text, kWanted, fault);
  EXPECT_EQ(fault, JsonFault::none) << text;
  return read;
}

TEST(JsonFields, OnlyWhatIsAskedForIsKept) {
  EXPECT_EQ(fields(R"({"x":[1,{"n":2}],"n":3,"y":{"n":4}})"), json({{"n", 3}}));
  EXPECT_EQ(fields(R"({"o":{"n":1,"m":2,"l":[{"n":3,"x":1},7,{}]}})"),
            json::parse(R"({"o":{"n":1,"l":[{"n":3},7,{}]}})"));
  EXPECT_EQ(fields(R"({"f":[{"n":1,"x":2},{"n":3},4]})"), json::parse(R"({"f":[{"n":1}]})"));
  EXPECT_EQ(fields(R"({"n":{"n":1},"o":"text"})"), json::parse(R"({"n":{},"o":"text"})"));
  EXPECT_EQ(fields(R"([{"n":1}])"), json::array());
  EXPECT_EQ(fields("7"), json(7));
}

TEST(JsonFields, TheLastOfTwoMembersCounts) {
  EXPECT_EQ(fields(R"({"n":1,"n":2})"), json({{"n", 2}}));
  EXPECT_EQ(fields(R"({"o":{"n":1},"o":{"l":[]}})"), json::parse(R"({"o":{"l":[]}})"));
  EXPECT_EQ(fields("{\"\\u006e\":5}"), json({{"n", 5}}));
}

// Beside our fields and within them.
TEST(JsonFields, NoBytesOfATextSpoilTheRest) {
  for (const char* odd : {R"("cut \ud83d")", R"("\udc00")", R"("\ud83d\ud83d")", "\"\xff\xfe\"",
                          "\"\xed\xa0\x80\"", R"("\u0000")", "\"\x01\t\n\"", R"("\q\uZZZZ\u12")", "1e999",
                          "-1e999", "1e-999", "123456789012345678901234567890"}) {
    EXPECT_EQ(fields(std::string(R"({"x":)") + odd + R"(,"n":3,"y":[)" + odd + "]}"), json({{"n", 3}}))
        << odd;
    EXPECT_NO_THROW(fields(std::string(R"({"t":)") + odd + "}").dump()) << odd;
  }
  std::string with_nul("{\"x\":\"a\0b\",\"n\":3}", 17);
  EXPECT_EQ(fields(with_nul), json({{"n", 3}}));
}

TEST(JsonFields, WhatATextMeansIsUtf8) {
  EXPECT_EQ(json_text(R"(\ud83d\ude00 \"\\\/\b\f\n\r\t \u00e9)").text, "\U0001F600 \"\\/\b\f\n\r\t \u00e9");
  EXPECT_TRUE(json_text(R"(\ud83d\ude00)").is_exact);
  for (const char* odd : {R"(\ud83d)", R"(\ude00)", "\xff", R"(\q)", R"(\u12)", "\xed\xa0\x80"}) {
    JsonText told = json_text(std::string("a") + odd + "b");
    EXPECT_FALSE(told.is_exact) << odd;
    EXPECT_TRUE(is_storable_text(told.text)) << odd;
    EXPECT_EQ(told.text.front(), 'a') << odd;
    EXPECT_NE(told.text.find("\uFFFD"), std::string::npos) << odd;
  }
  EXPECT_EQ(json_text(R"(\ud83d\u0041)").text, "\uFFFDA");
}

TEST(JsonFields, WhatNoNumberCanHoldIsInfinite) {
  EXPECT_EQ(fields(R"({"n":1e999})")["n"].get<double>(), HUGE_VAL);
  EXPECT_EQ(fields(R"({"n":-1e999})")["n"].get<double>(), -HUGE_VAL);
  EXPECT_EQ(fields(R"({"n":1e-999})")["n"].get<double>(), 0.0);
  EXPECT_EQ(fields(R"({"n":-0.5})")["n"], json(-0.5));
  EXPECT_EQ(fields(R"({"n":18446744073709551615})")["n"], json(UINT64_MAX));
  EXPECT_EQ(fields(R"({"n":-9223372036854775808})")["n"], json(INT64_MIN));
}

TEST(JsonFields, WhatIsNoJsonIsRefused) {
  for (const char* broken : {"",
                             " ",
                             "{",
                             "[",
                             "}",
                             "]",
                             "{]",
                             "[}",
                             "{\"n\"}",
                             "{\"n\":}",
                             "{\"n\":1,}",
                             "[1,]",
                             "[1 2]",
                             "{\"n\" 1}",
                             "{n:1}",
                             "{'n':1}",
                             "\"",
                             "\"\\\"",
                             "tru",
                             "nul",
                             "NaN",
                             "Infinity",
                             "+1",
                             "01",
                             "1.",
                             ".5",
                             "-",
                             "1e",
                             "1e+",
                             "{} {}",
                             "1 1",
                             "[1]]",
                             "<html>",
                             "\xff",
                             "{\"n\":1}x",
                             "{\"x\":\"cut",
                             "{\"x\":[1,{\"y\":2}",
                             "{\"n\":1,\"n\"",
                             "{,}",
                             "[,1]",
                             "{\"n\"::1}"}) {
    EXPECT_EQ(fault_of(broken), JsonFault::broken) << broken;
  }
  EXPECT_EQ(fault_of(std::string("{\"n\":1}\0", 8)), JsonFault::broken);
}

TEST(JsonFields, DeeperThan64IsRefusedAndAFileOfBracketsCostsNothing) {
  auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_EQ(fault_of(nested(kDeepestJson)), JsonFault::none);
  EXPECT_EQ(fault_of(nested(kDeepestJson + 1)), JsonFault::too_deep);
  EXPECT_EQ(fault_of(R"({"x":)" + nested(kDeepestJson) + "}"), JsonFault::too_deep);
  EXPECT_EQ(fault_of(R"({"t":)" + nested(kDeepestJson - 1) + "}"), JsonFault::none);
  std::string brackets(10'000'000, '[');
  JsonScanner scanner(brackets);
  while (scanner.next().kind == Kind::begin_array) {
  }
  EXPECT_EQ(scanner.next().kind, Kind::too_deep);
  EXPECT_EQ(scanner.position(), static_cast<std::size_t>(kDeepestJson));
}

TEST(JsonFields, MoreOfOurFieldsThanAnyAnswerHasAreRefused) {
  std::string many = R"({"o":{"l":[{})";
  for (int i = 0; i < 20'000; ++i) many += ",{}";
  EXPECT_EQ(fault_of(many + "]}}"), JsonFault::too_large);
  std::string others = R"({"x":[{})";
  for (int i = 0; i < 20'000; ++i) others += ",{}";
  EXPECT_EQ(fault_of(others + "]}"), JsonFault::none);
}

// --- Against nlohmann_json ---------------------------------------------------------------------------

// The whole of it, by our tokens.
json rebuilt(JsonScanner& scanner, const JsonToken& first) {
  switch (first.kind) {
    case Kind::begin_object: {
      json object = json::object();
      for (JsonToken name = scanner.next(); name.kind != Kind::end_object; name = scanner.next()) {
        if (name.kind != Kind::name) throw std::runtime_error("broken");
        std::string key = json_text(name.raw).text;
        object[key] = rebuilt(scanner, scanner.next());
      }
      return object;
    }
    case Kind::begin_array: {
      json list = json::array();
      for (JsonToken each = scanner.next(); each.kind != Kind::end_array; each = scanner.next())
        list.push_back(rebuilt(scanner, each));
      return list;
    }
    case Kind::text: return json_text(first.raw).text;
    case Kind::number: return json::parse(first.raw);
    case Kind::boolean: return first.raw == "true";
    case Kind::null: return nullptr;
    default: throw std::runtime_error("broken");
  }
}

json whole(const std::string& text) {
  JsonScanner scanner(text);
  json all = rebuilt(scanner, scanner.next());
  if (scanner.next().kind != Kind::end) throw std::runtime_error("broken");
  return all;
}

const char* const kBodies[] = {
    R"({"timestamp":1594177158252,"tokensLeft":-25,"refillIn":38205,"refillRate":5,"tokenFlowReduction":0.0,"tokensConsumed":80,"processingTimeInMs":12,"products":[{"title":"A \"b\" \\ \u00e9\ud83d\ude00","csv":[[1,-1,2.5e3],null,[]]}]})",
    R"({"error":{"message":"x","type":"invalidParameter","details":""},"tokensLeft":59,"refillRate":5})",
    R"({"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":"{\"answer\":true}","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"cost_in_usd_ticks":158500}})",
    R"([{"code":"Unauthorized","message":"denied","details":""}])",
    R"( { "a" : [ true , false , null , -0 , 1E+2 , 1e-2 ] , "" : { } } )",
};

TEST(JsonScanner, ReadsWhatNlohmannReads) {
  for (const char* body : kBodies) EXPECT_EQ(whole(body), json::parse(body)) << body;
}

// With a fixed seed: bytes changed, left out, repeated and exchanged, and bodies cut.
TEST(JsonScanner, TakesAllThatNlohmannTakesOfRandomlyChangedBodiesAndOfTheRestOnlyOddTexts) {
  std::mt19937 random(20261128);
  auto below = [&](std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most - 1)(random);
  };
  constexpr std::string_view kBytes = "{}[]\",:\\ud80e1-+.0tfn \xff\x80\xc3\n";
  int taken = 0, odd = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = kBodies[below(std::size(kBodies))];
    for (std::size_t changes = below(3) + 1; changes > 0 && !text.empty(); --changes) {
      std::size_t at = below(text.size());
      switch (below(5)) {
        case 0: text[at] = kBytes[below(kBytes.size())]; break;
        case 1: text.erase(at, below(4) + 1); break;
        case 2: text.insert(at, 1, kBytes[below(kBytes.size())]); break;
        case 3: text.insert(at, text.substr(below(text.size()), below(12))); break;
        default: text.resize(at); break;
      }
    }
    json theirs = json::parse(text, nullptr, false);
    std::optional<json> ours;
    try {
      ours = whole(text);
    } catch (const std::exception&) {
      ours.reset();
    }
    JsonFault fault{};
    json_fields(text, kWanted, fault);
    if (!theirs.is_discarded()) {
      ASSERT_TRUE(ours) << text;
      ASSERT_EQ(*ours, theirs) << text;
      ASSERT_EQ(fault, JsonFault::none) << text;
      ++taken;
    } else if (fault == JsonFault::none) {
      // What only we take is JSON all the same, but for its texts and its numbers.
      std::string plain;
      JsonScanner scanner(text);
      std::size_t before = 0;
      for (JsonToken token = scanner.next(); token.kind != Kind::end; token = scanner.next()) {
        std::string_view between = std::string_view(text).substr(before, scanner.position() - before);
        std::string head(between.substr(0, between.find_first_not_of(" \t\r\n,")));
        if (token.kind == Kind::name) {
          plain += head + "\"\":";
        } else if (token.kind == Kind::text || token.kind == Kind::number) {
          plain += head + "0";
        } else {
          plain += between;
        }
        before = scanner.position();
      }
      plain += text.substr(before);
      ASSERT_TRUE(json::accept(plain)) << text << "\n" << plain;
      ++odd;
    }
  }
  EXPECT_GT(taken, 1000);
  EXPECT_GT(odd, 100);
}

}  // namespace
}  // namespace purser
