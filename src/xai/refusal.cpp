#include "xai/refusal.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "http/retry.h"

namespace purser::xai {
namespace {

using http::says_any;

bool says_content(const std::string& words) {
  return says_any(words, {"safety_check", "safety check", "failed check:", "usage guidelines", "usage policy",
                          "usage policies", "acceptable use", "content violates", "content policy",
                          "content_policy", "content filter", "content_filter", "content moderation",
                          "content management policy", "safety system"});
}

// What nobody says of anything but used-up credits, whatever the status.
bool says_no_credits(const std::string& words) {
  return says_any(
      words, {"available credits", "any credits", "out of credits", "no credits", "credits or licenses",
              "insufficient credits", "not enough credits", "credits exhausted", "exhausted your credits",
              "purchase more credits", "purchase credits", "spending limit", "spending-limit",
              "insufficient_quota", "exceeded your current quota", "insufficient balance"});
}

// 403 is not used for rates: there it is of credits also where it says so in words that are new.
bool speaks_of_credits(const std::string& words) {
  return says_any(words, {"credit", "licenses", "spending", "billing", "payment"});
}

// The path is always the same, and right where xAI answers with one of its codes.
Kind kind_of_404(std::string_view code, const std::string& words) {
  bool of_a_model = code == "not-found" || says_any(words, {"model"});
  return of_a_model ? Kind::unknown_model : Kind::wrong_path;
}

}  // namespace

Kind kind_of_refusal(int status, std::string_view code, std::string_view message) {
  if (http::is_passing(status)) return Kind::failed;
  std::string words = http::in_lower_case(fmt::format("{} {}", code, message));
  if ((status == 400 || status == 403 || status == 422 || status == 451) && says_content(words))
    return Kind::refused_content;
  switch (status) {
    case 400:
      if (says_no_credits(words)) return Kind::no_credits;
      return says_any(words, {"incorrect api key"}) ? Kind::wrong_key : Kind::rejected;
    case 401: return Kind::wrong_key;
    case 402: return Kind::no_credits;
    case 403:
      return says_no_credits(words) || speaks_of_credits(words) ? Kind::no_credits : Kind::no_permission;
    case 404: return kind_of_404(code, words);
    case 429: return says_no_credits(words) ? Kind::no_credits : Kind::rate_limited;
    default: return Kind::rejected;
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

bool is_refused_at_the_door(Kind kind) {
  return kind == Kind::no_credits || pause_reason_of(kind).has_value();
}

std::optional<PauseReason> pause_reason_of(Kind kind) {
  switch (kind) {
    case Kind::rate_limited: return PauseReason::rate_limited;
    case Kind::wrong_key: return PauseReason::wrong_key;
    case Kind::no_permission: return PauseReason::no_permission;
    case Kind::unknown_model: return PauseReason::unknown_model;
    default: return std::nullopt;
  }
}

}  // namespace purser::xai
