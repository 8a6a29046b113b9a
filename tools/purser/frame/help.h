// Help, made from the tables of verbs.
#pragma once

#include <string>
#include <string_view>

namespace purser::cli {

// Of a verb ("keepa acquire"), a group ("keepa") or the program itself ("").
std::string help_for(std::string_view path);

}  // namespace purser::cli
