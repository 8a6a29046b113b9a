// How bodies are encoded: forms in requests, gzip in answers.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "standin/wire/http.h"

namespace standin {

// Reads application/x-www-form-urlencoded, strictly: what a client forgot to encode reads as another value. A
// '+' is a space; so is every byte that should have come as %XX and did not ('|', '/', '=' in a value, …),
// and a '%' without two hex digits after it. nullopt if a name comes twice.
std::optional<std::map<std::string, std::string>> decoded_form(const std::string& body);

std::string gzipped(const std::string& bytes);

// By `mode`: "on" (when the client accepts it), "off", "always". An answer that is encoded already stays.
void compress(Answer& answer, const Request& request, const std::string& mode);

}  // namespace standin
