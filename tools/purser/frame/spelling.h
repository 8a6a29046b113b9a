// "Did you mean": the nearest of the words that would have been right.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frame/printable.h"

namespace purser::cli {

// The candidate that `word` most likely stands for; "" where none is near enough to be worth a guess.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace purser::cli
