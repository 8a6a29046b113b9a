// What the stand-in's Keepa asks for requests, and how it answers them.
#include "standin/standin_test.h"

namespace purser::test {
namespace {

std::string asins(int count) {
  std::string list = "B0";
  for (int i = 1; i < count; ++i) list += ",B" + std::to_string(i);
  return list;
}

TEST(StandinKeepa, CostsAsTheListOfPricesSays) {
  struct Case {
    std::string request;
    int cost;
  };
  const std::vector<Case> cases = {
      {"/product?domain=1&asin=B1", 1},
      {"/product?domain=1&asin=" + asins(100), 100},
      {"/product?domain=1&code=9780000000000", 1},
      {"/product?asin=B1,B2&buybox=1", 6},
      {"/product?asin=B1,B2&buybox=0", 2},
      {"/product?asin=B1&stats=180&history=0&days=30", 1},
      {"/product?asin=B1&offers=20", 12},
      {"/product?asin=B1&offers=21&buybox=1", 18},
      {"/product?asin=B1&offers=20&stock=1", 14},
      {"/deal?selection=%7B%7D", 5},
      {"/query?selection=%7B%7D", 10},
      {"/bestsellers?category=1000", 50},
      {"/topseller?domain=1", 50},
      {"/seller?seller=A1,A2,A3", 3},
      {"/seller?seller=A1&storefront=1", 10},
      {"/category?category=1000", 1},
      {"/search?type=product&term=book", 10},
      {"/search?type=category&term=book", 1},
      {"/lightningdeal?asin=B1", 1},
      {"/lightningdeal?domain=1", 500},
      {"/tracking?type=list", 1},
      {"/token", 0},
  };
  Standin standin({"--tokens", "100000"});
  for (const auto& [request, cost] : cases) {
    const json seen = standin.keepa_json(request);
    EXPECT_EQ(seen["tokensConsumed"], cost) << request;
  }
  EXPECT_EQ(standin.state().keepa.tokens, 100'000 - standin.state().keepa.consumed);
}

TEST(StandinKeepa, ARequestOutOfRangeCostsNothing) {
  Standin standin;
  struct Case {
    std::string request;
    int status;
  };
  for (const auto& [request, status] : std::vector<Case>{{"/product?asin=" + asins(101), 405},
                                                         {"/product?asin=B1&offers=10", 405},
                                                         {"/product?domain=1", 400},
                                                         {"/nothing", 404},
                                                         {"/", 404}}) {
    const Reply reply = standin.keepa(request);
    EXPECT_EQ(reply.status, status) << request;
    const json seen = json::parse(reply.text());
    EXPECT_EQ(seen["tokensLeft"], 300) << request;
    EXPECT_EQ(seen["tokensConsumed"], 0) << request;
    EXPECT_TRUE(seen["error"]["type"].is_string()) << request;
  }
}

TEST(StandinKeepa, ASlashAtTheEndIsNothing) {
  Standin standin;
  EXPECT_EQ(standin.keepa_json("/product/?asin=B1")["products"][0]["asin"], "B1");
  EXPECT_EQ(standin.keepa("/token/").status, 200);
}

TEST(StandinKeepa, SelectionsMayBePosted) {
  Standin standin;
  const std::string target = "/query?domain=1&key=" + standin.keepa_key();
  const Reply reply = post(standin.keepa_url(), target, R"({"current_SALES_lte":1000})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json::parse(reply.text())["tokensConsumed"], 10);
  EXPECT_EQ(post(standin.keepa_url(), target, "{").status, 400);
}

TEST(StandinKeepa, AWrongKeyIsAnsweredWithZeros) {
  Standin standin;
  for (const char* target : {"/token?key=other", "/product?asin=B1", "/token"}) {
    const Reply reply = get(standin.keepa_url(), target);
    EXPECT_EQ(reply.status, 400) << target;
    EXPECT_EQ(
        json::parse(reply.text()),
        json::parse(R"({"error":{"details":"","message":"You used an invalid parameter for this API call.",
                  "type":"invalidParameter"},"processingTimeInMs":0,"refillIn":0,"refillRate":0,
                  "timestamp":1767225600000,"tokenFlowReduction":0.0,"tokensConsumed":0,"tokensLeft":0})"));
  }
  EXPECT_EQ(standin.state().keepa.wrong_key, 3);
  EXPECT_EQ(standin.state().keepa.consumed, 0);
}

TEST(StandinKeepa, GzipsForWhoeverAcceptsIt) {
  Standin standin;
  const HeaderLines accepting = {"Accept-Encoding: deflate, gzip, br"};
  EXPECT_EQ(standin.keepa("/token").header("content-encoding"), "");
  EXPECT_EQ(standin.keepa("/token", accepting).header("content-encoding"), "gzip");
  EXPECT_EQ(json::parse(standin.keepa("/token", accepting).text())["tokensLeft"], 300);
  const Reply error = get(standin.keepa_url(), "/token?key=other", accepting);
  EXPECT_EQ(error.status, 400);
  EXPECT_EQ(error.header("content-encoding"), "gzip");
  EXPECT_EQ(json::parse(error.text())["refillRate"], 0);

  standin.set_switch("keepa.gzip", "off");
  EXPECT_EQ(standin.keepa("/token", accepting).header("content-encoding"), "");
  standin.set_switch("keepa.gzip", "always");
  EXPECT_EQ(standin.keepa("/token").header("content-encoding"), "gzip");
}

TEST(StandinKeepa, A429ComesInSeveralForms) {
  Standin standin({"--tokens", "0"});
  standin.set_switch("keepa.429_body", "typed");
  json seen = standin.keepa_json("/deal");
  EXPECT_EQ(seen["error"]["type"], "notEnoughTokens");
  EXPECT_EQ(seen["tokensLeft"], 0);
  standin.set_switch("keepa.429_body", "html");
  const Reply page = standin.keepa("/deal");
  EXPECT_EQ(page.status, 429);
  EXPECT_EQ(page.header("content-type"), "text/html");
  EXPECT_EQ(page.body.front(), '<');
}

TEST(StandinKeepa, RetryAfterComesInSeveralForms) {
  Standin standin({"--tokens", "0"});
  EXPECT_EQ(standin.keepa("/deal").header("retry-after"), "");
  const std::map<std::string, std::string> forms = {{"seconds", "2"},
                                                    {"date", "Thu, 01 Jan 2026 00:00:02 GMT"},
                                                    {"absurd", "999999999"},
                                                    {"garbage", "soon"}};
  for (const auto& [form, value] : forms) {
    standin.set_switch("keepa.retry_after", form);
    EXPECT_EQ(standin.keepa("/deal").header("retry-after"), value);
  }
  EXPECT_EQ(standin.keepa("/token").header("retry-after"), "") << "only a 429 or a 503 has it";
}

TEST(StandinKeepa, AnswersThatConsumeNothing) {
  struct Case {
    std::string name;
    int status;
    bool has_envelope;
  };
  Standin standin;
  for (const auto& [name, status, has_envelope] : std::vector<Case>{{"ok_with_error", 200, true},
                                                                    {"402", 402, true},
                                                                    {"404", 404, true},
                                                                    {"405", 405, true},
                                                                    {"429", 429, true},
                                                                    {"500", 500, true},
                                                                    {"402_bare", 402, false},
                                                                    {"404_bare", 404, false},
                                                                    {"405_bare", 405, false},
                                                                    {"500_bare", 500, false}}) {
    standin.set_switch("keepa.answer", name);
    const Reply reply = standin.keepa("/product?asin=B1");
    EXPECT_EQ(reply.status, status) << name;
    const json seen = json::parse(reply.text(), nullptr, false);
    EXPECT_EQ(seen.is_object() && seen.contains("tokensLeft"), has_envelope) << name;
    EXPECT_FALSE(seen.is_object() && seen.contains("products")) << name;
    const bool says_why = name != "429" && name != "500_bare";
    EXPECT_EQ(seen.is_object() && seen.contains("error"), says_why) << name;
  }
  EXPECT_EQ(standin.state().keepa.consumed, 0);
  EXPECT_EQ(standin.state().keepa.refused, 0) << "a 429 by the switch is not one by the bucket";
}

TEST(StandinKeepa, TheRealCostMayBeAnother) {
  Standin standin;
  standin.set_switch("keepa.cost", "37", 2);
  EXPECT_EQ(standin.keepa_json("/product?asin=B1")["tokensConsumed"], 37);
  EXPECT_EQ(standin.keepa_json("/token")["tokensConsumed"], 0);
  EXPECT_EQ(standin.keepa_json("/deal")["tokensConsumed"], 37);
  EXPECT_EQ(standin.keepa_json("/deal")["tokensConsumed"], 5);
}

TEST(StandinKeepa, AConnectionIsKept) {
  Standin standin;
  // Both requests at once, the second of which ends it.
  const std::string target = "/token?key=" + standin.keepa_key();
  Call call(standin.keepa_url(), "GET", target + " HTTP/1.1\r\n\r\nGET " + target);
  const Reply first = call.reply();
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.header("connection"), "keep-alive");
  EXPECT_NE(first.body.find("HTTP/1.1 200 OK"), std::string::npos);
  EXPECT_EQ(standin.state().keepa.token_requests, 2);
}

}  // namespace
}  // namespace purser::test
