// What each of Keepa's responses means, and what it settles.
#include "keepa/client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "keepa/waiting.h"
#include "support/scratch.h"

namespace purser::keepa {
namespace {

// As the real service was seen to send them; see the stand-in for where they are from.
constexpr char kOk[] =
    R"({"timestamp":1594177158252,"tokensLeft":-25,"refillIn":38205,"refillRate":5,"tokenFlowReduction":0.0,)"
    R"("tokensConsumed":80,"processingTimeInMs":12,"products":[]})";
constexpr char kOkWithError[] =
    R"({"error":{"message":"…","type":"invalidParameter"},"tokensLeft":59,"tokensConsumed":0,"refillIn":26645,)"
    R"("refillRate":5})";
constexpr char kZeros[] =
    R"({"error":{"details":"","message":"You used an invalid parameter for this API call.",)"
    R"("type":"invalidParameter"},"processingTimeInMs":0,"refillIn":0,"refillRate":0,"timestamp":1790277678673,)"
    R"("tokenFlowReduction":0.0,"tokensConsumed":0,"tokensLeft":0})";
constexpr char kNoTokens[] =
    R"({"timestamp":1594177158252,"tokensLeft":-3,"refillIn":1000,"refillRate":5,"tokenFlowReduction":0,)"
    R"("tokensConsumed":0,"processingTimeInMs":0})";
constexpr char kBareError[] = R"({"error":{"type":"notFound","message":"a secret could stand here"}})";
constexpr char kOddBytes[] =
    "{\"tokensLeft\":-25,\"refillRate\":5,\"tokensConsumed\":80,\"products\":[{\"title\":\"cut \\ud83d\","
    "\"author\":\"\xff\",\"x\":1e999}]}";
constexpr char kHtml[] = "<html><body>502 Bad Gateway</body></html>";

struct Case {
  const char* what;
  int status;
  const char* body;
  Meaning meaning;
  bool observes;
  std::optional<Millitokens> consumed;  // nullopt: the answer does not tell, so the full cost is charged
};

TEST(KeepaAnswer, MeansWhatItsStatusAndItsFieldsSay) {
  const Case cases[] = {
      {"an answer", 200, kOk, Meaning::answered, true, tokens(80)},
      {"200 with an error and no payload", 200, kOkWithError, Meaning::answered, true, tokens(0)},
      {"200 without an envelope", 200, "{}", Meaning::answered, false, std::nullopt},
      {"200 that is cut", 200, R"({"tokensLeft":-25,"ref)", Meaning::unreadable, false, std::nullopt},
      {"200 that is text", 200, "OK", Meaning::unreadable, false, std::nullopt},
      {"200 that is a list", 200, "[1]", Meaning::unreadable, false, std::nullopt},
      {"200, senseless numbers", 200, R"({"tokensLeft":"many","refillRate":5})", Meaning::answered, false,
       std::nullopt},
      {"a wrong key's zeros", 400, kZeros, Meaning::wrong_key, false, tokens(0)},
      {"the same with another status", 200, kZeros, Meaning::wrong_key, false, tokens(0)},
      {"400 of a right key", 400, kNoTokens, Meaning::rejected, true, tokens(0)},
      {"400 without an envelope", 400, kBareError, Meaning::rejected, false, tokens(0)},
      {"200 that is a page", 200, kHtml, Meaning::unreadable, false, std::nullopt},
      {"200 with odd bytes", 200, kOddBytes, Meaning::answered, true, tokens(80)},
      {"200, tokensLeft in quotes", 200, R"({"tokensLeft":"300"})", Meaning::answered, false, std::nullopt},
      {"401 in Keepa's words", 401, kBareError, Meaning::wrong_key, false, tokens(0)},
      {"403 in Keepa's words", 403, kBareError, Meaning::wrong_key, false, tokens(0)},
      {"401 without a word", 401, "", Meaning::in_between, false, tokens(0)},
      {"403 without a word", 403, "", Meaning::in_between, false, tokens(0)},
      {"403, a page", 403, kHtml, Meaning::in_between, false, tokens(0)},
      {"403 of a gateway", 403, R"({"message":"Forbidden"})", Meaning::in_between, false, tokens(0)},
      {"403, an error of others", 403, R"({"error":"Forbidden"})", Meaning::in_between, false, tokens(0)},
      {"403, an envelope under a status of others", 403, kOk, Meaning::wrong_key, false, tokens(0)},
      {"400, a page", 400, kHtml, Meaning::in_between, false, tokens(0)},
      {"402, a page", 402, kHtml, Meaning::in_between, false, tokens(0)},
      {"404, a page", 404, kHtml, Meaning::in_between, false, tokens(0)},
      {"407", 407, "", Meaning::in_between, false, tokens(0)},
      {"451, text", 451, "Blocked", Meaning::in_between, false, tokens(0)},
      {"402", 402, kBareError, Meaning::no_access, false, tokens(0)},
      {"402 with an envelope", 402, kNoTokens, Meaning::no_access, true, tokens(0)},
      {"404", 404, kNoTokens, Meaning::rejected, true, tokens(0)},
      {"405", 405, "", Meaning::rejected, false, tokens(0)},
      {"429 with true counts", 429, kNoTokens, Meaning::no_tokens, true, tokens(0)},
      {"429 from the edge", 429, kHtml, Meaning::in_between, false, tokens(0)},
      {"429 of a gateway", 429, R"({"message":"Too Many Requests"})", Meaning::in_between, false, tokens(0)},
      {"429 without a word", 429, "", Meaning::in_between, false, tokens(0)},
      {"408", 408, "", Meaning::in_between, false, tokens(0)},
      {"409", 409, "", Meaning::in_between, false, tokens(0)},
      {"425 with an envelope", 425, kNoTokens, Meaning::failed, false, std::nullopt},
      {"500 with an envelope", 500, kOk, Meaning::failed, true, tokens(80)},
      {"500 without", 500, "", Meaning::failed, false, std::nullopt},
      {"502 from the edge", 502, kHtml, Meaning::failed, false, std::nullopt},
      {"503 with token fields", 503, kOk, Meaning::failed, false, std::nullopt},
      {"101 with token fields", 101, kOk, Meaning::failed, false, std::nullopt},
      {"999 with token fields", 999, kOk, Meaning::failed, false, std::nullopt},
      {"204 with token fields", 204, kOk, Meaning::failed, false, std::nullopt},
      {"a redirect", 302, "", Meaning::failed, false, std::nullopt},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    ParsedResponse response = interpret({c.status, c.body});
    EXPECT_EQ(response.meaning, c.meaning);
    EXPECT_EQ(response.observation.has_value(), c.observes);
    EXPECT_EQ(response.consumed, c.consumed);
    EXPECT_EQ(settlement_of(response).consumed, c.consumed);
    EXPECT_EQ(response.body, c.body);
    EXPECT_EQ(message_for(response).find("secret"), std::string::npos);
    EXPECT_NE(message_for(response), "");
  }
}

TEST(KeepaAnswer, OnlyAWordIsRepeatedOfAnError) {
  EXPECT_EQ(interpret({200, kOk}).error, std::nullopt);
  EXPECT_EQ(interpret({400, kZeros}).error, "invalidParameter");
  EXPECT_EQ(interpret({400, R"({"error":{"type":"key=abc123"}})"}).error, "unknown");
  EXPECT_EQ(interpret({400, R"({"error":"abc"})"}).error, "unknown");
  EXPECT_EQ(interpret({400, R"({"error":{"type":7}})"}).error, "unknown");
  for (const char* type : {"null", "true", R"({"ab":1})", "[]", R"("")"}) {
    EXPECT_EQ(interpret({400, fmt::format(R"({{"error":{{"type":{}}}}})", type)}).error, "unknown") << type;
  }
  EXPECT_EQ(interpret({400, R"({"error":{"message":"no type"}})"}).error, "unknown");
  EXPECT_EQ(interpret({400, R"({"error":null})"}).error, std::nullopt);
}

// A gzip of a few kilobytes is enough for it.
TEST(KeepaAnswer, HoweverDeepItIsNestedItCostsNothing) {
  constexpr std::size_t kDepth = 1'000'000;
  std::string body = R"({"error":{"type":)" + std::string(kDepth, '[') + std::string(kDepth, ']') + "}}";
  ParsedResponse response = interpret({200, body});
  EXPECT_EQ(response.meaning, Meaning::unreadable);
  EXPECT_NE(message_for(response).find("nested deeper than 64"), std::string::npos) << message_for(response);
}

TEST(KeepaAnswer, AMessageClaimsOnlyWhatIsSo) {
  std::string between = message_for(interpret({429, kHtml}));
  EXPECT_EQ(between.find("uses this key"), std::string::npos) << between;
  EXPECT_NE(between.find("in between"), std::string::npos) << between;
  std::string text = message_for(interpret({200, R"({"tokensLeft":"300","refillRate":5})"}));
  EXPECT_NE(text.find("tokensLeft is no number"), std::string::npos) << text;
  EXPECT_NE(message_for(interpret({200, "{}"})).find("without its token fields"), std::string::npos);
}

TEST(KeepaAnswer, A429IsAskedAgainWhenTheTokensComeButNeverAtOnce) {
  using std::chrono::milliseconds;
  EXPECT_EQ(nap_after_no_tokens(std::nullopt), milliseconds(5000));
  EXPECT_EQ(nap_after_no_tokens(milliseconds(60'000)), milliseconds(5000));
  EXPECT_EQ(nap_after_no_tokens(milliseconds(1700)), milliseconds(1700));
  EXPECT_EQ(nap_after_no_tokens(milliseconds(0)), milliseconds(1000));
}

TEST(KeepaRequest, CarriesTheKeyAndEveryValueEncoded) {
  ServiceOptions options;
  options.api_key = "k&y=1 2";
  options.base_url = "https://example.invalid/";
  http::Request request = request_of(
      options, {.task = "t", .cost = tokens(1), .path = "product", .parameters = {{"asin", "A,B&key=x"}}});
  EXPECT_EQ(request.url, "https://example.invalid/product?key=k%26y%3D1%202&asin=A%2CB%26key%3Dx");
  EXPECT_EQ(request.name, "Keepa /product");
  EXPECT_EQ(request.method, http::Method::get);
  EXPECT_EQ(request.repeat, http::Repeat::harmful);
  EXPECT_EQ(token_request_of(options).repeat, http::Repeat::harmless);
  http::Request post = request_of(options, {.task = "t", .cost = tokens(1), .path = "query", .json = "{}"});
  EXPECT_EQ(post.method, http::Method::post);
  EXPECT_EQ(post.body, "{}");
}

TEST(KeepaRequest, RefusesWhatCannotBeOne) {
  ServiceOptions options;
  options.api_key = "key";
  for (const char* path : {"", "/product", "product?key=x", "pro duct", "../x", "a#b"}) {
    EXPECT_PURSER_ERROR(ErrorCode::usage, request_of(options, {.task = "t", .cost = tokens(1), .path = path}))
        << path;
  }
  EXPECT_PURSER_ERROR(
      ErrorCode::usage,
      request_of(options, {.task = "t", .cost = tokens(1), .path = "product", .parameters = {{"key", "x"}}}));
  options.api_key = "";
  EXPECT_PURSER_ERROR(ErrorCode::no_api_key, require_key(options.api_key));
}

TEST(KeyFingerprint, TellsKeysApartAndShowsNothingOfThem) {
  std::string one = fingerprint_of("0123456789abcdef0123456789abcdef");
  EXPECT_EQ(one.size(), 32U);
  EXPECT_EQ(one, fingerprint_of("0123456789abcdef0123456789abcdef"));
  EXPECT_NE(one, fingerprint_of("0123456789abcdef0123456789abcdee"));
  EXPECT_EQ(one.find("0123456"), std::string::npos);
}

}  // namespace
}  // namespace purser::keepa
