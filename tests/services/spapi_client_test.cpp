// Every shape of answer that SP-API is known to give, read into a value; nothing of Amazon's text in a
// message.
#include "spapi/client.h"
#include "spapi/restrictions.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/matchers.h"

namespace purser::spapi {
namespace {

using nlohmann::json;

constexpr char kDenied[] = "Access to requested resource is denied.";
constexpr char kExpired[] = "The access token you provided has expired.";
constexpr char kRevoked[] = "The access token you provided is revoked, malformed or invalid.";
constexpr char kMissing[] = "Access token is missing in the request header.";
constexpr char kRegion[] = "The marketplaces you provided are not valid for region.";

json error(const std::string& code, const std::string& message, const std::string& details = "") {
  return {{"code", code}, {"message", message}, {"details", details}};
}
std::string in_errors(const json& one) { return json{{"errors", json::array({one})}}.dump(); }
std::string in_array(const json& one) { return json::array({one}).dump(); }

http::Response response(int status, const std::string& body) {
  http::Response all;
  all.status = status;
  all.body = body;
  all.request_id = "0a1b-2C";
  return all;
}
ParsedAnswer parsed_of(int status, const std::string& body) {
  return read_answer(response(status, body), {});
}

struct Case {
  const char* what;
  int status;
  std::string body;
  Meaning meaning;
  std::string_view code = {};
};

std::vector<Case> refusals() {
  using M = Meaning;
  const json no_details = {{"code", "Unauthorized"}, {"message", kDenied}};
  return {
      {"expired", 403, in_errors(error("Unauthorized", kDenied, kExpired)), M::token_refused, "Unauthorized"},
      {"expired, bare", 403, in_array(error("Unauthorized", kDenied, kExpired)), M::token_refused,
       "Unauthorized"},
      {"expired, screaming", 403, in_errors(error("UNAUTHORIZED", kDenied, kExpired)), M::token_refused,
       "Unauthorized"},
      {"expired, in the message", 403, in_errors(error("Unauthorized", kExpired)), M::token_refused,
       "Unauthorized"},
      {"expired, by a gateway", 403, json{{"message", kExpired}}.dump(), M::token_refused},
      {"revoked", 403, in_errors(error("Unauthorized", kDenied, kRevoked)), M::token_refused, "Unauthorized"},
      {"401", 401, in_errors(error("Unauthorized", "Authorization header is not formatted correctly")),
       M::token_refused, "Unauthorized"},
      {"401 text", 401, "Unauthorized", M::token_refused},
      {"no token", 403, in_errors(error("Unauthorized", kDenied, kMissing)), M::rejected, "Unauthorized"},
      {"gateway", 403, in_errors(error("MissingAuthenticationToken", kDenied)), M::rejected,
       "MissingAuthenticationToken"},
      {"signature", 403, in_errors(error("InvalidSignature", kDenied)), M::rejected, "InvalidSignature"},
      {"role", 403, in_errors(error("Unauthorized", kDenied, "")), M::forbidden, "Unauthorized"},
      {"role, bare", 403, in_array(error("Unauthorized", kDenied, "")), M::forbidden, "Unauthorized"},
      {"role, no details", 403, in_errors(no_details), M::forbidden, "Unauthorized"},
      {"region", 403, in_errors(error("Unauthorized", kDenied, kRegion)), M::wrong_region, "Unauthorized"},
      {"403 HTML", 403, "<html>Forbidden secret-text</html>", M::intercepted},
      {"401 HTML", 401, "\r\n<!DOCTYPE HTML>\n<HTML>secret-text</HTML>", M::intercepted},
      {"400 HTML", 400, "<html>secret-text</html>", M::intercepted},
      {"404 HTML", 404, "<html>secret-text</html>", M::intercepted},
      {"role, odd bytes beside it", 403,
       "{\"errors\":[{\"code\":\"Unauthorized\",\"message\":\"\\ud83d\",\"details\":\"\"}],\"x\":\"\xff\"}",
       M::forbidden, "Unauthorized"},
      {"403, Amazon's own token", 403,
       in_errors(error("Unauthorized", kDenied, "The security token included in the request is expired")),
       M::failed, "Unauthorized"},
      {"403, the same in capitals", 403,
       in_array(error("Unauthorized", "THE SECURITY TOKEN INCLUDED IN THE REQUEST IS INVALID.")), M::failed,
       "Unauthorized"},
      {"403 XML", 403, "<Error><Code>AccessDenied</Code></Error>", M::forbidden},
      {"403 empty", 403, "", M::forbidden},
      {"400", 400, in_errors(error("InvalidInput", "Invalid Input secret-text")), M::rejected,
       "InvalidInput"},
      {"400, bare", 400, in_array({{"code", "BAD_REQUEST"}, {"message", "Invalid 'asin' provided."}}),
       M::rejected, "BadRequest"},
      {"400, a number as code", 400, in_errors(error("400", "x")), M::rejected},
      {"400, code no text", 400, R"({"errors":[{"code":400}]})", M::rejected},
      {"400, errors beside a payload", 400,
       R"({"payload":{},"errors":[{"code":"InvalidInput","message":"x"}]})", M::rejected, "InvalidInput"},
      {"400, errors empty", 400, R"({"errors":[]})", M::rejected},
      {"404", 404, in_errors(error("NOT_FOUND", "x")), M::rejected, "NotFound"},
      {"404, Pascal", 404, in_errors(error("NotFound", "x")), M::rejected, "NotFound"},
      {"413", 413, in_errors(error("RequestTooLarge", "x")), M::rejected, "RequestTooLarge"},
      {"415", 415, "", M::rejected},
      {"429", 429, in_errors(error("QuotaExceeded", "You exceeded your quota for the requested resource.")),
       M::throttled, "QuotaExceeded"},
      {"429 gateway", 429, R"({"message":"Too Many Requests"})", M::throttled},
      {"429 HTML", 429, "<html>", M::throttled},
      {"500", 500, in_errors(error("InternalFailure", "We encountered an internal error.")), M::failed,
       "InternalFailure"},
      {"503", 503, in_errors(error("ServiceUnavailable", "x")), M::failed, "ServiceUnavailable"},
      {"502 HTML", 502, "<html>secret-text</html>", M::failed},
      {"500 that speaks of a token", 500, in_errors(error("x", kExpired)), M::failed},
      {"408", 408, "", M::failed},
      {"409", 409, "", M::failed},
      {"425", 425, "", M::failed},
      {"204", 204, "", M::failed},
      {"redirect", 307, "", M::redirected},
      {"unknown code", 400, in_errors(error("secret-text", "x")), M::rejected},
  };
}

TEST(SpapiClient, EveryRefusalGoesToItsPlace) {
  for (const Case& c : refusals()) {
    ParsedAnswer parsed = parsed_of(c.status, c.body);
    EXPECT_EQ(parsed.meaning, c.meaning) << c.what;
    EXPECT_EQ(parsed.code, c.code) << c.what;
    EXPECT_EQ(parsed.status, c.status) << c.what;
    EXPECT_EQ(parsed.body, "") << c.what;
  }
}

TEST(SpapiClient, NoMessageRepeatsATextOfAmazonButThatOfARejectedRequest) {
  for (const Case& c : refusals()) {
    if (c.meaning == Meaning::rejected && c.status != 403) continue;
    std::string message = parsed_of(c.status, c.body).message;
    for (const char* text : {"secret-text", "requested resource", "you provided", "html", "<", "asin"}) {
      EXPECT_EQ(message.find(text), std::string::npos) << c.what << ": " << message;
    }
    EXPECT_NE(message.find("HTTP " + std::to_string(c.status)), std::string::npos) << message;
    EXPECT_NE(message.find("request 0a1b-2C"), std::string::npos) << message;
  }
}

TEST(SpapiClient, ARejectedRequestIsToldInAmazonsWordsCleaned) {
  auto told = [](const std::string& message) {
    return parsed_of(400, in_errors(error("InvalidInput", message))).message;
  };
  EXPECT_EQ(
      told("Invalid 'conditionType' provided."),
      "Amazon rejects the request: \"Invalid 'conditionType' provided.\" (HTTP 400, InvalidInput, request "
      "0a1b-2C)");
  EXPECT_NE(told("two\nlines\x1b[31m \xe2\x80\xae and more").find("\"two lines [31m and more\""),
            std::string::npos)
      << told("two\nlines\x1b[31m \xe2\x80\xae and more");
  EXPECT_LT(told(std::string(100'000, 'x') + " y").size(), 300U);
  EXPECT_LT(told(std::string(50'000, ' ') + "a b c d" + std::string(50'000, ' ')).size(), 300U);
  for (const char* secret :
       {"Atza|IwEBIJ0123456789abcdef", "Atzr|short", "amzn1.application-oa2-client.0123456789abcdef",
        "0123456789abcdef0123456789abcdef"}) {
    std::string message = told(std::string("the token ") + secret + " is not valid");
    EXPECT_EQ(message.find(secret), std::string::npos) << message;
    EXPECT_NE(message.find("is not valid"), std::string::npos) << message;
  }
  EXPECT_EQ(told("").find("\"\""), std::string::npos) << "nothing is quoted where nothing is said";
  // A gateway's and a proxy's words are not Amazon's.
  EXPECT_EQ(parsed_of(400, R"({"message":"Bad Request of secret-text"})").message.find("secret-text"),
            std::string::npos);
}

TEST(SpapiClient, ADenialThatCannotBeReadMayBeOfTheToken) {
  auto may_be = [](int status, const std::string& body) { return parsed_of(status, body).may_be_the_token; };
  for (int status : {401, 403}) {
    for (const char* body :
         {"", "{}", "[]", R"({"message":"Forbidden"})", "<Error><Code>AccessDenied</Code></Error>",
          "<html>Forbidden</html>", "Forbidden", R"({"errors":[]})", R"({"errors":[{}]})",
          R"({"errors":[{"code":"Una)"}) {
      EXPECT_TRUE(may_be(status, body)) << status << " " << body;
    }
  }
  EXPECT_TRUE(may_be(403, in_errors(error("Unauthorized", kDenied, kExpired))));
  EXPECT_FALSE(may_be(403, in_errors(error("Unauthorized", kDenied, ""))));
  EXPECT_FALSE(may_be(403, in_errors(error("Unauthorized", kDenied, kRegion))));
  EXPECT_FALSE(may_be(400, "<html>"));
  EXPECT_FALSE(may_be(500, ""));
}

TEST(SpapiClient, NoAnswerAtAll) {
  auto meaning = [](http::Fate fate, http::Cause cause) {
    return read_answer(http::Result(http::Failure{fate, cause, "Amazon: x"}), {}).meaning;
  };
  EXPECT_EQ(meaning(http::Fate::never_sent, http::Cause::unreachable), Meaning::unreachable);
  EXPECT_EQ(meaning(http::Fate::never_sent, http::Cause::insecure), Meaning::insecure);
  EXPECT_EQ(meaning(http::Fate::no_answer, http::Cause::timed_out), Meaning::no_answer);
  EXPECT_FALSE(is_transient(Meaning::insecure));
  EXPECT_TRUE(is_transient(Meaning::unreachable));
}

TEST(SpapiClient, TheRetryAfterIsKept) {
  http::Response all = response(429, "");
  EXPECT_EQ(read_answer(all, {}).retry_after, std::nullopt);
  all.retry_after = "7";
  EXPECT_EQ(read_answer(all, {}).retry_after, std::chrono::seconds(7));
}

// --- Restrictions ------------------------------------------------------------------------------------

json link(const std::string& resource) {
  return {{"resource", resource}, {"verb", "GET"}, {"title", "Request Approval"}, {"type", "text/html"}};
}
json reason(const std::string& code, const json& links = nullptr) {
  json one = {{"message", "You need approval."}, {"reasonCode", code}};
  if (!links.is_null()) one["links"] = links;
  return one;
}
json restriction(const std::string& condition, const json& reasons) {
  json one = {{"marketplaceId", "ATVPDKIKX0DER"}, {"reasons", reasons}};
  if (!condition.empty()) one["conditionType"] = condition;
  return one;
}
std::string body_of(const json& restrictions) { return json{{"restrictions", restrictions}}.dump(); }

constexpr char kLink[] =
    "https://sellercentral.amazon.com/hz/approvalrequest/restrictions/approve?asin=B000000006";

TEST(SpapiClient, AnEmptyListIsAPermission) {
  auto answer = parse_restriction(body_of(json::array()), "B000000001", "used_good");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->asin, "B000000001");
  EXPECT_EQ(answer->restricted, false);
  EXPECT_EQ(answer->approval_url, std::nullopt);
  EXPECT_TRUE(answer->reasons.empty());
  EXPECT_EQ(answer->error, std::nullopt);
}

TEST(SpapiClient, TheLinkIsThatOfTheReason) {
  json one = restriction("used_good", json::array({reason("APPROVAL_REQUIRED", json::array({link(kLink)}))}));
  one["links"] = json::array({link("https://wrong.example/")});
  auto answer = parse_restriction(body_of(json::array({one})), "B000000006", "used_good");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->restricted, true);
  EXPECT_EQ(answer->approval_url, kLink);
  EXPECT_EQ(answer->reasons, std::vector<std::string>{"APPROVAL_REQUIRED"});
}

TEST(SpapiClient, OtherConditionsSayNothingOfTheOneThatWasAsked) {
  std::string body =
      body_of(json::array({restriction("new_new", json::array({reason("NOT_ELIGIBLE")})),
                           restriction("USED_GOOD", json::array({reason("APPROVAL_REQUIRED")}))}));
  EXPECT_EQ(parse_restriction(body, "A", "used_acceptable")->restricted, false);
  EXPECT_EQ(parse_restriction(body, "A", "used_good")->reasons,
            std::vector<std::string>{"APPROVAL_REQUIRED"});
  EXPECT_EQ(parse_restriction(body, "A", "")->reasons,
            (std::vector<std::string>{"NOT_ELIGIBLE", "APPROVAL_REQUIRED"}));
  // Without a condition of its own it is of all of them.
  std::string of_all = body_of(json::array({restriction("", json::array({reason("ASIN_NOT_FOUND")}))}));
  EXPECT_EQ(parse_restriction(of_all, "A", "used_good")->restricted, true);
}

TEST(SpapiClient, ARestrictionWithoutReasonsIsOneAllTheSame) {
  for (const json& reasons : {json(nullptr), json::array(), json("x"), json::array({nullptr}),
                              json::array({reason("lower"), reason(std::string(41, 'A'))})}) {
    auto answer =
        parse_restriction(body_of(json::array({restriction("used_good", reasons)})), "A", "used_good");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->restricted, true) << reasons;
    EXPECT_TRUE(answer->reasons.empty()) << reasons;
  }
}

TEST(SpapiClient, ALinkIsSafeToShow) {
  for (const std::string& bad :
       {std::string(), std::string("http://plain.example/"), std::string("javascript:alert(1)"),
        std::string("https://a b"), std::string("https://a\x1b[31m"), "https://" + std::string(2000, 'a')}) {
    json reasons = json::array({reason("APPROVAL_REQUIRED", json::array({link(bad), link(kLink)}))});
    EXPECT_EQ(parse_restriction(body_of(json::array({restriction("", reasons)})), "A", "")->approval_url,
              kLink)
        << bad;
  }
}

TEST(SpapiClient, OnlyAmazonsHostsAreLinkedTo) {
  auto answer_with = [](const std::string& resource) {
    json reasons = json::array({reason("APPROVAL_REQUIRED", json::array({link(resource)}))});
    return *parse_restriction(body_of(json::array({restriction("", reasons)})), "A", "");
  };
  for (const char* good :
       {"https://sellercentral.amazon.com/hz/x?asin=B1&a=%20b#c", "https://sellercentral-europe.amazon.com/x",
        "https://sellercentral.amazon.co.uk", "https://SellerCentral.Amazon.DE/x", "https://amazon.co.jp/x",
        "https://sellercentral.amazon.com.mx?x"}) {
    EXPECT_EQ(answer_with(good).approval_url, good);
    EXPECT_EQ(answer_with(good).note, std::nullopt) << good;
  }
  for (const char* bad : {"https://sellercentral.amazon.com.evil.example/x",
                          "https://evil-amazon.com/x",
                          "https://notamazon.de/",
                          "https://amazon.com@evil.example/x",
                          "https://sellercentral.amazon.com:8443/x",
                          "https://user:pw@sellercentral.amazon.com/x",
                          "https://sellercentral.amazon.com./x",
                          "https://.amazon.com/x",
                          "https://a..amazon.com/x",
                          "https://evil.example\\@sellercentral.amazon.com/x",
                          "https://evil.example/sellercentral.amazon.com",
                          "https://evil.example?.amazon.com",
                          "https://evil.example#.amazon.com",
                          "https://sellercentral.xn--amazn-mye.com/",
                          "https://\u0430mazon.com/",
                          "https://sellercentral.amazon.com/\u202e",
                          "https://sellercentral%2eamazon.com/",
                          "HTTPS://sellercentral.amazon.com/x",
                          "http://sellercentral.amazon.com/x",
                          "https:///amazon.com",
                          "https://sellercentral.amazon.com/\"x",
                          "https://sellercentral.amazon.com\\x",
                          "//amazon.com",
                          "javascript:1",
                          "https://sellercentral.amazon.zip/",
                          "https://[::1]/"}) {
    Restriction answer = answer_with(bad);
    EXPECT_EQ(answer.approval_url, std::nullopt) << bad;
    ASSERT_TRUE(answer.note) << bad;
    EXPECT_EQ(answer.note->find("http"), std::string::npos) << *answer.note;
    EXPECT_NE(answer.note->find("not to be followed"), std::string::npos) << *answer.note;
    EXPECT_TRUE(std::all_of(answer.note->begin(), answer.note->end(), [](char c) {
      return c >= ' ' && c < 0x7F;
    })) << *answer.note;
  }
  EXPECT_NE(answer_with("https://evil.example/x").note->find("'evil.example'"), std::string::npos);
}

TEST(SpapiClient, NoBytesBesideARestrictionSpoilIt) {
  std::string body = body_of(json::array({restriction("used_good", json::array({reason("NOT_ELIGIBLE")}))}));
  body.insert(1, "\"x\":[\"cut \\ud83d\",\"\xff\",1e999],");
  EXPECT_EQ(parse_restriction(body, "A", "used_good")->reasons, std::vector<std::string>{"NOT_ELIGIBLE"});
  EXPECT_FALSE(parse_restriction(R"({"restrictions":)" + std::string(1'000'000, '['), "A", ""));
}

TEST(SpapiClient, WhatIsNoListIsNoAnswer) {
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string("{}"), std::string("[]"), std::string("null"),
        std::string(R"({"restrictions":null})"), std::string(R"({"restrictions":{}})"),
        std::string(R"({"restrictions":[null]})"), std::string(R"({"restrictions":[)"),
        std::string(R"({"errors":[{"code":"x"}]})"),
        std::string(R"({"restrictions":[],"errors":[{"code":"InternalFailure","message":"x"}]})"),
        std::string(R"({"errors":[null],"restrictions":[]})"),
        std::string(R"({"errors":{"code":"x"},"restrictions":[]})"),
        std::string(R"({"errors":"x","restrictions":[]})")}) {
    EXPECT_FALSE(parse_restriction(body, "A", "")) << body;
  }
  EXPECT_TRUE(parse_restriction(R"({"restrictions":[],"errors":[]})", "A", ""));
  EXPECT_TRUE(has_participations(R"({"payload":[]})"));
  for (const char* body : {"", "{}", "[]", R"({"payload":null})", "<html>"})
    EXPECT_FALSE(has_participations(body));
}

TEST(SpapiClient, A200ThatIsNoAnswerMayBeAskedAgain) {
  ParsedAnswer parsed = as_unexpected(parsed_of(200, "<html>"));
  EXPECT_EQ(parsed.meaning, Meaning::failed);
  EXPECT_EQ(parsed.body, "");
  EXPECT_NE(parsed.message.find("not the whole one"), std::string::npos) << parsed.message;
}

TEST(SpapiClient, TheErrorsOfA200MeanWhatTheirCodeSays) {
  auto meaning = [](const char* code, const char* message) {
    std::string body = json{{"errors", {{{"code", code}, {"message", message}}}}}.dump();
    return as_unexpected(parsed_of(200, body)).meaning;
  };
  EXPECT_EQ(meaning("InvalidInput", "marketplaceIds is not valid"), Meaning::rejected);
  EXPECT_EQ(meaning("InternalFailure", "try again"), Meaning::failed);
  EXPECT_EQ(meaning("QuotaExceeded", "x"), Meaning::throttled);
  EXPECT_EQ(meaning("Unauthorized", "The access token you provided has expired."), Meaning::token_refused);
}

TEST(SpapiClient, WhatAmazonSaysOfARefusalReachesThePerson) {
  auto message = [](int status, const char* body) { return parsed_of(status, body).message; };
  EXPECT_NE(
      message(
          400,
          R"({"errors":[{"code":"InvalidInput","message":"Invalid input","details":"conditionType is not valid"}]})")
          .find("\"Invalid input: conditionType is not valid\""),
      std::string::npos);
  std::string denied = message(
      403,
      R"({"errors":[{"code":"Unauthorized","message":"Access is denied.","details":"The account is suspended."}]})");
  EXPECT_NE(denied.find("The account is suspended."), std::string::npos) << denied;
  std::string long_one = message(
      400, in_errors(error("InvalidInput", "secret " + std::string(150, 'a') + " " + std::string(300, 'b')))
               .c_str());
  EXPECT_EQ(long_one.find("aaaa"), std::string::npos) << long_one;
  EXPECT_EQ(long_one.find("bbbb"), std::string::npos) << long_one;
}

TEST(SpapiClient, ARateThatIsFarFromAnyPlanSaysNothing) {
  auto interval = [](const char* rate) {
    http::Response response;
    response.status = 200;
    response.rate_limit = rate;
    return read_answer(response, {}).interval;
  };
  EXPECT_EQ(interval("5.0"), Duration{200});
  EXPECT_EQ(interval("0.0167"), Duration{59'881});
  for (const char* odd : {"0.001", "0", "-1", "nan", "1e9", "5.0, 1.0", ""})
    EXPECT_EQ(interval(odd), std::nullopt) << odd;
}

// --- Requests ----------------------------------------------------------------------------------------

TEST(SpapiClient, EveryRegionHasItsHosts) {
  struct {
    Region region;
    const char* production;
    const char* sandbox;
  } const hosts[] = {
      {Region::na, "https://sellingpartnerapi-na.amazon.com",
       "https://sandbox.sellingpartnerapi-na.amazon.com"},
      {Region::eu, "https://sellingpartnerapi-eu.amazon.com",
       "https://sandbox.sellingpartnerapi-eu.amazon.com"},
      {Region::fe, "https://sellingpartnerapi-fe.amazon.com",
       "https://sandbox.sellingpartnerapi-fe.amazon.com"},
  };
  for (const auto& each : hosts) {
    EXPECT_EQ(participations_request({}, each.region, Host::production, "t").url,
              each.production + std::string("/sellers/v1/marketplaceParticipations"));
    EXPECT_EQ(participations_request({}, each.region, Host::sandbox, "t").url,
              each.sandbox + std::string("/sellers/v1/marketplaceParticipations"));
    EXPECT_TRUE(is_marketplace(default_marketplace(each.region)));
  }
  EXPECT_EQ(default_marketplace(Region::na), "ATVPDKIKX0DER");
}

TEST(SpapiClient, ARestrictionIsAskedWithAllThatItNeeds) {
  http::Request request =
      restrictions_request({}, Region::na, "A1&B", "Atza|x", "B000000001", {"ATVPDKIKX0DER", "used_good"});
  EXPECT_EQ(request.url,
            "https://sellingpartnerapi-na.amazon.com/listings/2021-08-01/restrictions?asin=B000000001"
            "&sellerId=A1%26B&marketplaceIds=ATVPDKIKX0DER&conditionType=used_good");
  EXPECT_EQ(request.headers.front(), (std::pair<std::string, std::string>{"x-amz-access-token", "Atza|x"}));
  EXPECT_EQ(request.method, http::Method::get);
  EXPECT_EQ(request.repeat, http::Repeat::harmless);
  request = restrictions_request({}, Region::na, "A1&B", "t", "B000000001", {"ATVPDKIKX0DER", ""});
  EXPECT_EQ(request.url.find("conditionType"), std::string::npos);
}

TEST(SpapiClient, AnAsinHasTenCapitalsAndDigits) {
  for (const char* good : {"B000000001", "0306406152", "030640615X"}) EXPECT_TRUE(is_asin(good)) << good;
  for (const char* bad :
       {"", "B00000001", "B0000000001", "b000000001", "B00000000 ", "B00000000\n", "B00-000001"})
    EXPECT_FALSE(is_asin(bad)) << bad;
}

TEST(SpapiClient, PeoplesWordsForACondition) {
  const std::pair<const char*, const char*> words[] = {
      {"good", "used_good"},
      {"Good", "used_good"},
      {"new", "new_new"},
      {"like_new", "used_like_new"},
      {"like-new", "used_like_new"},
      {"Used - Like New", "used_like_new"},
      {"Used, Very Good", "used_very_good"},
      {"acceptable", "used_acceptable"},
      {"refurbished", "refurbished_refurbished"},
      {"collectible_good", "collectible_good"},
      {"Collectible - Acceptable", "collectible_acceptable"},
      {"USED_GOOD", "used_good"},
      {"open box", "new_open_box"},
      {"oem", "new_oem"},
      {"club", "club_club"},
  };
  for (const auto& [word, condition] : words) EXPECT_EQ(condition_named(word), condition) << word;
  for (const char* none : {"", "used", "used_new", "collectible", "mint", "good!good", "--"})
    EXPECT_EQ(condition_named(none), std::nullopt) << none;
}

}  // namespace
}  // namespace purser::spapi
