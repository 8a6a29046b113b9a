// Every answer that Login with Amazon is known to give, read into a value; nothing of Amazon's text in a
// message.
#include "spapi/lwa.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/matchers.h"

namespace purser::spapi::lwa {
namespace {

using nlohmann::json;
using std::chrono::seconds;

http::Response response(int status, const std::string& body) {
  http::Response all;
  all.status = status;
  all.body = body;
  all.request_id = "gate-1";
  return all;
}

std::string error_body(const std::string& code) {
  return json{{"error_description", "secret-text Atzr|abcdefgh User may have revoked"}, {"error", code}}
      .dump();
}

json granted() {
  return {{"access_token", "Atza|abc"},
          {"refresh_token", "Atzr|other"},
          {"token_type", "bearer"},
          {"expires_in", 3600}};
}

struct Refusal {
  const char* what;
  int status;
  std::string body;
  Outcome outcome;
  ErrorCode code;
};

std::vector<Refusal> refusals() {
  using E = ErrorCode;
  json no_token = granted();
  no_token.erase("access_token");
  return {
      {"invalid_grant", 400, error_body("invalid_grant"), Outcome::invalid_grant, E::needs_authorization},
      {"invalid_grant as 401", 401, error_body("invalid_grant"), Outcome::invalid_grant,
       E::needs_authorization},
      {"invalid_client", 401, error_body("invalid_client"), Outcome::misconfigured, E::credentials_refused},
      {"unauthorized_client", 400, error_body("unauthorized_client"), Outcome::misconfigured,
       E::credentials_refused},
      {"invalid_request", 400, error_body("invalid_request"), Outcome::misconfigured, E::credentials_refused},
      {"grant type", 400, error_body("unsupported_grant_type"), Outcome::misconfigured,
       E::credentials_refused},
      {"invalid_scope", 400, error_body("invalid_scope"), Outcome::misconfigured, E::credentials_refused},
      {"access_denied", 403, error_body("access_denied"), Outcome::misconfigured, E::credentials_refused},
      {"unknown code", 400, error_body("secret-text"), Outcome::transient, E::service_failed},
      {"a gateway's", 400, R"({"error":"Forbidden"})", Outcome::transient, E::service_failed},
      {"a gateway's 403", 403, R"({"error":"Forbidden","message":"secret-text"})", Outcome::transient,
       E::service_failed},
      {"404", 404, error_body("invalid_request"), Outcome::transient, E::service_failed},
      {"407", 407, error_body("access_denied"), Outcome::transient, E::service_failed},
      {"a code in capitals", 401, error_body("INVALID_CLIENT"), Outcome::transient, E::service_failed},
      {"server_error", 500, error_body("server_error"), Outcome::transient, E::service_failed},
      {"server_error as 400", 400, error_body("server_error"), Outcome::transient, E::service_failed},
      {"temporarily", 503, error_body("temporarily_unavailable"), Outcome::transient, E::service_failed},
      {"invalid_grant as 500", 500, error_body("invalid_grant"), Outcome::transient, E::service_failed},
      {"unknown code as 500", 500, error_body("secret-text"), Outcome::transient, E::service_failed},
      {"slow_down", 429, error_body("slow_down"), Outcome::transient, E::rate_limited},
      {"slow_down as 400", 400, error_body("slow_down"), Outcome::transient, E::service_failed},
      {"429 invalid_client", 429, error_body("invalid_client"), Outcome::transient, E::rate_limited},
      {"429 text", 429, "Too many requests secret-text", Outcome::transient, E::rate_limited},
      {"403 HTML", 403, "<html>secret-text</html>", Outcome::transient, E::service_failed},
      {"400 without a code", 400, "{}", Outcome::transient, E::service_failed},
      {"400 code no text", 400, R"({"error":{"code":"invalid_grant"}})", Outcome::transient,
       E::service_failed},
      {"408", 408, error_body("invalid_request"), Outcome::transient, E::service_failed},
      {"500 empty", 500, "", Outcome::transient, E::service_failed},
      {"502 HTML", 502, "<html>secret-text</html>", Outcome::transient, E::service_failed},
      {"redirect", 302, "", Outcome::transient, E::service_failed},
      {"200 without a token", 200, no_token.dump(), Outcome::transient, E::service_failed},
      {"200 HTML", 200, "<html>secret-text</html>", Outcome::transient, E::service_failed},
      {"200 cut", 200, granted().dump().substr(0, 20), Outcome::transient, E::service_failed},
      {"200 with an error", 200, error_body("invalid_grant"), Outcome::transient, E::service_failed},
      {"201", 201, granted().dump(), Outcome::transient, E::service_failed},
  };
}

TEST(SpapiLwa, EveryRefusalGoesToItsPlaceByItsCodeAlone) {
  for (const Refusal& c : refusals()) {
    TokenResponse answer = read_response(response(c.status, c.body));
    EXPECT_EQ(answer.outcome, c.outcome) << c.what;
    EXPECT_EQ(answer.code, c.code) << c.what;
    EXPECT_EQ(answer.access_token, "") << c.what;
  }
}

TEST(SpapiLwa, NoMessageRepeatsATextOfAmazon) {
  for (const Refusal& c : refusals()) {
    std::string message = read_response(response(c.status, c.body)).message;
    for (const char* text : {"secret-text", "Atz", "abcdefgh", "User may", "html", "<"}) {
      EXPECT_EQ(message.find(text), std::string::npos) << c.what << ": " << message;
    }
    EXPECT_NE(message.find("HTTP " + std::to_string(c.status)), std::string::npos) << message;
    EXPECT_NE(message.find("request gate-1"), std::string::npos) << message;
  }
}

TEST(SpapiLwa, TheRequestIdOfTheBodyIsShownWhereItLooksLikeOne) {
  json body = {{"error", "invalid_grant"}, {"error_index", "x"}, {"request_id", "4b1c-77"}};
  std::string message = read_response(response(400, body.dump())).message;
  EXPECT_NE(message.find("HTTP 400, invalid_grant, request 4b1c-77"), std::string::npos) << message;
  body["request_id"] = "Atzr|secret";
  message = read_response(response(400, body.dump())).message;
  EXPECT_NE(message.find("request gate-1"), std::string::npos) << message;
  EXPECT_EQ(message.find("secret"), std::string::npos) << message;
}

TEST(SpapiLwa, AGrantWithOrWithoutARefreshToken) {
  json without = granted();
  without.erase("refresh_token");
  for (const json& body : {granted(), without}) {
    TokenResponse answer = read_response(response(200, body.dump()));
    EXPECT_EQ(answer.outcome, Outcome::granted);
    EXPECT_EQ(answer.access_token, "Atza|abc");
    EXPECT_EQ(answer.lifetime, seconds(3600));
  }
}

TEST(SpapiLwa, ALifeThatMakesNoSenseNeitherEndsAtOnceNorNever) {
  const std::vector<std::pair<json, int>> lives = {
      {3600, 3600},
      {"1800", 1800},
      {600.9, 600},
      {nullptr, 3600},
      {"soon", 3600},
      {"", 3600},
      {true, 3600},
      {json::object(), 3600},
      {0, 1},
      {-5, 1},
      {86'401, 86'400},
      {18'446'744'073'709'551'615U, 86'400},
      {1e300, 86'400},
      {-1e300, 1},
      {"99999999999999999999", 86'400},
      {"-99999999999999999999", 1},
  };
  for (const auto& [value, lifetime] : lives) {
    json body = granted();
    body["expires_in"] = value;
    EXPECT_EQ(read_response(response(200, body.dump())).lifetime, seconds(lifetime)) << value;
  }
  json body = granted();
  body.erase("expires_in");
  EXPECT_EQ(read_response(response(200, body.dump())).lifetime, seconds(3600));
}

TEST(SpapiLwa, ATokenThatNoHeaderCarriesIsNone) {
  for (const json& token : {json(""), json(nullptr), json(7), json("a b"), json("a\r\nX-Other: b"),
                            json("Atza|\u00e9"), json(std::string(8193, 'a'))}) {
    json body = granted();
    body["access_token"] = token;
    EXPECT_EQ(read_response(response(200, body.dump())).outcome, Outcome::transient)
        << token.dump().substr(0, 40);
  }
  json body = granted();
  body["access_token"] = std::string(8192, 'a');
  EXPECT_EQ(read_response(response(200, body.dump())).outcome, Outcome::granted);
}

TEST(SpapiLwa, NoAnswerAtAll) {
  http::Result unsent = http::Failure{http::Fate::never_sent, http::Cause::unreachable, "x"};
  http::Result lost = http::Failure{http::Fate::no_answer, http::Cause::timed_out, "x"};
  EXPECT_EQ(read_response(unsent).code, ErrorCode::unreachable);
  EXPECT_EQ(read_response(lost).code, ErrorCode::no_answer);
  EXPECT_EQ(read_response(lost).outcome, Outcome::transient);
}

TEST(SpapiLwa, TheFormIsEncodedToTheLastByte) {
  Credentials credentials;
  credentials.client_id = "amzn1.application-oa2-client.a";
  credentials.client_secret = "a+b/c=d&e";
  credentials.refresh_token = "Atzr|x y";
  http::Request request = token_request({}, credentials);
  EXPECT_EQ(request.url, "https://api.amazon.com/auth/o2/token");
  EXPECT_EQ(request.method, http::Method::post);
  EXPECT_EQ(request.body,
            "grant_type=refresh_token&refresh_token=Atzr%7Cx%20y&client_id=amzn1.application-oa2-client.a"
            "&client_secret=a%2Bb%2Fc%3Dd%26e");
  EXPECT_EQ(request.headers.front().second, "application/x-www-form-urlencoded;charset=UTF-8");
  ServiceOptions options;
  options.lwa_url = "http://127.0.0.1:1";
  EXPECT_EQ(token_request(options, credentials).url, "http://127.0.0.1:1/auth/o2/token");
}

}  // namespace
}  // namespace purser::spapi::lwa
