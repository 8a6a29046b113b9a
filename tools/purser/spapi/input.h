// What the spapi verbs are told beside their options: secrets, which never come by argument, and long lists.
#pragma once

#include <string>
#include <vector>

#include "frame/verb.h"
#include "purser/spapi.h"

namespace purser::cli {

// A JSON object with client_id, client_secret and refresh_token on standard input; where nothing is piped in,
// and with --from-environment, SP_API_CLIENT_ID and its like. Throws usage and invalid_text, in words that
// hold nothing of what was read.
spapi::Credentials credentials_of(const Arguments& arguments);

// The ASINs that were given, those on standard input (a line each) where "-" stands.
std::vector<std::string> asins_of(const Arguments& arguments);

}  // namespace purser::cli
