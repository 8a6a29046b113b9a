#include "xai/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "base/json_scanner.h"
#include "base/text.h"
#include "http/body.h"
#include "http/retry.h"
#include "xai/prompt.h"
#include "xai/usage.h"

namespace purser::xai {
namespace {

using http::member;
using http::text_of;
using nlohmann::json;

constexpr std::size_t kMaxKeyBytes = 1024;

constexpr std::array<std::string_view, 8> kKnownCodes = {
    "Client specified an invalid argument", "invalid-argument",
    "unauthenticated:no-credentials",       "permission-denied",
    "personal-team-blocked:spending-limit", "not-found",
    "Some resource has been exhausted",     "resource-exhausted",
};

// The fields that are read of an answer or an error; all others are skipped.
const std::vector<WantedField>& answer_fields() {
  static const std::vector<WantedField> fields = {
      {"code"},
      {"error", {{"message"}, {"code"}, {"type"}}},
      {"model"},
      {"choices", {{"[0]", {{"finish_reason"}, {"message", {{"content"}, {"refusal"}}}}}}},
      {"usage",
       {{"prompt_tokens"},
        {"completion_tokens"},
        {"total_tokens"},
        {"cost_in_usd_ticks"},
        {"prompt_tokens_details", {{"cached_tokens"}}},
        {"completion_tokens_details", {{"reasoning_tokens"}}}}}};
  return fields;
}

// The form of all xAI's errors: {"code", "error"}, or an object with a message as other such services have
// it. A proxy, portal or edge that answers in xAI's place says nothing about key, credits or content.
bool is_error_of_xai(const json& body) {
  const json& error = member(body, "error");
  return (member(body, "code").is_string() && error.is_string()) ||
         !text_of(member(error, "message")).empty();
}

std::string_view known_code(const json& body) {
  std::string code = error_code_of(body);
  const auto* known = std::find(kKnownCodes.begin(), kKnownCodes.end(), code);
  return known == kKnownCodes.end() ? std::string_view() : *known;
}

// --- An answer -------------------------------------------------------------------------------------

std::optional<std::int64_t> figure(const json& value, std::int64_t most) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most))
    return std::nullopt;
  auto count = value.get<std::int64_t>();
  return count < 0 ? std::nullopt : std::optional(count);
}

std::int64_t token_count(const json& value) { return figure(value, kMostTokens).value_or(0); }

// The usage of one answer, which is one call whatever figures it leaves out.
Usage usage_of(const json& body) {
  const json& given = member(body, "usage");
  auto cost = figure(member(given, "cost_in_usd_ticks"), kMostTicks);
  Usage usage;
  usage.calls = 1;
  usage.prompt_tokens = token_count(member(given, "prompt_tokens"));
  usage.cached_prompt_tokens = token_count(member(member(given, "prompt_tokens_details"), "cached_tokens"));
  usage.completion_tokens = token_count(member(given, "completion_tokens"));
  usage.reasoning_tokens =
      token_count(member(member(given, "completion_tokens_details"), "reasoning_tokens"));
  usage.total_tokens = token_count(member(given, "total_tokens"));
  usage.cost_usd_ticks = cost.value_or(0);
  usage.calls_without_cost = cost ? 0 : 1;
  return usage;
}

const json& first_choice(const json& body) {
  static const json none;
  const json& choices = member(body, "choices");
  return choices.is_array() && !choices.empty() ? choices.front() : none;
}

ResponseKind kind_of_answer(const json& choice) {
  const json& message = member(choice, "message");
  std::string reason = text_of(member(choice, "finish_reason"));
  if (reason == "content_filter" || !text_of(member(message, "refusal")).empty())
    return ResponseKind::refused_content;
  return reason == "stop" && member(message, "content").is_string() ? ResponseKind::answered
                                                                    : ResponseKind::unparsable;
}

ParsedResponse answer_in(const json& body) {
  const json& choice = first_choice(body);
  const json& message = member(choice, "message");
  ParsedResponse parsed;
  parsed.kind = kind_of_answer(choice);
  parsed.content = text_of(member(message, "content"));
  parsed.cut = text_of(member(choice, "finish_reason")) == "length";
  parsed.model = text_of(member(body, "model"));
  parsed.usage = usage_of(body);
  return parsed;
}

// --- A refusal -------------------------------------------------------------------------------------

// Errors of the path or the request: xAI answers these also in plain text, or with an empty body.
bool may_be_plain(int status) {
  return status == 404 || status == 405 || status == 413 || status == 415 || status == 422;
}

ResponseKind kind_of(int status, const json& body, std::string_view text) {
  if (status == 429 && !is_error_of_xai(body))
    return ResponseKind::rate_limited;  // the status says it, whichever server sends it
  if (status >= 400 && http::is_page(text)) return ResponseKind::in_between;
  if (status >= 500 || status < 200) return ResponseKind::failed;
  if (status < 300) return ResponseKind::unparsable;
  if (status < 400) return ResponseKind::redirected;
  if (http::is_passing(status)) return ResponseKind::failed;
  if (is_error_of_xai(body)) return kind_of_refusal(status, error_code_of(body), error_text_of(body));
  return may_be_plain(status) ? kind_of_refusal(status, "", "") : ResponseKind::in_between;
}

// --- Messages --------------------------------------------------------------------------------------

std::string sentence_for_cut(const std::optional<int>& max_tokens) {
  constexpr std::string_view kAdvice =
      "what a model thinks unseen counts too: set --max-tokens or XAI_MAX_TOKENS higher";
  if (!max_tokens) return fmt::format("xAI's answer is cut at its own limit of tokens; {}", kAdvice);
  return fmt::format("xAI's answer is cut at the limit of {} tokens; {}", *max_tokens, kAdvice);
}

std::string sentence_for(ResponseKind kind, std::string_view asked_model) {
  switch (kind) {
    case ResponseKind::answered:  // needs a message only where its content is no verdict
    case ResponseKind::unparsable:
      return "xAI's answer is not the whole one that was asked for, and nothing is kept of it: ask again "
             "later, or set XAI_MODEL to another model";
    case ResponseKind::no_credits:
      return "xAI's credits are used up, or its monthly limit is reached: buy credits or raise that limit "
             "at xAI, then `purser xai limit N` lets calls through again today";
    case ResponseKind::wrong_key: return "xAI refuses the API key: set XAI_API_KEY to a valid one";
    case ResponseKind::no_permission:
      return "xAI says that this API key may not do this, or that it is blocked: "
             "look at its permissions at xAI";
    case ResponseKind::refused_content:
      return "xAI refuses what was asked for its content (its usage guidelines): no repeat will help";
    case ResponseKind::unknown_model:
      return fmt::format("xAI has no model '{}', or not for this API key: set XAI_MODEL to one that it has",
                         shortened(asked_model));
    case ResponseKind::rate_limited:
      return "xAI, or something in front of it, is asked too often just now: ask again later";
    case ResponseKind::wrong_path: return "the base address leads to no API of xAI's: look at PURSER_XAI_URL";
    case ResponseKind::rejected: return "xAI refuses the request as such: no repeat will help";
    case ResponseKind::redirected:
      return "the base address answers with a redirect, which is not followed: set PURSER_XAI_URL to where "
             "it leads, if that is xAI's";
    case ResponseKind::in_between:
      return "something in between answered in xAI's place, a proxy or a portal perhaps, which says nothing "
             "of the API key or the credits: ask again later, and look at PURSER_XAI_URL and the network "
             "if it stays so";
    case ResponseKind::failed: return "xAI, or something on the way to it, fails just now: ask again later";
  }
  return "";
}

// --- Requests --------------------------------------------------------------------------------------

http::Request completion_request(const ServiceOptions& options, const json& body) {
  http::Request request;
  request.method = http::Method::post;
  request.url = options.base_url + "/v1/chat/completions";
  request.headers = {{"Authorization", "Bearer " + options.api_key},
                     {"Content-Type", "application/json"},
                     {"Accept", "application/json"}};
  request.body = body.dump();
  request.name = "xAI";
  return request;
}

json message(const char* role, const std::string& content) { return {{"role", role}, {"content", content}}; }

json one_boolean() {
  json schema = {{"type", "object"},
                 {"properties", {{"answer", {{"type", "boolean"}}}}},
                 {"required", json::array({"answer"})},
                 {"additionalProperties", false}};
  return {{"type", "json_schema"},
          {"json_schema", {{"name", "verdict"}, {"strict", true}, {"schema", std::move(schema)}}}};
}

}  // namespace

ParsedResponse parse_response(int status, std::string_view body) {
  JsonFault fault{};
  json content = json_fields(body, answer_fields(), fault);
  ParsedResponse parsed;
  if (status == 200) {
    parsed = answer_in(content);
  } else {
    parsed.kind = kind_of(status, content, body);
  }
  parsed.code = known_code(content);
  return parsed;
}

std::optional<bool> verdict_in(std::string_view content) {
  using Token = JsonToken::Kind;
  JsonScanner scanner(content);
  if (scanner.next().kind != Token::begin_object) return std::nullopt;
  JsonToken name = scanner.next();
  if (name.kind != Token::name || json_text(name.raw).text != "answer") return std::nullopt;
  JsonToken answer = scanner.next();
  bool is_whole = answer.kind == Token::boolean && scanner.next().kind == Token::end_object &&
                  scanner.next().kind == Token::end;
  return is_whole ? std::optional(answer.raw == "true") : std::nullopt;
}

std::string message_for(const ParsedResponse& parsed, const http::Response& response,
                        std::string_view asked_model, const std::optional<int>& max_tokens) {
  std::string details = fmt::format("HTTP {}", response.status);
  if (!parsed.code.empty()) details += fmt::format(", {}", parsed.code);
  if (http::is_an_id(response.request_id)) details += fmt::format(", request {}", *response.request_id);
  std::string sentence = parsed.cut ? sentence_for_cut(max_tokens) : sentence_for(parsed.kind, asked_model);
  return fmt::format("{} ({})", sentence, details);
}

http::Request judge_request(const ServiceOptions& options, const Question& question) {
  Prompt prompt = prompt_for(question);
  return completion_request(options,
                            {{"model", options.model},
                             {"messages", {message("system", prompt.system), message("user", prompt.user)}},
                             {"temperature", 0},
                             {"max_completion_tokens", tokens_of_a_verdict(options)},
                             {"response_format", one_boolean()}});
}

http::Request query_request(const ServiceOptions& options, const std::string& prompt) {
  json body = {{"model", options.model}, {"messages", json::array({message("user", prompt)})}};
  if (options.max_tokens) body["max_completion_tokens"] = *options.max_tokens;
  return completion_request(options, body);
}

int tokens_of_a_verdict(const ServiceOptions& options) { return options.max_tokens.value_or(kVerdictTokens); }

bool is_usable_key(std::string_view key) {
  return !key.empty() && key.size() <= kMaxKeyBytes &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace purser::xai
