// The stand-in's Login with Amazon: how it reads, what it checks, the shapes of its answers.
#include <set>

#include "standin/standin_test.h"

namespace purser::test {
namespace {

json parsed(const Reply& reply) { return json::parse(reply.text()); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("there is no " + from);
  return text.replace(at, from.size(), to);
}

bool is_good(const Standin& standin, const std::string& access_token) {
  return ask(standin.spapi_url(), standin.question("B000000001"), access_token).status == 200;
}

TEST(StandinLwa, GivesANewAccessTokenForTheRefreshToken) {
  Standin standin;
  const Reply reply = standin.exchange(standin.form());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-type"), "application/json;charset=UTF-8");
  EXPECT_EQ(reply.header("cache-control"), "no-store");
  EXPECT_EQ(reply.header("pragma"), "no-cache");
  EXPECT_NE(reply.header("x-amzn-requestid"), "");
  const json body = parsed(reply);
  EXPECT_EQ(body.size(), 4U);
  EXPECT_EQ(body["refresh_token"], standin.refresh_token());
  EXPECT_EQ(body["token_type"], "bearer");
  EXPECT_EQ(body["expires_in"], 3600);
  const std::string first = body["access_token"], second = standin.access_token();
  EXPECT_EQ(first.size(), 353U);
  EXPECT_EQ(first.rfind("Atza|", 0), 0U);
  EXPECT_NE(first, second);
  EXPECT_TRUE(is_good(standin, first)) << "an older token is good until it expires";
  EXPECT_TRUE(is_good(standin, second));
  EXPECT_EQ(standin.state().lwa.requests, 2);
  EXPECT_EQ(standin.state().lwa.exchanges, 2);
  EXPECT_EQ(standin.state().lwa.refused, 0);
}

TEST(StandinLwa, ReadsJsonToo) {
  Standin standin;
  const json body = {{"grant_type", "refresh_token"},
                     {"refresh_token", standin.refresh_token()},
                     {"client_id", standin.client_id()},
                     {"client_secret", standin.client_secret()}};
  EXPECT_EQ(standin.exchange(body.dump(), {"Content-Type: application/json; charset=utf-8"}).status, 200);
  EXPECT_EQ(standin.exchange(json::array({body}).dump(), {"Content-Type: application/json"}).status, 400);
}

TEST(StandinLwa, WhatIsNotEncodedReadsAsAnotherValue) {
  Standin standin;
  const std::string good = standin.form();
  EXPECT_EQ(parsed(standin.exchange(replaced(good, "Atzr%7C", "Atzr|")))["error"], "invalid_grant");
  EXPECT_EQ(parsed(standin.exchange(replaced(good, "Atzr%7C", "Atzr%7G")))["error"], "invalid_grant");
  EXPECT_EQ(parsed(standin.exchange(replaced(good, "%2B", "+")))["error"], "invalid_client");
  EXPECT_EQ(parsed(standin.exchange(replaced(good, "%2F", "/")))["error"], "invalid_client");
  EXPECT_EQ(standin.exchange(replaced(good, "%2D", "-")).status, 200) << "a hyphen may come either way";
  EXPECT_EQ(standin.exchange(replaced(good, "%2B", "%2b")).status, 200);
}

TEST(StandinLwa, ChecksWhatIsAsked) {
  Standin standin;
  const std::string good = standin.form();
  struct Case {
    std::string body, error, holds;
    int status = 400;
  };
  for (const auto& [body, error, holds, status] : std::vector<Case>{
           {replaced(good, "grant_type=refresh_token&", ""), "invalid_request", " : grant_type"},
           {replaced(good, "&refresh_token=", "&refreshtoken="), "invalid_request", " : refresh_token"},
           {replaced(good, "&client_id=", "&clientid="), "invalid_request", " : client_id"},
           {replaced(good, "&client_secret=", "&client_secret=&"), "invalid_request", " : client_secret"},
           {good + "&grant_type=refresh_token", "invalid_request", ""},
           {replaced(good, "=refresh_token", "=password"), "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server"},
           {replaced(good, "&client_id=", "&client_id=x"), "invalid_client", "Client authentication failed",
            401},
           {good + "x", "invalid_client", "Client authentication failed", 401},
           {replaced(good, "Atzr%7C", "Atzr%7Cx"), "invalid_grant", "may have revoked or didn't grant"}}) {
    const Reply reply = standin.exchange(body);
    EXPECT_EQ(reply.status, status) << body;
    EXPECT_EQ(parsed(reply)["error"], error) << body;
    EXPECT_NE(parsed(reply)["error_description"].get<std::string>().find(holds), std::string::npos)
        << reply.text();
  }
  EXPECT_EQ(standin.exchange(good, {"Content-Type: text/plain"}).status, 400);
  EXPECT_EQ(get(standin.lwa_url(), "/auth/o2/token?" + good).status, 405);
  EXPECT_EQ(Call(standin.lwa_url(), "POST", "/auth/token", {kForm}, good).reply().status, 404);
  EXPECT_EQ(standin.state().lwa.exchanges, 0);
  EXPECT_EQ(standin.state().lwa.refused, 12);
}

TEST(StandinLwa, ErrorsHaveTheShapesOfTheRealOne) {
  Standin standin;
  struct Case {
    std::string name;
    int status;
    std::string error;  // "": plain text
  };
  for (const auto& [name, status, error] :
       std::vector<Case>{{"invalid_grant", 400, "invalid_grant"},
                         {"invalid_grant_live", 400, "invalid_grant"},
                         {"invalid_client", 401, "invalid_client"},
                         {"invalid_request", 400, "invalid_request"},
                         {"unauthorized_client", 400, "unauthorized_client"},
                         {"invalid_scope", 400, "invalid_scope"},
                         {"access_denied", 403, "access_denied"},
                         {"unsupported_grant_type", 400, "unsupported_grant_type"},
                         {"unknown_code_400", 400, "account_on_hold"},
                         {"forbidden_400", 400, "Forbidden"},
                         {"forbidden_403", 403, "Forbidden"},
                         {"not_found_404", 404, "invalid_request"},
                         {"proxy_407", 407, "access_denied"},
                         {"server_error_500", 500, "server_error"},
                         {"temporarily_unavailable_503", 503, "temporarily_unavailable"},
                         {"429_slow_down", 429, "slow_down"},
                         {"429_text", 429, ""}}) {
    SCOPED_TRACE(name);
    standin.set_switch("lwa.answer", name, 1);
    const Reply reply = standin.exchange(standin.form());
    EXPECT_EQ(reply.status, status);
    const json body = json::parse(reply.text(), nullptr, false);
    EXPECT_EQ(body.is_discarded(), error.empty());
    if (error.empty()) continue;
    EXPECT_EQ(body["error"], error);
    const bool is_of_a_gateway =
        name == "forbidden_400" || name == "forbidden_403" || status == 404 || status == 407;
    EXPECT_EQ(body.contains("error_description"), !is_of_a_gateway);
    const bool is_live = name == "invalid_grant_live";
    EXPECT_EQ(body.contains("error_index"), is_live);
    EXPECT_EQ(body.contains("request_id"), is_live);
  }
  EXPECT_EQ(standin.state().lwa.exchanges, 0);
  EXPECT_EQ(standin.state().lwa.refused, 17);
  EXPECT_EQ(standin.exchange(standin.form()).status, 200) << "the switch's times are over";
}

TEST(StandinLwa, AnAnswerMayLackAField) {
  Standin standin;
  for (const std::string field : {"refresh_token", "expires_in", "access_token"}) {
    standin.set_switch("lwa.answer", "no_" + field, 1);
    const Reply reply = standin.exchange(standin.form());
    EXPECT_EQ(reply.status, 200);
    EXPECT_FALSE(parsed(reply).contains(field));
    EXPECT_EQ(parsed(reply).size(), 3U);
  }
}

TEST(StandinLwa, AnotherRefreshTokenIsGoodBesideTheOldOne) {
  Standin standin;
  standin.set_switch("lwa.answer", "other_refresh_token", 1);
  const std::string other = parsed(standin.exchange(standin.form()))["refresh_token"];
  EXPECT_NE(other, standin.refresh_token());
  const Reply reply = standin.exchange(
      replaced(standin.form(), percent_encoded(standin.refresh_token()), percent_encoded(other)));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(parsed(reply)["refresh_token"], other);
  EXPECT_EQ(standin.exchange(standin.form()).status, 200);
}

TEST(StandinLwa, ATokenLivesAsLongAsItSays) {
  Standin standin;
  standin.set_switch("lwa.expires_in", "90", 1);
  const json body = parsed(standin.exchange(standin.form()));
  EXPECT_EQ(body["expires_in"], 90);
  standin.pass(std::chrono::milliseconds(89'999));
  EXPECT_TRUE(is_good(standin, body["access_token"]));
  standin.pass(std::chrono::milliseconds(1));
  EXPECT_FALSE(is_good(standin, body["access_token"]));
  EXPECT_EQ(parsed(standin.exchange(standin.form()))["expires_in"], 3600);
}

TEST(StandinLwa, GzipAndRetryAfterAreAsElsewhere) {
  Standin standin({"--switch", "lwa.retry_after=seconds"});
  const Reply reply = standin.exchange(standin.form(), {kForm, "Accept-Encoding: gzip"});
  EXPECT_EQ(reply.header("content-encoding"), "gzip");
  EXPECT_TRUE(parsed(reply).contains("access_token"));
  standin.set_switch("lwa.answer", "429_slow_down");
  EXPECT_EQ(standin.exchange(standin.form()).header("retry-after"), "2");
}

}  // namespace
}  // namespace purser::test
