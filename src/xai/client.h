// xAI's chat completions on the wire: builds requests, and reads answers into values. Pure functions.
//
// The status alone says little (docs.x.ai/developers/debugging, and what its users saw): a wrong key is 400,
// used-up credits are 403 or 429, a retired model is 404. An error's text echoes parts of the key and the
// team's id, so it is never repeated: every message is a sentence of this library.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/transport.h"
#include "purser/xai_service.h"
#include "xai/refusal.h"

namespace purser::xai {

struct ParsedResponse {
  ResponseKind kind = ResponseKind::failed;
  std::string content = {};    // of `answered`
  std::string model = {};      // that answered; empty where the response does not name it
  bool cut = false;            // at the limit of tokens: `content` is the part that there is
  Usage usage = {};            // of a 200: one call
  std::string_view code = {};  // of xAI's error, where it is a known one
};

ParsedResponse parse_response(int status, std::string_view body);

// The boolean of {"answer": ...}; nullopt where anything stands beside it: a second field, text,
// a code fence.
std::optional<bool> verdict_in(std::string_view content);

// What happened and what to do. `asked_model` and `max_tokens` are those of the request.
std::string message_for(const ParsedResponse& parsed, const http::Response& response,
                        std::string_view asked_model, const std::optional<int>& max_tokens = {});

int tokens_of_a_verdict(const ServiceOptions& options);

http::Request judge_request(const ServiceOptions& options, const Question& question);
http::Request query_request(const ServiceOptions& options, const std::string& prompt);

// An HTTP header can carry it: printable ASCII without blanks.
bool is_usable_key(std::string_view key);

}  // namespace purser::xai
