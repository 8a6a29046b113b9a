// What the services answered, for people.
#pragma once

#include <string>

#include "human.h"
#include "service_answers.h"

namespace purser::cli {

std::string text_of(const keepa::Refresh& refresh, const Reader& reader);
std::string text_of(const xai::Judgement& judgement, Fallback fallback, const Reader& reader);

}  // namespace purser::cli
