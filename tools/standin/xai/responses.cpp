#include "standin/xai/responses.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace standin {
namespace {

using nlohmann::json;

constexpr char kExhaustedCode[] = "Some resource has been exhausted";

Response text(int status, std::string words) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(words);
  return response;
}

std::string no_credits_sentence() {
  return fmt::format(
      "Your team {} has either used all available credits or reached its monthly spending limit. To continue "
      "making API requests, please purchase more credits or raise your spending limit.",
      kTeam);
}

// Users of the API have published these wordings; almost all come with the same code.
std::string refused_content_sentence() {
  return fmt::format(
      "Content violates usage guidelines. Team: {}, API key ID: c1b0a7de-6a3f-4b9e-8f21-5c8d0e9f7b62, Model: "
      "grok-4.3, Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_CSAM",
      kTeam);
}

std::string no_licenses_sentence() {
  return fmt::format(
      "Your newly created team {} doesn't have any credits or licenses yet. You can purchase those on "
      "https://console.x.ai/team/{}.",
      kTeam, kTeam);
}

std::string too_many(const char* what, const std::string& model, const char* measure) {
  return fmt::format(
      "Too many {} for team {} and model {}. Your team's rate limit is — {}. Please see your "
      "usage in the console.",
      what, kTeam, model, measure);
}

// {"error":{"message":…,"type":…,"code":…}}: OpenAI's form, also used by proxies in front of xAI.
Response nested_error(int status, const char* code, const std::string& message) {
  Response response;
  response.status = status;
  response.body = json{{"error", {{"message", message}, {"type", "error"}, {"code", code}}}}.dump();
  return response;
}

using Error = std::function<Response(const std::string& model)>;

// In the order of --help.
const std::vector<std::pair<std::string, Error>>& errors() {
  static const std::vector<std::pair<std::string, Error>> all = {
      {"wrong_key", [](const std::string&) { return wrong_key(false); }},
      {"wrong_key_new", [](const std::string&) { return wrong_key(true); }},
      {"malformed_bearer_401", [](const std::string&) { return malformed_bearer(); }},
      {"no_credits_403",
       [](const std::string&) { return xai_error(403, "permission-denied", no_credits_sentence()); }},
      {"no_credits_429",
       [](const std::string&) { return xai_error(429, kExhaustedCode, no_credits_sentence()); }},
      {"no_licenses_403",
       [](const std::string&) { return xai_error(403, "permission-denied", no_licenses_sentence()); }},
      {"no_licenses_429",
       [](const std::string&) { return xai_error(429, kExhaustedCode, no_licenses_sentence()); }},
      {"run_out_403",
       [](const std::string&) {
         return xai_error(403, "permission-denied",
                          "You have run out of credits or need a Grok subscription. Add credits at "
                          "https://console.x.ai or upgrade.");
       }},
      {"spending_limit_403",
       [](const std::string&) {
         return xai_error(403, "personal-team-blocked:spending-limit",
                          fmt::format("Team {} is blocked. Raise it in the console.", kTeam));
       }},
      {"no_credits_402",
       [](const std::string&) { return xai_error(402, "permission-denied", no_credits_sentence()); }},
      {"content_403",
       [](const std::string&) { return xai_error(403, "permission-denied", refused_content_sentence()); }},
      {"content_403_short",
       [](const std::string&) {
         return xai_error(403, "The caller does not have permission to execute the specified operation",
                          "Content violates usage guidelines.");
       }},
      {"content_400",
       [](const std::string&) {
         return xai_error(400, "invalid-argument",
                          "Your request was rejected. Failed check: SAFETY_CHECK_TYPE_BIO");
       }},
      {"408", [](const std::string&) { return xai_error(408, "deadline-exceeded", "Request timed out"); }},
      {"409", [](const std::string&) { return xai_error(409, "aborted", "The operation was aborted"); }},
      {"425", [](const std::string&) { return text(425, "Too Early"); }},
      {"rate_429",
       [](const std::string& model) {
         return xai_error(429, "resource-exhausted",
                          too_many("requests", model, "Requests per Second (actual/limit): 151/150"));
       }},
      {"rate_429_old",
       [](const std::string& model) {
         return xai_error(429, kExhaustedCode,
                          too_many("requests", model, "Requests per Second (actual/limit): 151/150"));
       }},
      {"tokens_429",
       [](const std::string& model) {
         return xai_error(429, kExhaustedCode,
                          too_many("tokens", model, "Tokens per Minute (actual/limit): 65605/16000"));
       }},
      {"forbidden_403",
       [](const std::string&) {
         return xai_error(403, "permission-denied",
                          "The caller does not have permission to execute the specified operation");
       }},
      // The wording is our own: xAI's is not published.
      {"blocked_403",
       [](const std::string&) {
         return xai_error(403, "permission-denied", fmt::format("The API key of team {} is blocked.", kTeam));
       }},
      {"unknown_model_404", [](const std::string& model) { return unknown_model(model); }},
      {"path_404_text", [](const std::string&) { return plain_not_found(); }},
      // The wording is our own and says nothing about credits: the status alone must suffice.
      {"402", [](const std::string&) { return xai_error(402, "payment-required", "Payment Required"); }},
      {"422", [](const std::string&) { return unparsable("messages[0].role: unknown variant `usr`"); }},
      {"nested_wrong_key_401",
       [](const std::string&) {
         return nested_error(401, "invalid_api_key", "Incorrect API key provided: xa***gA.");
       }},
      {"nested_quota_429",
       [](const std::string&) {
         return nested_error(429, "insufficient_quota",
                             "You exceeded your current quota, please check your plan and billing details.");
       }},
      {"nested_rate_429",
       [](const std::string& model) {
         return nested_error(429, "rate_limit_exceeded", "Rate limit reached for " + model);
       }},
      {"nested_model_404",
       [](const std::string& model) {
         return nested_error(
             404, "model_not_found",
             fmt::format("The model `{}` does not exist or you do not have access to it.", model));
       }},
      {"nested_content_400",
       [](const std::string&) {
         return nested_error(400, "content_policy_violation",
                             "Your request was rejected by our safety system.");
       }},
      {"503",
       [](const std::string&) {
         return xai_error(503, "The service is currently unavailable",
                          "The service is temporarily overloaded. Please try again later.");
       }},
  };
  return all;
}

json& message_of(json& completion) { return completion["choices"][0]["message"]; }

void set_content(json& completion, const std::string& content) {
  message_of(completion)["content"] = content;
}

using Distortion = std::function<void(json& completion, const std::string& property)>;

const std::vector<std::pair<std::string, Distortion>>& distortions() {
  static const std::vector<std::pair<std::string, Distortion>> all = {
      {"cut",
       [](json& completion, const std::string& property) {
         const std::string whole = message_of(completion)["content"];
         const bool is_verdict = whole.front() == '{';
         set_content(completion,
                     is_verdict ? fmt::format(R"({{"{}":tr)", property) : whole.substr(0, whole.size() / 2));
         completion["choices"][0]["finish_reason"] = "length";
       }},
      {"empty_length",
       [](json& completion, const std::string&) {
         set_content(completion, "");
         completion["choices"][0]["finish_reason"] = "length";
       }},
      {"refusal",
       [](json& completion, const std::string&) {
         message_of(completion)["content"] = nullptr;
         message_of(completion)["refusal"] = "I cannot help with that.";
       }},
      {"null_content",
       [](json& completion, const std::string&) { message_of(completion)["content"] = nullptr; }},
      {"not_boolean",
       [](json& completion, const std::string& property) {
         set_content(completion, json{{property, "yes"}}.dump());
       }},
      {"number",
       [](json& completion, const std::string& property) {
         set_content(completion, json{{property, 1}}.dump());
       }},
      {"not_json_content",
       [](json& completion, const std::string&) {
         set_content(completion, "Yes, that price is reasonable.");
       }},
      {"extra_field",
       [](json& completion, const std::string& property) {
         set_content(completion, json{{property, true}, {"note", "nobody asked for this"}}.dump());
       }},
      {"no_choices", [](json& completion, const std::string&) { completion["choices"] = json::array(); }},
      {"no_usage", [](json& completion, const std::string&) { completion.erase("usage"); }},
      {"no_cost",
       [](json& completion, const std::string&) { completion["usage"].erase("cost_in_usd_ticks"); }},
      {"fenced",
       [](json& completion, const std::string& property) {
         set_content(completion, "```json\n" + json{{property, true}}.dump() + "\n```");
       }},
  };
  return all;
}

template <typename Entries>
std::vector<std::string> names_of(const Entries& entries) {
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const auto& [name, act] : entries) names.push_back(name);
  return names;
}

}  // namespace

Response xai_error(int status, const std::string& code, const std::string& error) {
  Response response;
  response.status = status;
  response.body = json{{"code", code}, {"error", error}}.dump();
  return response;
}

Response no_credentials() {
  return xai_error(401, "unauthenticated:no-credentials", "No credentials provided");
}

// xAI answers 400, not 401, and quotes a part of the key.
Response wrong_key(bool newer_code) {
  return xai_error(
      400, newer_code ? "invalid-argument" : "Client specified an invalid argument",
      "Incorrect API key provided: xa***gA. You can obtain an API key from https://console.x.ai.");
}

// The wording is our own: xAI's is not published.
Response malformed_bearer() {
  return xai_error(401, "unauthenticated:bad-credentials", "The credentials are malformed");
}

Response unknown_model(const std::string& model) {
  return xai_error(
      404, "not-found",
      fmt::format("The model {} does not exist or your team {} does not have access to it. If you "
                  "believe this is a mistake, please contact support.",
                  model, kTeam));
}

Response unparsable(const std::string& why) {
  return text(422, "Failed to deserialize the JSON body into the target type: " + why);
}

Response plain_not_found() { return text(404, "Not Found"); }

std::optional<Response> find_error(const std::string& name, const std::string& model) {
  for (const auto& [known, make] : errors()) {
    if (known == name) return make(model);
  }
  return std::nullopt;
}

const std::vector<std::string>& names_of_errors() {
  static const std::vector<std::string> names = names_of(errors());
  return names;
}

void distort_completion(json& completion, const std::string& name, const std::string& property) {
  for (const auto& [known, distort] : distortions()) {
    if (known == name) distort(completion, property);
  }
}

const std::vector<std::string>& names_of_distortions() {
  static const std::vector<std::string> names = names_of(distortions());
  return names;
}

}  // namespace standin
