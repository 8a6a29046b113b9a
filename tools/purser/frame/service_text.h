// What the services answered, for people.
#pragma once

#include <string>

#include "frame/human.h"
#include "json/services.h"

namespace purser::cli {

std::string text_of(const keepa::Refresh& refresh, const Reader& reader);
std::string text_of(const xai::Judgement& judgement, json::Fallback fallback, const Reader& reader);
std::string text_of(const spapi::Probe& probe, const Reader& reader);
std::string text_of(const spapi::Restriction& restriction, const Reader& reader);

}  // namespace purser::cli
