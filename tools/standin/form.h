// application/x-www-form-urlencoded, read strictly: what a client forgot to encode reads as another value.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace standin {

// A '+' is a space; so is every byte that should have come as %XX and did not ('|', '/', '=' in a value, …),
// and a '%' without two hex digits after it. nullopt where a name comes twice.
std::optional<std::map<std::string, std::string>> decoded_form(const std::string& body);

}  // namespace standin
