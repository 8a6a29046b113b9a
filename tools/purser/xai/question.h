// The options that are the key of a verdict: --title, --category, --season, --price and --question.
#pragma once

#include <vector>

#include "frame/verb.h"
#include "purser/xai_verdicts.h"

namespace purser::cli {

// Every part counts, byte by byte; an empty text is a value too.
xai::Question question_of(const Arguments& arguments);

// The options of the key, and after them `more`.
std::vector<OptionSpec> question_options(std::vector<OptionSpec> more = {});

OptionSpec verdict_option();  // --verdict true|false, required
OptionSpec model_option();    // --model M
bool verdict_of(const Arguments& arguments);

}  // namespace purser::cli
