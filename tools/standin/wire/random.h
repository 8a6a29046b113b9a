// The random parts of what the services issue: ids of requests, tokens.
#pragma once

#include <cstddef>
#include <string>

namespace standin {

std::string random_id();                           // in the form of a UUID
std::string random_characters(std::size_t count);  // letters, digits, '-' and '_'

}  // namespace standin
