// What was found of a database, as every verb that looks says it with --json.
#pragma once

#include <vector>

#include "frame/answer.h"
#include "purser/check.h"

namespace purser::cli {

std::vector<Answer> answers_of(const std::vector<Check>& checks);

}  // namespace purser::cli
