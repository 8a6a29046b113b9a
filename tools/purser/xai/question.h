// The key of a verdict as options: --title, --category, --season, --price and --question.
#pragma once

#include <vector>

#include "frame/verb.h"
#include "purser/xai_verdicts.h"

namespace purser::cli {

// All parts count byte by byte; an empty text that was given is a value.
xai::Question question_of(const Arguments& arguments);

// The options of the key, and those of the verb after them.
std::vector<OptionSpec> question_options(std::vector<OptionSpec> more = {});

// --verdict true|false, required.
OptionSpec verdict_option();
// --model, of a verdict.
OptionSpec model_option();
bool verdict_of(const Arguments& arguments);

}  // namespace purser::cli
