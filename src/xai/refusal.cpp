#include "xai/refusal.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "http/retry.h"

namespace purser::xai {
namespace {

using http::says_any;

// --- What the words are about ----------------------------------------------------------------------

bool says_blocked(std::string_view words) {
  return says_any(words, {" blocked", " suspended", " disabled", " banned", " deactivated", " revoked"}) &&
         says_any(words, {" is ", " are ", " was ", " been "});
}

// "Your team has been blocked for violating our usage policies" is about the account, whatever the reason.
bool says_account_is_blocked(const std::string& words) {
  constexpr std::size_t kOneClause = 60;
  for (std::string_view who : {"api key", "team", "account", "organization"}) {
    for (auto at = words.find(who); at != std::string::npos; at = words.find(who, at + 1)) {
      std::string_view clause = std::string_view(words).substr(at + who.size(), kOneClause);
      if (says_blocked(clause.substr(0, clause.find_first_of(".,;:")))) return true;
    }
  }
  return false;
}

// Words that are only used of the text that was sent.
bool says_content(const std::string& words) {
  return says_any(
      words, {"safety_check", "safety check", "failed check:", "content violates", "content violation",
              "content-violation", "content_violation", "content policy", "content_policy", "content filter",
              "content_filter", "content-filter", "content moderation", "content management policy"});
}

bool says_against_rules(const std::string& words) {
  return says_any(words, {"usage guidelines", "usage policy", "usage policies", "acceptable use", "safety",
                          "moderation", "moderated", "flagged", "harmful", "inappropriate", "prohibited"});
}

// Words that are only used of used-up credits, whatever the status.
bool says_no_credits(const std::string& words) {
  return says_any(
      words, {"available credits", "any credits", "out of credits", "no credits", "credits or licenses",
              "insufficient credits", "not enough credits", "credits exhausted", "exhausted your credits",
              "credit limit", "prepaid balance", "prepaid credit", "spending limit", "spending-limit",
              "spend limit", "insufficient_quota", "exceeded your current quota", "insufficient balance"});
}

// 403 is not used for rates, so there any word of money means credits, also in a wording that is new.
bool speaks_of_credits(const std::string& words) {
  return says_any(words, {"credit", "licenses", "spending", "payment", "top up"});
}

// A rate limit's text may mention credits: more of them buy a higher rate.
bool says_rate(const std::string& words) {
  return says_any(words, {"too many requests", "too many tokens", "rate limit", "rate_limit", "rate-limit",
                          "per minute", "per second", "per hour"});
}

bool says_wrong_key(const std::string& words) {
  return says_any(words, {"incorrect api key", "invalid api key", "invalid_api_key", "api key is invalid",
                          "api key is incorrect", "api key not valid", "api key is not valid"});
}

bool says_no_model(const std::string& words) {
  bool is_gone = says_any(
      words, {"not found", "not exist", "n't exist", "retired", "deprecated", "no longer", "decommissioned",
              "unknown model", "invalid model", "access to the model", "access to model", "model_not_found"});
  return says_any(words, {"model"}) && is_gone;
}

// --- By the status ---------------------------------------------------------------------------------

// Every request has the same path, and where xAI answers with one of its codes the path was right.
ResponseKind kind_of_404(std::string_view code, const std::string& words) {
  bool of_a_model = code == "not-found" || says_any(words, {"model"});
  return of_a_model ? ResponseKind::unknown_model : ResponseKind::wrong_path;
}

ResponseKind kind_of_403(const std::string& words) {
  if (says_no_credits(words)) return ResponseKind::no_credits;
  if (says_account_is_blocked(words)) return ResponseKind::no_permission;
  if (says_against_rules(words)) return ResponseKind::refused_content;
  if (says_no_model(words)) return ResponseKind::unknown_model;
  return speaks_of_credits(words) ? ResponseKind::no_credits : ResponseKind::no_permission;
}

// For 400, 410, 422 and the like.
ResponseKind kind_of_rejection(const std::string& words) {
  if (says_no_credits(words)) return ResponseKind::no_credits;
  if (says_wrong_key(words)) return ResponseKind::wrong_key;
  if (says_account_is_blocked(words)) return ResponseKind::no_permission;
  if (says_against_rules(words)) return ResponseKind::refused_content;
  return says_no_model(words) ? ResponseKind::unknown_model : ResponseKind::rejected;
}

}  // namespace

ResponseKind kind_of_refusal(int status, std::string_view code, std::string_view message) {
  if (http::is_passing(status)) return ResponseKind::failed;
  std::string words = http::in_lower_case(fmt::format("{} {}", code, message));
  bool of_a_rate = status == 429;
  if (!of_a_rate && says_content(words)) return ResponseKind::refused_content;
  switch (status) {
    case 401: return says_no_credits(words) ? ResponseKind::no_credits : ResponseKind::wrong_key;
    case 402: return ResponseKind::no_credits;
    case 403: return kind_of_403(words);
    case 404: return says_no_credits(words) ? ResponseKind::no_credits : kind_of_404(code, words);
    case 429:
      return says_no_credits(words) && !says_rate(words) ? ResponseKind::no_credits
                                                         : ResponseKind::rate_limited;
    default: return kind_of_rejection(words);
  }
}

std::string error_code_of(const nlohmann::json& body) {
  const nlohmann::json& error = http::member(body, "error");
  for (const nlohmann::json* code :
       {&http::member(body, "code"), &http::member(error, "code"), &http::member(error, "type")}) {
    if (code->is_string()) return http::text_of(*code);
  }
  return "";
}

std::string error_text_of(const nlohmann::json& body) {
  const nlohmann::json& error = http::member(body, "error");
  return error.is_object() ? http::text_of(http::member(error, "message")) : http::text_of(error);
}

bool is_refused_unbilled(ResponseKind kind) {
  return kind == ResponseKind::no_credits || pause_reason_of(kind).has_value();
}

std::optional<PauseReason> pause_reason_of(ResponseKind kind) {
  switch (kind) {
    case ResponseKind::rate_limited: return PauseReason::rate_limited;
    case ResponseKind::wrong_key: return PauseReason::wrong_key;
    case ResponseKind::no_permission: return PauseReason::no_permission;
    case ResponseKind::unknown_model: return PauseReason::unknown_model;
    default: return std::nullopt;
  }
}

}  // namespace purser::xai
