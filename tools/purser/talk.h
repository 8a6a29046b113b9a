// Lines to the person at the terminal, on stderr; stdout is for answers.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace purser::cli {

// In one write, so that lines of several processes stay whole. A closed stderr is nobody's fault.
inline void talk_raw(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }
inline void talk(std::string_view line) { talk_raw("purser: " + std::string(line) + "\n"); }

}  // namespace purser::cli
