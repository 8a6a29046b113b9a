// Every shape of answer that xAI is known to give, read into a value; and no text of xAI's in any message.
#include "xai/client.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/matchers.h"
#include "xai/refusal.h"

namespace purser::xai {
namespace {

using Kind = ResponseKind;

using nlohmann::json;

constexpr char kTeam[] = "5f2b1c7e-93a4-4d1c-8f2e-0a1b2c3d4e5f";
constexpr char kEcho[] = "xa***gA";

std::string error_body(const std::string& code, const std::string& text) {
  return json{{"code", code}, {"error", text}}.dump();
}

std::string nested_body(const std::string& code, const std::string& text) {
  return json{{"error", {{"message", text}, {"type", "error"}, {"param", nullptr}, {"code", code}}}}.dump();
}

const std::string kCredits =
    "Your team 5f2b1c7e-93a4-4d1c-8f2e-0a1b2c3d4e5f has either used all available credits or reached its "
    "monthly spending limit. To continue making API requests, please purchase more credits or raise your "
    "spending limit.";
const std::string kWrongKey =
    "Incorrect API key provided: xa***gA. You can obtain an API key from https://console.x.ai.";
const std::string kNoModel =
    "The model grok-4-fast-reasoning does not exist or your team 5f2b1c7e-93a4-4d1c-8f2e-0a1b2c3d4e5f does "
    "not have access to it.";

struct Refusal {
  const char* what;
  int status;
  std::string body;
  Kind kind;
  std::string_view code = {};
};

std::vector<Refusal> refusals() {
  return {
      {"wrong key", 400, error_body("Client specified an invalid argument", kWrongKey), Kind::wrong_key,
       "Client specified an invalid argument"},
      {"wrong key, newer", 400, error_body("invalid-argument", kWrongKey), Kind::wrong_key,
       "invalid-argument"},
      {"wrong key, debugging page", 400, error_body("invalid-argument", "An incorrect API key was supplied"),
       Kind::wrong_key, "invalid-argument"},
      {"another 400", 400, error_body("invalid-argument", "temperature must be below 2"), Kind::rejected,
       "invalid-argument"},
      {"400 text", 400, "Bad Request", Kind::in_between},
      {"no key", 401, error_body("unauthenticated:no-credentials", "No credentials provided"),
       Kind::wrong_key, "unauthenticated:no-credentials"},
      {"401 text", 401, "Unauthorized", Kind::in_between},
      {"401 empty", 401, "", Kind::in_between},
      {"402", 402, error_body("payment-required", "x"), Kind::no_credits},
      {"402 text", 402, "Payment Required", Kind::in_between},
      {"407", 407, "", Kind::in_between},
      {"credits", 403, error_body("permission-denied", kCredits), Kind::no_credits, "permission-denied"},
      {"credits to 2026-02", 429, error_body("Some resource has been exhausted", kCredits), Kind::no_credits,
       "Some resource has been exhausted"},
      {"only the spending limit", 403, error_body("permission-denied", "monthly Spending Limit reached"),
       Kind::no_credits, "permission-denied"},
      {"no credits yet", 403,
       error_body(
           "permission-denied",
           "Your newly created team 5f2b1c7e doesn't have any credits or licenses yet. You can purchase "
           "those on https://console.x.ai."),
       Kind::no_credits, "permission-denied"},
      {"no credits yet, 429", 429,
       error_body("resource-exhausted", "Your team 5f2b1c7e doesn't have any credits or licenses yet."),
       Kind::no_credits, "resource-exhausted"},
      {"run out", 403, error_body("permission-denied", "You have run out of credits"), Kind::no_credits,
       "permission-denied"},
      {"only the code", 403, error_body("personal-team-blocked:spending-limit", "Team is blocked"),
       Kind::no_credits, "personal-team-blocked:spending-limit"},
      {"new words of credits", 403, error_body("permission-denied", "Please add a payment method"),
       Kind::no_credits, "permission-denied"},
      {"credits, 400", 400, error_body("invalid-argument", kCredits), Kind::no_credits, "invalid-argument"},
      {"content", 403,
       error_body("permission-denied",
                  "Content violates usage guidelines. Team: 5f2b1c7e, API key ID: x, Model: grok-4.3, Failed "
                  "check: SAFETY_CHECK_TYPE_CSAM"),
       Kind::refused_content, "permission-denied"},
      {"content, the check alone", 403,
       error_body("permission-denied", "Failed check: SAFETY_CHECK_TYPE_BIO"), Kind::refused_content,
       "permission-denied"},
      {"content, in an object", 403,
       R"({"code":"permission-denied","error":{"message":"CONTENT VIOLATES USAGE GUIDELINES."}})",
       Kind::refused_content, "permission-denied"},
      {"content, 400", 400, error_body("invalid-argument", "Content violates usage guidelines."),
       Kind::refused_content, "invalid-argument"},
      {"408", 408, "", Kind::failed},
      {"409", 409, error_body("aborted", "x"), Kind::failed},
      {"425", 425, "Too Early", Kind::failed},
      {"forbidden", 403, error_body("permission-denied", "The caller does not have permission"),
       Kind::no_permission, "permission-denied"},
      {"403 HTML", 403, "<html>Forbidden</html>", Kind::in_between},
      {"403 HTML that speaks of credits", 403, "<html>used all available credits</html>", Kind::in_between},
      {"403 of a gateway", 403, R"({"message":"Forbidden"})", Kind::in_between},
      {"403, an error of others", 403, R"({"error":"Forbidden"})", Kind::in_between},
      {"403, odd bytes beside it", 403,
       "{\"code\":\"permission-denied\",\"error\":\"The caller does not have "
       "permission\",\"x\":\"\xff\\ud83d\"}",
       Kind::no_permission, "permission-denied"},
      {"400 HTML", 400, "\n<!DOCTYPE html><html>Incorrect API key</html>", Kind::in_between},
      {"model", 404, error_body("not-found", kNoModel), Kind::unknown_model, "not-found"},
      {"model, code unknown", 404, error_body("Some requested entity was not found", kNoModel),
       Kind::unknown_model},
      {"path", 404, "Not Found", Kind::wrong_path},
      {"path HTML", 404, "<html>not-found</html>", Kind::in_between},
      {"path JSON", 404, R"({"message":"no Route matched"})", Kind::wrong_path},
      {"405", 405, "", Kind::rejected},
      {"413", 413, "", Kind::rejected},
      {"415", 415, error_body("invalid-argument", "Expected request with `Content-Type`"), Kind::rejected,
       "invalid-argument"},
      {"422 text", 422, "Failed to deserialize the JSON body into the target type: x", Kind::rejected},
      {"422 JSON", 422, R"({"error":"x"})", Kind::rejected},
      {"rate", 429, error_body("resource-exhausted", "Too many requests for team 5f2b1c7e"),
       Kind::rate_limited, "resource-exhausted"},
      {"tokens", 429,
       error_body("Some resource has been exhausted",
                  "Too many tokens for team 5f2b1c7e and model grok-4-0709. Your team's rate limit is "
                  "\u2014 Tokens per Minute (actual/limit): 65605/16000."),
       Kind::rate_limited, "Some resource has been exhausted"},
      {"429 text", 429, "slow down", Kind::rate_limited},
      {"429 HTML", 429, "<html>", Kind::rate_limited},
      {"429 HTML that speaks of credits", 429, "<html>used all available credits</html>", Kind::rate_limited},
      {"429 nothing", 429, "", Kind::rate_limited},
      {"429 of others", 429, R"({"error":"Too many requests"})", Kind::rate_limited},
      {"a rate that more credits raise", 429,
       error_body("resource-exhausted",
                  "Requests per Minute (actual/limit): 61/60. To raise your limits, "
                  "purchase more credits."),
       Kind::rate_limited, "resource-exhausted"},
      {"a prepaid balance", 429, error_body("x", "Your prepaid balance is depleted."), Kind::no_credits},
      {"a spend limit", 429, error_body("x", "Your team reached your monthly spend limit."),
       Kind::no_credits},
      {"a credit limit", 403, error_body("x", "Your team reached its credit limit."), Kind::no_credits},
      {"credits, 401", 401, error_body("x", "You have run out of credits"), Kind::no_credits},
      {"credits, 404", 404, error_body("x", "Your team has no credits"), Kind::no_credits},
      {"credits, 422", 422, error_body("x", "You have run out of credits"), Kind::no_credits},
      {"a blocked team", 403,
       error_body("permission-denied",
                  "Your team has been blocked for violating our usage policies. Contact support."),
       Kind::no_permission, "permission-denied"},
      {"a blocked key", 403,
       error_body("permission-denied", "API key is blocked due to violation of the Acceptable Use Policy."),
       Kind::no_permission, "permission-denied"},
      {"a blocked key, 400", 400, error_body("x", "The API key is disabled or blocked."),
       Kind::no_permission},
      {"a flagged prompt", 403,
       error_body("permission-denied", "Your prompt was flagged by our moderation system."),
       Kind::refused_content, "permission-denied"},
      {"a safety filter", 403, error_body("x", "The request was blocked by our safety filters."),
       Kind::refused_content},
      {"harmful content", 403, error_body("x", "The prompt contains harmful content and was blocked."),
       Kind::refused_content},
      {"content by its code", 403, error_body("content-violation", "x"), Kind::refused_content},
      {"content, 400 in other words", 400, error_body("x", "The prompt was rejected for safety reasons."),
       Kind::refused_content},
      {"a wrong key in other words", 400, error_body("x", "Invalid API key provided: xa***gA."),
       Kind::wrong_key},
      {"a model, 400", 400, error_body("x", "Model not found: grok-4.3"), Kind::unknown_model},
      {"a retired model, 410", 410, error_body("x", "The model grok-4.3 was retired."), Kind::unknown_model},
      {"a model that the team may not use", 403,
       error_body("permission-denied", "Your team does not have access to the model grok-4.3"),
       Kind::unknown_model, "permission-denied"},
      {"500", 500, "", Kind::failed},
      {"502 HTML", 502, "<html>Bad Gateway</html>", Kind::in_between},
      {"503", 503, error_body("unavailable", "x"), Kind::failed},
      {"503 that speaks of a spending limit", 503, kCredits, Kind::failed},
      {"529", 529, "", Kind::failed},
      {"redirect", 302, "", Kind::redirected},
      {"201", 201, "", Kind::unparsable},
      {"an unknown code is not repeated", 429, error_body("sk-secret", "x"), Kind::rate_limited},
      {"a code that is no text", 429, R"({"code":17,"error":null})", Kind::rate_limited},
      {"an array", 400, "[]", Kind::in_between},
      {"nested, a wrong key", 401, nested_body("invalid_api_key", "Incorrect API key provided: xa***gA."),
       Kind::wrong_key},
      {"nested, no credits", 429, nested_body("insufficient_quota", "You exceeded your current quota."),
       Kind::no_credits},
      {"nested, a rate", 429, nested_body("rate_limit_exceeded", "Rate limit reached"), Kind::rate_limited},
      {"nested, a model", 404, nested_body("model_not_found", "The model `x` does not exist"),
       Kind::unknown_model},
      {"nested, a model by xAI's code", 404, nested_body("not-found", "x"), Kind::unknown_model, "not-found"},
      {"nested, content", 400, nested_body("content_policy_violation", "x"), Kind::refused_content},
      {"nested, content by its words", 403, nested_body("permission-denied", "SAFETY_CHECK_TYPE_BIO"),
       Kind::refused_content, "permission-denied"},
      {"nested, credits", 403, nested_body("permission-denied", kCredits), Kind::no_credits,
       "permission-denied"},
      {"nested, forbidden", 403, nested_body("permission-denied", "The caller does not have permission"),
       Kind::no_permission, "permission-denied"},
      {"nested, a code that is a number", 403, R"({"error":{"code":403,"message":"Forbidden"}})",
       Kind::no_permission},
      {"nested, without a message", 403, R"({"error":{"code":"permission-denied"}})", Kind::in_between,
       "permission-denied"},
  };
}

TEST(XaiClient, EveryRefusalGoesToItsPlaceAndIsNotBilled) {
  for (const Refusal& c : refusals()) {
    ParsedResponse reading = parse_response(c.status, c.body);
    EXPECT_EQ(reading.kind, c.kind) << c.what;
    EXPECT_EQ(reading.code, c.code) << c.what;
    EXPECT_EQ(reading.usage.calls, 0) << c.what;
    EXPECT_EQ(reading.content, "") << c.what;
  }
}

// Whatever words it uses: only xAI's own form of an error says something of key, credits, model or content.
TEST(XaiClient, WhoAnswersInXaisPlaceSaysNothingOfKeyCreditsOrContent) {
  const std::string words = kCredits + kWrongKey + kNoModel + " SAFETY_CHECK_TYPE_BIO: permission-denied";
  const std::vector<std::string> bodies = {
      "",
      " \r\n",
      words,
      "<html><body>" + words + "</body></html>",
      "\xEF\xBB\xBF\n<!DOCTYPE html><title>" + words + "</title>",
      "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>" + words + "</Message></Error>",
      json{{"message", words}}.dump(),
      json{{"error", words}}.dump(),
      json{{"error", {{"reason", words}}}}.dump(),
      json{{"error", {{"message", ""}, {"code", "insufficient_quota"}}}}.dump(),
      json{{"error", {{"message", json::array({words})}}}}.dump(),
      json{{"errors", {{{"code", "permission-denied"}, {"message", words}}}}}.dump(),
      json{{"code", "permission-denied"}, {"message", words}}.dump(),
      json{{"code", 403}, {"error", words}}.dump(),
      json{{"code", "permission-denied"}, {"error", nullptr}}.dump(),
      json(words).dump(),
      json::array({words}).dump(),
      "null",
      error_body("permission-denied", words).substr(0, 60),
      error_body("permission-denied", words) + "}",
      std::string(100'000, '['),
      std::string("\0\0", 2),
  };
  for (int status : {400, 401, 402, 403, 404, 405, 407, 410, 413, 415, 418, 422, 426, 428, 431, 451, 499}) {
    const bool is_of_the_request =
        status == 404 || status == 405 || status == 413 || status == 415 || status == 422;
    for (const std::string& body : bodies) {
      const Kind kind = parse_response(status, body).kind;
      EXPECT_EQ(pause_reason_of(kind), std::nullopt) << status << ' ' << body.substr(0, 80);
      EXPECT_FALSE(is_refused_unbilled(kind)) << status << ' ' << body.substr(0, 80);
      EXPECT_NE(kind, Kind::refused_content) << status << ' ' << body.substr(0, 80);
      EXPECT_TRUE(is_of_the_request || kind == Kind::in_between) << status << ' ' << body.substr(0, 80);
    }
  }
}

TEST(XaiClient, SomethingInBetweenIsNotToldAsTheKeysFault) {
  http::Response response;
  response.status = 403;
  std::string message = message_for(parse_response(403, "<html>Forbidden</html>"), response, "grok-4.3");
  EXPECT_NE(message.find("says nothing of the API key"), std::string::npos) << message;
  EXPECT_EQ(message.find("XAI_API_KEY"), std::string::npos) << message;
}

TEST(XaiClient, NoMessageRepeatsATextOfXai) {
  for (const Refusal& c : refusals()) {
    http::Response response;
    response.status = c.status;
    response.request_id = "0a1b-2C";
    std::string message = message_for(parse_response(c.status, c.body), response, "grok-4.3");
    for (const char* secret : {kTeam, kEcho, "5f2b1c7e", "console", "sk-secret", "html", "<"}) {
      EXPECT_EQ(message.find(secret), std::string::npos) << c.what << ": " << message;
    }
    EXPECT_NE(message.find("HTTP " + std::to_string(c.status)), std::string::npos) << message;
    EXPECT_NE(message.find("request 0a1b-2C"), std::string::npos) << message;
  }
}

TEST(XaiClient, ARequestIdIsShownWhereItLooksLikeOne) {
  auto message = [](const std::string& id) {
    http::Response response;
    response.status = 500;
    response.request_id = id;
    return message_for(parse_response(500, ""), response, "grok-4.3");
  };
  EXPECT_NE(message(std::string(64, 'a')).find("request a"), std::string::npos);
  for (const std::string& other :
       {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a\nb"), std::string("\u00e9")})
    EXPECT_EQ(message(other).find("request"), std::string::npos) << other;
}

// --- 200 ---------------------------------------------------------------------------------------------

json completion(const std::string& content) {
  return {{"id", "c1"},
          {"object", "chat.completion"},
          {"model", "grok-4.3-0820"},
          {"choices",
           {{{"index", 0},
             {"message", {{"role", "assistant"}, {"content", content}, {"refusal", nullptr}}},
             {"finish_reason", "stop"}}}},
          {"usage",
           {{"prompt_tokens", 200},
            {"completion_tokens", 5},
            {"total_tokens", 305},
            {"prompt_tokens_details", {{"cached_tokens", 128}}},
            {"completion_tokens_details", {{"reasoning_tokens", 100}}},
            {"cost_in_usd_ticks", 3650000}}}};
}

json completion_with(const std::string& pointer, const json& value) {
  json body = completion(R"({"answer":true})");
  body[json::json_pointer(pointer)] = value;
  return body;
}

TEST(XaiClient, AnAnswerWithItsModelAndUsage) {
  ParsedResponse reading = parse_response(200, completion(R"({"answer":true})").dump());
  EXPECT_EQ(reading.kind, Kind::answered);
  EXPECT_EQ(reading.content, R"({"answer":true})");
  EXPECT_EQ(reading.model, "grok-4.3-0820");
  EXPECT_EQ(reading.usage.calls, 1);
  EXPECT_EQ(reading.usage.prompt_tokens, 200);
  EXPECT_EQ(reading.usage.cached_prompt_tokens, 128);
  EXPECT_EQ(reading.usage.completion_tokens, 5);
  EXPECT_EQ(reading.usage.reasoning_tokens, 100);
  EXPECT_EQ(reading.usage.total_tokens, 305);
  EXPECT_EQ(reading.usage.cost_usd_ticks, 3650000);
  EXPECT_EQ(reading.usage.calls_without_cost, 0);
}

TEST(XaiClient, ACutAnswerNamesTheLimitAndHowToRaiseIt) {
  ParsedResponse reading = parse_response(200, completion_with("/choices/0/finish_reason", "length").dump());
  EXPECT_EQ(reading.kind, Kind::unparsable);
  EXPECT_TRUE(reading.cut);
  EXPECT_EQ(reading.content, R"({"answer":true})");
  http::Response response;
  response.status = 200;
  std::string message = message_for(reading, response, "grok-4.3", 300);
  for (const char* part : {"limit of 300 tokens", "--max-tokens", "XAI_MAX_TOKENS"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
  EXPECT_NE(message_for(reading, response, "grok-4.3").find("its own limit"), std::string::npos);
}

TEST(XaiClient, AFigureThatMakesNoSenseIsNotGiven) {
  for (const json& cost : {json(nullptr), json(-1), json(1.5), json("3"), json(100'000'000'000'001),
                           json(18'446'744'073'709'551'615U), json::object(), json(true)}) {
    Usage usage = parse_response(200, completion_with("/usage/cost_in_usd_ticks", cost).dump()).usage;
    EXPECT_EQ(usage.cost_usd_ticks, 0) << cost;
    EXPECT_EQ(usage.calls_without_cost, 1) << cost;
    EXPECT_EQ(usage.prompt_tokens, 200) << cost;
  }
  for (const json& details : {json(nullptr), json(7), json::array(), json{{"reasoning_tokens", "many"}}}) {
    Usage usage =
        parse_response(200, completion_with("/usage/completion_tokens_details", details).dump()).usage;
    EXPECT_EQ(usage.reasoning_tokens, 0) << details;
    EXPECT_EQ(usage.total_tokens, 305) << details;
  }
  EXPECT_EQ(
      parse_response(200, completion_with("/usage/cost_in_usd_ticks", 0).dump()).usage.calls_without_cost, 0);
  EXPECT_EQ(parse_response(200, completion_with("/usage", nullptr).dump()).usage.calls_without_cost, 1);
}

TEST(XaiClient, A200WithoutAWholeAnswerIsUnparsableAndBilled) {
  json no_choices = completion("x");
  no_choices.erase("choices");
  std::string cut = completion(R"({"answer":true})").dump();
  cut.resize(cut.size() / 2);
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string("null"), std::string("[]"), std::string("\xff"),
        cut, no_choices.dump(), completion_with("/choices", json::array()).dump(),
        completion_with("/choices", json::object()).dump(), completion_with("/choices/0", nullptr).dump(),
        completion_with("/choices/0/message", nullptr).dump(),
        completion_with("/choices/0/message/content", nullptr).dump(),
        completion_with("/choices/0/message/content", json::array({"x"})).dump(),
        completion_with("/choices/0/message/content", json{{"answer", true}}).dump(),
        completion_with("/choices/0/finish_reason", "length").dump(),
        completion_with("/choices/0/finish_reason", nullptr).dump(), error_body("not-found", kNoModel)}) {
    ParsedResponse reading = parse_response(200, body);
    EXPECT_EQ(reading.kind, Kind::unparsable) << body;
    EXPECT_EQ(reading.usage.calls, 1) << body;
  }
}

TEST(XaiClient, ARefusalOfTheModelIsOfTheContentAndBilled) {
  for (const json& body : {completion_with("/choices/0/message/refusal", "I cannot help with that."),
                           completion_with("/choices/0/finish_reason", "content_filter")}) {
    ParsedResponse reading = parse_response(200, body.dump());
    EXPECT_EQ(reading.kind, Kind::refused_content) << body;
    EXPECT_EQ(reading.usage.calls, 1) << body;
  }
}

TEST(XaiClient, NoBytesBesideAnAnswerSpoilIt) {
  std::string body = completion(R"({"answer":true})").dump();
  body.insert(1, "\"x\":[\"cut \\ud83d\",\"\xff\",1e999],");
  ParsedResponse reading = parse_response(200, body);
  EXPECT_EQ(reading.kind, Kind::answered);
  EXPECT_EQ(verdict_in(reading.content), true);
  std::string deep = completion("x").dump();
  deep.insert(1, "\"x\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + ",");
  EXPECT_EQ(parse_response(200, deep).kind, Kind::unparsable);
  EXPECT_EQ(verdict_in(std::string(1'000'000, '[')), std::nullopt);
}

TEST(XaiClient, HalfAnEmojiInAQuerysTextIsReplacedAndTheTextKept) {
  std::string body = completion("PLACE").dump();
  body.replace(body.find("PLACE"), 5, "good \\ud83d\xff book");
  ParsedResponse reading = parse_response(200, body);
  EXPECT_EQ(reading.kind, Kind::answered);
  EXPECT_EQ(reading.content, "good \uFFFD\uFFFD book");
}

TEST(XaiClient, AVerdictIsOneBooleanAndNothingElse) {
  for (const char* content : {R"({"answer":true})", "{ \"answer\" :\ttrue\r\n}\n"})
    EXPECT_EQ(verdict_in(content), true) << content;
  EXPECT_EQ(verdict_in(R"({"answer":false})"), false);
  for (const char* content : {"",
                              "true",
                              "{}",
                              "[]",
                              "[true]",
                              "null",
                              R"({"answer":"yes"})",
                              R"({"answer":"true"})",
                              R"({"answer":1})",
                              R"({"answer":null})",
                              R"({"answer":[true]})",
                              R"({"answer":{"answer":true}})",
                              R"({"Answer":true})",
                              R"({"verdict":true})",
                              R"({"answer":true,"why":"x"})",
                              R"({"answer":true,"answer":false})",
                              R"({"answer":true,"answer":true})",
                              R"({"answer":true} yes)",
                              R"(Yes: {"answer":true})",
                              "```json\n{\"answer\":true}\n```",
                              R"({"answer":tr)",
                              R"({'answer':true})",
                              R"({"answer":true}{"answer":true})"}) {
    EXPECT_EQ(verdict_in(content), std::nullopt) << content;
  }
}

// --- Requests ----------------------------------------------------------------------------------------

ServiceOptions options() {
  ServiceOptions all;
  all.api_key = "xai-secret";
  all.base_url = "https://api.example.test";
  return all;
}

TEST(XaiClient, AJudgesRequestAsksForOneBoolean) {
  http::Request request = judge_request(options(), {.title = "Eragon", .price = {4990}});
  EXPECT_EQ(request.method, http::Method::post);
  EXPECT_EQ(request.repeat, http::Repeat::harmful);
  EXPECT_EQ(request.url, "https://api.example.test/v1/chat/completions");
  EXPECT_EQ(request.name.find("secret"), std::string::npos);
  EXPECT_EQ(request.body.find("secret"), std::string::npos);
  EXPECT_EQ(request.headers[0], (std::pair<std::string, std::string>("Authorization", "Bearer xai-secret")));
  EXPECT_EQ(request.headers[1], (std::pair<std::string, std::string>("Content-Type", "application/json")));
  json body = json::parse(request.body);
  EXPECT_EQ(body["model"], "grok-4.3");
  EXPECT_EQ(body["temperature"], 0);
  EXPECT_GE(body["max_completion_tokens"], 1000);
  ASSERT_EQ(body["messages"].size(), 2U);
  EXPECT_EQ(body["messages"][0]["role"], "system");
  EXPECT_EQ(body["messages"][1]["role"], "user");
  EXPECT_EQ(body["response_format"], json::parse(R"({"type":"json_schema","json_schema":{"name":"verdict",
    "strict":true,"schema":{"type":"object","properties":{"answer":{"type":"boolean"}},
    "required":["answer"],"additionalProperties":false}}})"));
  EXPECT_EQ(body.size(), 5U) << "no penalties, no stop: reasoning models refuse them";
}

TEST(XaiClient, AQuerysRequestIsPlain) {
  json body = json::parse(query_request(options(), "Why is the sky \"blue\"?\n").body);
  EXPECT_EQ(
      body,
      (json{{"model", "grok-4.3"},
            {"messages", json::array({{{"role", "user"}, {"content", "Why is the sky \"blue\"?\n"}}})}}));
}

TEST(XaiClient, AKeyThatNoHeaderMayCarryIsNotUsable) {
  EXPECT_TRUE(is_usable_key("xai-0123456789abcdefABCDEF_~"));
  for (const std::string& key :
       {std::string(), std::string("a b"), std::string("a\r\nX-Evil: 1"), std::string("a\tb"),
        std::string("a\0b", 3), std::string("\u00e9"), std::string("a\x7f"), std::string(1025, 'a')}) {
    EXPECT_FALSE(is_usable_key(key)) << key;
  }
}

}  // namespace
}  // namespace purser::xai
