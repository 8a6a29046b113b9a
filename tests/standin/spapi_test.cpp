// The stand-in's SP-API: its checks, its restrictions, the shapes of its errors, its sandbox.
#include <functional>
#include <set>

#include "standin/standin_test.h"

namespace purser::test {
namespace {

json parsed(const Reply& reply) { return json::parse(reply.text()); }

std::string details_of(const Reply& reply) { return parsed(reply)["errors"][0].value("details", "none"); }

// A stand-in and a token for it.
class StandinSpapi : public testing::Test {
 protected:
  Reply production(const std::string& target) const { return ask(standin.spapi_url(), target, token); }
  Reply sandbox(const std::string& target) const { return ask(standin.sandbox_url(), target, token); }
  json restrictions(const std::string& asin, const std::string& more = "&conditionType=used_good") const {
    return parsed(production(standin.question(asin, more)))["restrictions"];
  }

  Standin standin{{"--switch", "spapi.plan=off"}};
  std::string token = standin.access_token();
};

TEST_F(StandinSpapi, TheLastDigitOfTheAsinDecides) {
  const std::vector<std::pair<std::string, std::string>> rule = {{"B000000000", ""},
                                                                 {"B000000001", ""},
                                                                 {"B000000002", ""},
                                                                 {"B000000003", ""},
                                                                 {"B000000004", ""},
                                                                 {"B000000005", ""},
                                                                 {"B000000006", "APPROVAL_REQUIRED"},
                                                                 {"B000000007", "APPROVAL_REQUIRED"},
                                                                 {"B000000008", "NOT_ELIGIBLE"},
                                                                 {"B000000009", "ASIN_NOT_FOUND"},
                                                                 {"B00000008X", "NOT_ELIGIBLE"},
                                                                 {"BOOKOFGOLD", ""}};
  for (const auto& [asin, code] : rule) {
    const json all = restrictions(asin);
    ASSERT_EQ(all.size(), code.empty() ? 0U : 1U) << asin;
    if (code.empty()) continue;
    EXPECT_EQ(all[0]["marketplaceId"], "ATVPDKIKX0DER") << asin;
    EXPECT_EQ(all[0]["reasons"].back()["reasonCode"], code) << asin;
    EXPECT_EQ(all[0]["reasons"].back().contains("links"), code == "APPROVAL_REQUIRED") << asin;
    EXPECT_EQ(all[0].contains("conditionType"), code != "ASIN_NOT_FOUND") << asin;
  }
  EXPECT_EQ(standin.state().spapi.distinct_asins, 12);
}

TEST_F(StandinSpapi, TheLinkStandsWithTheReasonThatNeedsIt) {
  const json six = restrictions("B000000006")[0], seven = restrictions("B000000007")[0];
  EXPECT_FALSE(six.contains("links"));
  ASSERT_EQ(six["reasons"].size(), 1U);
  const json link = six["reasons"][0]["links"][0];
  EXPECT_EQ(link["resource"],
            "https://sellercentral.amazon.com/hz/approvalrequest/restrictions/approve?asin=B000000006");
  EXPECT_EQ(link["verb"], "GET");
  EXPECT_EQ(link["type"], "text/html");
  ASSERT_EQ(seven["reasons"].size(), 2U);
  EXPECT_FALSE(seven["reasons"][0].contains("links") || seven["reasons"][0].contains("reasonCode"));
  EXPECT_TRUE(seven["reasons"][1].contains("links"));
}

TEST_F(StandinSpapi, WithoutAConditionAllOfThemAreListed) {
  EXPECT_TRUE(restrictions("B000000001", "").empty());
  const json five = restrictions("B000000005", ""), six = restrictions("B000000006", "");
  EXPECT_EQ(five.size(), 6U);
  EXPECT_EQ(five[0]["conditionType"], "refurbished_refurbished");
  EXPECT_EQ(six.size(), 13U);
  std::set<std::string> conditions;
  for (const json& one : six) conditions.insert(one["conditionType"]);
  EXPECT_EQ(conditions.size(), 13U);
  EXPECT_EQ(restrictions("B000000009", "").size(), 1U);
  EXPECT_EQ(restrictions("B000000005", "&conditionType=collectible_good").size(), 1U);
}

TEST_F(StandinSpapi, EachMarketplaceHasItsOwn) {
  const json all = parsed(production(standin.question("B000000006", "&conditionType=new_new",
                                                      "ATVPDKIKX0DER%2CA2EUQ1WTGCTBG2")))["restrictions"];
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1]["marketplaceId"], "A2EUQ1WTGCTBG2");
  EXPECT_NE(all[1].dump().find("https://sellercentral.amazon.ca/"), std::string::npos);
}

TEST_F(StandinSpapi, ParticipationsAreTheRegions) {
  for (const auto& [region, country] :
       std::vector<std::pair<std::string, std::string>>{{"na", "US"}, {"eu", "GB"}, {"fe", "JP"}}) {
    standin.set_switch("spapi.region", region);
    const json payload = parsed(production(kParticipations))["payload"];
    EXPECT_GT(payload.size(), 2U);
    EXPECT_EQ(payload[0]["marketplace"]["countryCode"], country);
    EXPECT_EQ(payload[0]["participation"]["isParticipating"], true);
    EXPECT_EQ(payload[1]["participation"]["isParticipating"], false);
    for (const char* field : {"id", "name", "defaultCurrencyCode", "defaultLanguageCode", "domainName"})
      EXPECT_TRUE(payload[0]["marketplace"][field].is_string()) << field;
    EXPECT_TRUE(payload[0]["storeName"].is_string());
  }
}

TEST_F(StandinSpapi, EveryRefusedTokenIsA403ThatDiffersInItsDetails) {
  const std::string target = standin.question("B000000001");
  const std::string bad = "The access token you provided is revoked, malformed or invalid.";
  Reply reply = ask(standin.spapi_url(), target, "");
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.header("x-amzn-errortype"), "AccessDeniedException");
  EXPECT_EQ(details_of(reply), "Access token is missing in the request header.");
  EXPECT_EQ(parsed(reply)["errors"][0]["code"], "Unauthorized");
  EXPECT_EQ(parsed(reply)["errors"][0]["message"], "Access to requested resource is denied.");
  EXPECT_EQ(details_of(ask(standin.spapi_url(), target, "Atza|made-up")), bad);
  EXPECT_EQ(details_of(ask(standin.spapi_url(), target, token + "x")), bad);

  const std::string second = standin.access_token();
  standin.set_switch("spapi.revoke", "now");
  EXPECT_EQ(details_of(production(target)), bad);
  EXPECT_EQ(details_of(ask(standin.sandbox_url(), target, second)), bad);

  token = standin.access_token();
  EXPECT_EQ(production(target).status, 200);
  standin.set_switch("spapi.expire", "now");
  reply = production(target);
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(details_of(reply), "The access token you provided has expired.");
  EXPECT_EQ(reply.header("x-amzn-ratelimit-limit"), "");
  EXPECT_EQ(details_of(sandbox(target)), "The access token you provided has expired.");
  standin.set_switch("spapi.expired_status", "401");
  EXPECT_EQ(production(target).status, 401);
  EXPECT_EQ(sandbox(target).status, 401);

  const auto spapi = standin.state().spapi;
  EXPECT_EQ(spapi.forbidden, 6);
  EXPECT_EQ(spapi.answered, 1);
  EXPECT_EQ(spapi.tokens_seen, 4);
  EXPECT_EQ(standin.state().sandbox.forbidden, 3);
}

TEST_F(StandinSpapi, WhereATokenIsGoodIsASwitch) {
  struct Case {
    std::string value;
    int production, sandbox;
  };
  for (const auto& [value, at_production, at_sandbox] : std::vector<Case>{
           {"both", 200, 200}, {"production", 200, 403}, {"sandbox", 403, 200}, {"neither", 403, 403}}) {
    standin.set_switch("spapi.valid_for", value);
    EXPECT_EQ(production(kParticipations).status, at_production) << value;
    EXPECT_EQ(sandbox(kParticipations).status, at_sandbox) << value;
  }
}

TEST_F(StandinSpapi, AMissingRoleIsA403WithoutDetails) {
  const std::string target = standin.question("B000000001");
  standin.set_switch("spapi.role", "missing");
  EXPECT_EQ(details_of(production(target)), "");
  EXPECT_EQ(production(kParticipations).status, 200);
  EXPECT_EQ(sandbox(target).status, 200);
  standin.set_switch("spapi.role", "missing_everywhere");
  EXPECT_EQ(details_of(production(kParticipations)), "");
  EXPECT_EQ(details_of(sandbox(target)), "");
}

TEST_F(StandinSpapi, AUserAgentIsAsked) {
  const std::string target = standin.question("B000000001");
  const auto as = [&](const HeaderLines& headers) {
    return ask(standin.spapi_url(), target, token, headers).status;
  };
  EXPECT_EQ(as({}), 403);
  EXPECT_EQ(as({"User-Agent: " + std::string(500, 'a')}), 200);
  EXPECT_EQ(as({"User-Agent: " + std::string(501, 'a')}), 400);
  EXPECT_EQ(ask(standin.sandbox_url(), target, token, {}).status, 403);
}

TEST_F(StandinSpapi, ChecksTheQuestion) {
  const std::string path = "/listings/2021-08-01/restrictions";
  const std::string seller = "sellerId=" + standin.seller_id(), market = "marketplaceIds=ATVPDKIKX0DER";
  const std::vector<std::pair<std::string, std::string>> questions = {
      {"?" + seller + "&" + market, "'asin'"},
      {"?asin=B000000001&" + market, "'sellerId'"},
      {"?asin=B000000001&" + seller, "'marketplaceIds'"},
      {"?asin=B1&" + seller + "&" + market, "'asin'"},
      {"?asin=b000000001&" + seller + "&" + market, "'asin'"},
      {"?asin=B000000001&conditionType=used_new&" + seller + "&" + market, "'conditionType'"},
      {"?asin=B000000001&" + seller + "&" + market + "%2CNOWHERE", "'marketplaceIds'"}};
  for (const auto& [question, names] : questions) {
    const Reply reply = production(path + question);
    EXPECT_EQ(reply.status, 400) << question;
    EXPECT_EQ(reply.header("x-amzn-ratelimit-limit"), "5.0");
    EXPECT_EQ(parsed(reply)["errors"][0]["code"], "InvalidInput");
    EXPECT_NE(reply.text().find(names), std::string::npos) << reply.text();
  }
  EXPECT_EQ(details_of(production(path + "?asin=B000000001&sellerId=A2ANOTHER&" + market)), "");
}

TEST_F(StandinSpapi, AMarketplaceOfAnotherRegionIsA403) {
  const std::string germany = standin.question("B000000001", "", "A1PA6795UKMFR9");
  const Reply reply = production(germany);
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(details_of(reply), "The marketplaces you provided are not valid for region.");
  standin.set_switch("spapi.region", "eu");
  EXPECT_EQ(production(germany).status, 200);
  EXPECT_EQ(production(standin.question("B000000001")).status, 403);
}

TEST_F(StandinSpapi, AnUnknownPathIsA403) {
  const Reply reply = production("/sellers/v1/unknown");
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(details_of(reply), "");
  const HeaderLines headers = {"User-Agent: test/1", "x-amz-access-token: " + token};
  EXPECT_EQ(parsed(post(standin.spapi_url(), kParticipations, "{}", headers))["errors"][0]["code"],
            "MissingAuthenticationToken");
}

TEST_F(StandinSpapi, OneAsinMayBeForbidden) {
  standin.set_switch("spapi.forbid_asin", "B000000002");
  EXPECT_EQ(production(standin.question("B000000001")).status, 200);
  EXPECT_EQ(details_of(production(standin.question("B000000002"))), "");
  EXPECT_EQ(production(standin.question("B000000003")).status, 200);
  EXPECT_EQ(standin.state().spapi.forbidden, 1);
  EXPECT_EQ(standin.state().spapi.distinct_asins, 2);
}

TEST_F(StandinSpapi, HeadersAreAsAmazonSendsThem) {
  Reply reply = production(standin.question("B000000001"));
  EXPECT_EQ(reply.header("x-amzn-ratelimit-limit"), "5.0");
  EXPECT_NE(reply.header("x-amzn-requestid"), "");
  EXPECT_NE(reply.header("x-amzn-requestid"),
            production(standin.question("B000000001")).header("x-amzn-requestid"));
  EXPECT_EQ(production(kParticipations).header("x-amzn-ratelimit-limit"), "0.016");
  EXPECT_EQ(sandbox(kParticipations).header("x-amzn-ratelimit-limit"), "5.0");
  reply = ask(standin.spapi_url(), kParticipations, token, {"User-Agent: a", "Accept-Encoding: gzip"});
  EXPECT_EQ(reply.header("content-encoding"), "gzip");
  EXPECT_TRUE(parsed(reply).contains("payload"));
}

TEST_F(StandinSpapi, TheCaseOfHeadersIsASwitch) {
  // Both answers on one connection: the second one is read as it came, in the body of the first.
  const auto raw = [&] {
    const std::string headers = " HTTP/1.1\r\nUser-Agent: a\r\nx-amz-access-token: " + token + "\r\n\r\nGET ";
    return Call(standin.spapi_url(), "GET", kParticipations + headers + kParticipations,
                {"User-Agent: a", "x-amz-access-token: " + token})
        .reply()
        .body;
  };
  for (const auto& [value, name] :
       std::vector<std::pair<std::string, std::string>>{{"mixed", "\r\nx-amzn-RequestId: "},
                                                        {"lower", "\r\nx-amzn-requestid: "},
                                                        {"upper", "\r\nX-AMZN-RATELIMIT-LIMIT: 0.016\r\n"}}) {
    standin.set_switch("spapi.header_case", value);
    EXPECT_NE(raw().find(name), std::string::npos) << value;
  }
}

TEST_F(StandinSpapi, ErrorsByTheSwitch) {
  struct Case {
    std::string name;
    int status;
    std::string code;
    bool tells_rate, retry_after;
  };
  for (const auto& [name, status, code, tells_rate, retry_after] :
       std::vector<Case>{{"400", 400, "InvalidInput", true, false},
                         {"400_screaming", 400, "BAD_REQUEST", true, false},
                         {"404", 404, "NotFound", true, false},
                         {"413", 413, "RequestTooLarge", false, false},
                         {"429", 429, "QuotaExceeded", false, false},
                         {"429_retry_after", 429, "QuotaExceeded", false, true},
                         {"500", 500, "InternalFailure", false, false},
                         {"503", 503, "ServiceUnavailable", false, false}}) {
    SCOPED_TRACE(name);
    standin.set_switch("spapi.answer", name);
    for (const std::string& target : {standin.question("B000000001"), std::string(kParticipations)}) {
      const Reply reply = production(target);
      EXPECT_EQ(reply.status, status);
      EXPECT_EQ(parsed(reply)["errors"][0]["code"], code);
      EXPECT_EQ(reply.header("x-amzn-ratelimit-limit").empty(), !tells_rate);
      EXPECT_EQ(reply.header("retry-after"), retry_after ? "2" : "");
    }
    EXPECT_EQ(sandbox(kParticipations).status, 200);
  }
  EXPECT_EQ(standin.state().spapi.throttled, 0) << "a 429 by the switch is not one by the plan";
  EXPECT_EQ(standin.state().spapi.answered, 0);
}

TEST_F(StandinSpapi, ErrorsComeInSeveralForms) {
  const std::string target = standin.question("B000000001");
  standin.set_switch("spapi.role", "missing");
  const auto in_form = [&](const std::string& form) {
    standin.set_switch("spapi.error_form", form, 1);
    const Reply reply = production(target);
    EXPECT_EQ(reply.status, 403) << form;
    return reply;
  };
  EXPECT_EQ(parsed(in_form("errors"))["errors"][0]["code"], "Unauthorized");
  EXPECT_EQ(parsed(in_form("bare_array"))[0]["code"], "Unauthorized");
  EXPECT_EQ(in_form("gateway").text(), R"({"message":"Forbidden"})");
  EXPECT_NE(in_form("xml").text().find("<Error><Code>AccessDenied</Code>"), std::string::npos);
  EXPECT_EQ(in_form("html").header("content-type"), "text/html");
  EXPECT_EQ(in_form("empty").text(), "");
  EXPECT_EQ(parsed(production(target)).count("errors"), 1U) << "the switch's times are over";
  EXPECT_EQ(production(kParticipations).status, 200);
}

TEST_F(StandinSpapi, TheSandboxAnswersEverybodyTheSame) {
  for (const char* asin : {"B000000001", "B000000009", "anything"}) {
    const json all = parsed(sandbox(standin.question(asin)))["restrictions"];
    ASSERT_EQ(all.size(), 1U) << asin;
    EXPECT_EQ(all[0]["conditionType"], "used_acceptable");
    EXPECT_EQ(all[0]["reasons"][0]["message"], "You cannot list the product in this condition.");
    EXPECT_FALSE(all[0]["reasons"][0].contains("reasonCode"));
  }
  const Reply reply = sandbox(standin.question("BAD_ASIN"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.text(), R"([{"code":"BAD_REQUEST","message":"Invalid 'asin' provided."}])");
  EXPECT_EQ(parsed(sandbox(kParticipations))["payload"][0]["storeName"], "BestSellerStore");
  EXPECT_EQ(sandbox("/sellers/v1/unknown").status, 403);
  EXPECT_EQ(standin.state().sandbox.answered, 4);
  EXPECT_EQ(standin.state().spapi.requests, 0);
}

}  // namespace
}  // namespace purser::test
