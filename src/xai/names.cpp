// The names of the public enums, as they are stored, printed and read again: never change one.
#include "purser/xai_quota.h"
#include "purser/xai_service.h"

namespace purser::xai {

std::string_view name_of(DenyReason reason) {
  switch (reason) {
    case DenyReason::limit: return "limit";
    case DenyReason::no_credits: return "no_credits";
    case DenyReason::paused: return "paused";
    case DenyReason::refused_content: return "refused_content";
  }
  return "";
}

std::string_view name_of(PauseReason reason) {
  switch (reason) {
    case PauseReason::rate_limited: return "rate_limited";
    case PauseReason::wrong_key: return "wrong_key";
    case PauseReason::no_permission: return "no_permission";
    case PauseReason::unknown_model: return "unknown_model";
  }
  return "";
}

std::string_view name_of(Source source) {
  switch (source) {
    case Source::cache: return "cache";
    case Source::xai: return "xai";
    case Source::fallback: return "fallback";
  }
  return "";
}

std::string_view name_of(JudgeFailure failure) {
  switch (failure) {
    case JudgeFailure::limit: return "limit";
    case JudgeFailure::no_credits: return "no_credits";
    case JudgeFailure::wrong_key: return "wrong_key";
    case JudgeFailure::no_permission: return "no_permission";
    case JudgeFailure::unknown_model: return "unknown_model";
    case JudgeFailure::rate_limited: return "rate_limited";
    case JudgeFailure::rejected: return "rejected";
    case JudgeFailure::unreachable: return "unreachable";
    case JudgeFailure::timeout: return "timeout";
    case JudgeFailure::unparsable: return "unparsable";
    case JudgeFailure::paused: return "paused";
    case JudgeFailure::refused_content: return "refused_content";
  }
  return "";
}

}  // namespace purser::xai
