// How bodies are encoded: forms in requests, gzip in answers.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "standin/wire/http.h"

namespace standin {

// Reads application/x-www-form-urlencoded strictly, so that what a client forgot to encode yields another
// value. A '+' is read as a space; so is every byte that should have come as %XX and did not ('|', '/', '='
// in a value, …), and a '%' without two hex digits after it. nullopt if a name comes twice.
std::optional<std::map<std::string, std::string>> decoded_form(const std::string& body);

std::string gzipped(const std::string& bytes);

// Gzips the body by `mode`: "on" (if the client accepts it), "off", "always". A body that is encoded already
// stays as it is.
void compress(Response& response, const Request& request, const std::string& mode);

}  // namespace standin
