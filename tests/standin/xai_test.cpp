// The stand-in's xAI: its checks, the shapes of its answers, its bill.
#include <functional>

#include "standin/standin_test.h"

namespace purser::test {
namespace {

constexpr char kPath[] = "/v1/chat/completions";
constexpr char kTeamBegins[] = "team 7f6c3a52-";

json parsed(const Reply& reply) { return json::parse(reply.text()); }

std::string content_of(const Reply& reply) { return parsed(reply)["choices"][0]["message"]["content"]; }

TEST(StandinXai, AnswersAQuestionWithTheBooleanThatTheSchemaWants) {
  Standin standin;
  const Reply reply = standin.complete(yes_or_no("A book for $12.50?", "reasonable"));
  EXPECT_EQ(reply.status, 200);
  const json body = parsed(reply);
  EXPECT_EQ(body["object"], "chat.completion");
  EXPECT_EQ(body["model"], "grok-4.3");
  EXPECT_EQ(body["created"], kStartMs / 1000);
  EXPECT_EQ(body["choices"][0]["finish_reason"], "stop");
  EXPECT_TRUE(body["choices"][0]["message"]["refusal"].is_null());
  EXPECT_EQ(content_of(reply), R"({"reasonable":true})");
  EXPECT_NE(reply.header("x-request-id"), "");
  EXPECT_NE(reply.header("x-ratelimit-remaining-requests"), "");
}

TEST(StandinXai, JudgesByTheLastPrice) {
  Standin standin;
  const std::map<std::string, bool> prompts = {{"$60.00", true},
                                               {"$60.01", false},
                                               {"once $900, now $59.99.", true},
                                               {"once $5, now $1,234.50!", false},
                                               {"no price", true},
                                               {"$ alone", true},
                                               {"$60.5", false}};
  for (const auto& [prompt, verdict] : prompts) {
    EXPECT_EQ(content_of(standin.complete(yes_or_no(prompt))), json({{"answer", verdict}}).dump()) << prompt;
  }
  standin.set_switch("xai.reasonable_up_to", "1000");
  EXPECT_EQ(content_of(standin.complete(yes_or_no("$999.99"))), R"({"answer":true})");
  EXPECT_EQ(content_of(standin.complete(yes_or_no("$1000.01"))), R"({"answer":false})");
}

TEST(StandinXai, AnswersOtherQuestionsInWords) {
  Standin standin;
  const json request = {{"model", "grok-4.3"}, {"messages", {{{"role", "user"}, {"content", "Why?"}}}}};
  EXPECT_EQ(content_of(standin.complete(request)), "You asked: Why? The stand-in has no opinion.");
}

TEST(StandinXai, BillsWhatItAnswers) {
  Standin standin;
  const json first = parsed(standin.complete(yes_or_no("Is $5.00 reasonable?")))["usage"];
  const json second = parsed(standin.complete(yes_or_no("Is $5.00 reasonable?")))["usage"];
  for (const json& usage : {first, second}) {
    const std::int64_t in = usage["prompt_tokens"], cached = usage["prompt_tokens_details"]["cached_tokens"];
    const std::int64_t reasoning = usage["completion_tokens_details"]["reasoning_tokens"];
    const std::int64_t out = usage["completion_tokens"].get<std::int64_t>() + reasoning;
    EXPECT_GT(reasoning, 0);
    EXPECT_EQ(usage["total_tokens"], in + out);
    // 1.25, 0.20 and 2.50 USD for a million, of 10^10 ticks each.
    EXPECT_EQ(usage["cost_in_usd_ticks"], (in - cached) * 12'500 + cached * 2'000 + out * 25'000);
  }
  EXPECT_EQ(first["prompt_tokens_details"]["cached_tokens"], 0);
  EXPECT_GT(second["prompt_tokens_details"]["cached_tokens"], 0);

  standin.complete(yes_or_no("And $6.00?"));
  const auto xai = standin.state().xai;
  EXPECT_EQ(xai.calls, 3);
  EXPECT_EQ(xai.billed, 3);
  EXPECT_EQ(xai.distinct_prompts, 2);
  EXPECT_EQ(xai.most_for_one_prompt, 2);
  EXPECT_GT(xai.cost_ticks, first["cost_in_usd_ticks"].get<std::int64_t>());
}

TEST(StandinXai, ReasoningIsCountedAsTheSwitchSays) {
  Standin standin;
  json request = yes_or_no("Is $5.00 reasonable?");
  const json apart = parsed(standin.complete(request))["usage"];
  standin.set_switch("xai.completion_tokens", "with_reasoning");
  const json within = parsed(standin.complete(request))["usage"];
  const std::int64_t reasoning = apart["completion_tokens_details"]["reasoning_tokens"];
  EXPECT_EQ(within["completion_tokens"], apart["completion_tokens"].get<std::int64_t>() + reasoning);
  EXPECT_EQ(within["total_tokens"], apart["total_tokens"]);
  request["reasoning_effort"] = "none";
  EXPECT_EQ(parsed(standin.complete(request))["usage"]["completion_tokens_details"]["reasoning_tokens"], 0);
}

TEST(StandinXai, ChecksAsTheRealOneDoes) {
  Standin standin;
  const std::string good = yes_or_no("Is $5.00 reasonable?").dump();
  const std::string right = "Authorization: Bearer " + standin.xai_key();
  json no_model = yes_or_no("?"), retired = yes_or_no("?");
  no_model.erase("model");
  retired["model"] = "grok-4-fast-reasoning";
  const std::string url = standin.xai_url();

  Reply reply = post(url, kPath, good);
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.text(), R"({"code":"unauthenticated:no-credentials","error":"No credentials provided"})");

  reply = post(url, kPath, good, {"Authorization: Bearer xai-another"});
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(parsed(reply)["code"], "Client specified an invalid argument");
  EXPECT_EQ(parsed(reply)["error"],
            "Incorrect API key provided: xa***gA. You can obtain an API key from https://console.x.ai.");
  standin.set_switch("xai.wrong_key_form", "new");
  EXPECT_EQ(parsed(post(url, kPath, good, {"Authorization: Bearer xai-another"}))["code"],
            "invalid-argument");

  EXPECT_EQ(post(url, kPath, good, {"Authorization: " + standin.xai_key()}).status, 401);
  standin.set_switch("xai.malformed_bearer", "400");
  EXPECT_EQ(post(url, kPath, good, {"Authorization: " + standin.xai_key()}).status, 400);

  EXPECT_EQ(Call(url, "POST", kPath, {right}, good).reply().status, 415);
  for (const std::string& body : {std::string("{\"model\":"), std::string("[]"), no_model.dump()}) {
    reply = post(url, kPath, body, {right});
    EXPECT_EQ(reply.status, 422) << body;
    EXPECT_EQ(reply.text().rfind("Failed to deserialize the JSON body into the target type: ", 0), 0U);
    EXPECT_EQ(reply.header("content-type").rfind("text/plain", 0), 0U);
  }
  reply = post(url, kPath, retired.dump(), {right});
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(parsed(reply)["code"], "not-found");
  EXPECT_NE(reply.text().find("The model grok-4-fast-reasoning does not exist"), std::string::npos);

  EXPECT_EQ(get(url, kPath, {right}).status, 405);
  EXPECT_EQ(get(url, "/v1/nothing", {right}).text(), "Not Found");
  EXPECT_EQ(standin.state().xai.billed, 0);
}

TEST(StandinXai, TheModelsAreASwitch) {
  Standin standin({"--switch", "xai.models=grok-9,grok-10"});
  json request = yes_or_no("Is $5.00 reasonable?");
  EXPECT_EQ(standin.complete(request).status, 404);
  request["model"] = "grok-10";
  EXPECT_EQ(standin.complete(request).status, 200);
}

struct ErrorShape {
  std::string name;
  int status;
  std::string code;   // "": plain text
  std::string holds;  // a part of the text
};

TEST(StandinXai, ErrorsHaveTheShapesOfTheRealOne) {
  const std::string credits = "has either used all available credits or reached its monthly spending limit";
  const std::vector<ErrorShape> shapes = {
      {"wrong_key", 400, "Client specified an invalid argument", "xa***gA"},
      {"wrong_key_new", 400, "invalid-argument", "xa***gA"},
      {"malformed_bearer_401", 401, "unauthenticated:bad-credentials", ""},
      {"no_credits_403", 403, "permission-denied", credits},
      {"no_credits_403", 403, "permission-denied", "Your team 7f6c3a52-"},
      {"no_credits_429", 429, "Some resource has been exhausted", credits},
      {"no_licenses_403", 403, "permission-denied", "doesn't have any credits or licenses yet"},
      {"no_licenses_429", 429, "Some resource has been exhausted",
       "doesn't have any credits or licenses yet"},
      {"run_out_403", 403, "permission-denied", "You have run out of credits"},
      {"spending_limit_403", 403, "personal-team-blocked:spending-limit", "is blocked"},
      {"no_credits_402", 402, "permission-denied", credits},
      {"content_403", 403, "permission-denied", "Failed check: SAFETY_CHECK_TYPE_CSAM"},
      {"content_403_short", 403, "The caller does not have permission to execute the specified operation",
       "Content violates usage guidelines."},
      {"content_400", 400, "invalid-argument", "Failed check: SAFETY_CHECK_TYPE_BIO"},
      {"408", 408, "deadline-exceeded", ""},
      {"409", 409, "aborted", ""},
      {"425", 425, "", "Too Early"},
      {"rate_429", 429, "resource-exhausted", "Too many requests for team 7f6c3a52-"},
      {"rate_429_old", 429, "Some resource has been exhausted", "Too many requests for team 7f6c3a52-"},
      {"tokens_429", 429, "Some resource has been exhausted",
       "Tokens per Minute (actual/limit): 65605/16000"},
      {"forbidden_403", 403, "permission-denied", "The caller does not have permission"},
      {"blocked_403", 403, "permission-denied", "blocked"},
      {"unknown_model_404", 404, "not-found", "The model grok-4.3 does not exist or your team 7f6c3a52-"},
      {"path_404_text", 404, "", "Not Found"},
      {"402", 402, "payment-required", ""},
      {"422", 422, "", "Failed to deserialize the JSON body into the target type: "},
      {"503", 503, "The service is currently unavailable", ""}};
  Standin standin;
  for (const auto& [name, status, code, holds] : shapes) {
    SCOPED_TRACE(name);
    standin.set_switch("xai.answer", name);
    const Reply reply = standin.complete(yes_or_no("Is $5.00 reasonable?"));
    EXPECT_EQ(reply.status, status);
    EXPECT_NE(reply.text().find(holds), std::string::npos) << reply.text();
    const json body = json::parse(reply.text(), nullptr, false);
    EXPECT_EQ(body.is_discarded(), code.empty());
    if (!code.empty()) {
      EXPECT_EQ(body["code"], code);
      EXPECT_TRUE(body["error"].is_string()) << "flat, unlike OpenAI's";
      EXPECT_EQ(body.size(), 2U);
    }
  }
  EXPECT_EQ(standin.state().xai.billed, 0);
}

TEST(StandinXai, CompletionsOfNoUseAreBilledAllTheSame) {
  using See = std::function<void(const json& body)>;
  const auto says = [](const std::string& content, const std::string& reason = "stop") -> See {
    return [=](const json& body) {
      EXPECT_EQ(body["choices"][0]["message"]["content"], content);
      EXPECT_EQ(body["choices"][0]["finish_reason"], reason);
    };
  };
  const auto says_nothing = [](bool refuses) -> See {
    return [=](const json& body) {
      EXPECT_TRUE(body["choices"][0]["message"]["content"].is_null());
      EXPECT_EQ(body["choices"][0]["message"]["refusal"].is_string(), refuses);
    };
  };
  const std::vector<std::pair<std::string, See>> shapes = {
      {"cut", says(R"({"answer":tr)", "length")},
      {"empty_length", says("", "length")},
      {"refusal", says_nothing(true)},
      {"null_content", says_nothing(false)},
      {"not_boolean", says(R"({"answer":"yes"})")},
      {"number", says(R"({"answer":1})")},
      {"not_json_content", says("Yes, that price is reasonable.")},
      {"extra_field", says(R"({"answer":true,"note":"nobody asked for this"})")},
      {"fenced", says("```json\n{\"answer\":true}\n```")},
      {"no_choices", [](const json& body) { EXPECT_EQ(body["choices"], json::array()); }},
      {"no_usage", [](const json& body) { EXPECT_FALSE(body.contains("usage")); }},
      {"no_cost", [](const json& body) {
         EXPECT_TRUE(body["usage"].contains("total_tokens"));
         EXPECT_FALSE(body["usage"].contains("cost_in_usd_ticks"));
       }}};
  Standin standin;
  for (const auto& [name, see] : shapes) {
    SCOPED_TRACE(name);
    standin.reset();
    standin.set_switch("xai.answer", name);
    const Reply reply = standin.complete(yes_or_no("Is $5.00 reasonable?"));
    EXPECT_EQ(reply.status, 200);
    see(parsed(reply));
    EXPECT_EQ(standin.state().xai.billed, 1);
    EXPECT_GT(standin.state().xai.cost_ticks, 0);
  }
}

TEST(StandinXai, RetryAfterIsOfARateLimit) {
  Standin standin({"--switch", "xai.retry_after=seconds", "--switch", "xai.answer=rate_429"});
  EXPECT_EQ(standin.complete(yes_or_no("?")).header("retry-after"), "2");
  standin.set_switch("xai.retry_after", "date");
  EXPECT_EQ(standin.complete(yes_or_no("?")).header("retry-after"), "Thu, 01 Jan 2026 00:00:02 GMT");
  standin.set_switch("xai.retry_after", "long");
  EXPECT_EQ(standin.complete(yes_or_no("?")).header("retry-after"), "600");
  standin.set_switch("xai.retry_after", "long_date");
  EXPECT_EQ(standin.complete(yes_or_no("?")).header("retry-after"), "Thu, 01 Jan 2026 00:10:00 GMT");
}

TEST(StandinXai, WordsAreCutInTheMiddle) {
  Standin standin({"--switch", "xai.answer=cut"});
  const json request = {{"model", "grok-4.3"}, {"messages", {{{"role", "user"}, {"content", "Why?"}}}}};
  const Reply reply = standin.complete(request);
  EXPECT_EQ(content_of(reply), "You asked: Why? The st");
  EXPECT_EQ(parsed(reply)["choices"][0]["finish_reason"], "length");
}

TEST(StandinXai, ProbesAreFree) {
  Standin standin;
  const HeaderLines right = {"Authorization: Bearer " + standin.xai_key()};
  Reply reply = get(standin.xai_url(), "/v1/api-key", right);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(parsed(reply)["team_blocked"], false);
  EXPECT_EQ(reply.text().find(standin.xai_key()), std::string::npos);
  standin.set_switch("xai.api_key", "key_blocked");
  EXPECT_EQ(parsed(get(standin.xai_url(), "/v1/api-key", right))["api_key_blocked"], true);

  EXPECT_EQ(parsed(get(standin.xai_url(), "/v1/models", right))["data"][0]["id"], "grok-4.3");
  standin.set_switch("xai.answer", "no_credits_403");
  reply = get(standin.xai_url(), "/v1/models", right);
  EXPECT_EQ(reply.status, 403);
  EXPECT_NE(reply.text().find(kTeamBegins), std::string::npos);
  EXPECT_EQ(get(standin.xai_url(), "/v1/models").status, 401);
  EXPECT_EQ(standin.state().xai.billed, 0);
  EXPECT_EQ(standin.state().xai.calls, 0);
}

}  // namespace
}  // namespace purser::test
