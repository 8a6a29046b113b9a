// What the services make up: ids of requests, tokens.
#pragma once

#include <cstddef>
#include <string>

namespace standin {

std::string random_id();                           // as a UUID is written
std::string random_characters(std::size_t count);  // letters, digits, '-' and '_'

}  // namespace standin
