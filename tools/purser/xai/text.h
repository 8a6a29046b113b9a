// xAI's answers as text for people: how many calls are left today, or when the next day begins.
#pragma once

#include <string>

#include "frame/human.h"
#include "json/xai.h"

namespace purser::cli {

std::string text_of(const json::XaiStatus& status, const Reader& reader);
std::string text_of(const xai::UnitOutcome& outcome, const Reader& reader);
std::string text_of(const xai::UnitGranted& bypass, const Reader& reader);
std::string text_of(const xai::ReleaseOutcome& outcome);
std::string text_of(const xai::ClaimOutcome& outcome, const Reader& reader);
std::string text_of(const std::optional<bool>& hit, const Reader& reader);
std::string text_of(const xai::CacheStats& stats, const Reader& reader);
std::string text_of(const std::vector<xai::CachedVerdict>& verdicts, const Reader& reader);

std::string counted(std::int64_t count, std::string_view what);  // "1 verdict", "25 verdicts"

// "true", "false"
std::string_view verdict_word(bool verdict);

}  // namespace purser::cli
