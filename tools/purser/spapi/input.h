// Input of the spapi verbs beside their options: secrets, which are never taken from arguments, and long
// lists.
#pragma once

#include <string>
#include <vector>

#include "frame/verb.h"
#include "purser/spapi.h"

namespace purser::cli {

// The credentials in the JSON object with client_id, client_secret and refresh_token on standard input; where
// nothing is piped in, and with --from-environment, those of SP_API_CLIENT_ID and its like. Throws usage and
// invalid_text, with messages that hold nothing of what was read.
spapi::Credentials credentials_of(const Arguments& arguments);

// The ASINs among the arguments; for "-", those on standard input, one a line.
std::vector<std::string> asins_of(const Arguments& arguments);

}  // namespace purser::cli
