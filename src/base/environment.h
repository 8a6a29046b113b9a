// Settings from the environment.
#pragma once

#include <string>

namespace purser {

// The variable's value without the blanks and line ends that pasting leaves around it; "" if it is not set.
std::string environment(const char* name);

}  // namespace purser
