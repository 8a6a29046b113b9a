// xAI's chat completions on the wire: requests as they go out, answers read into values. Pure functions.
//
// The status alone says little (docs.x.ai/developers/debugging, and what its users saw): a wrong key is 400,
// used-up credits are 403 or 429, a retired model is 404. And an error's text echoes parts of the key and the
// team's id: none of it is ever repeated, every message is a sentence of ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/transport.h"
#include "purser/xai_service.h"
#include "xai/refusal.h"

namespace purser::xai {

struct Reading {
  Kind kind = Kind::failed;
  std::string content = {};    // of `answered`
  std::string model = {};      // that answered; empty where it did not say so
  bool cut = false;            // at the limit of tokens: `content` is the part that there is
  Usage usage = {};            // of a 200: one call
  std::string_view code = {};  // xAI's, where it is one of those that are known
};

Reading classify(int status, std::string_view body);

// The boolean of {"answer": ...} with nothing beside it: no second field, no text, no fence around it.
std::optional<bool> verdict_in(std::string_view content);

// What happened and what to do. `asked_model` and `max_tokens` are ours to name; nullopt: none was sent.
std::string message_for(const Reading& reading, const http::Response& response, std::string_view asked_model,
                        const std::optional<int>& max_tokens = {});

int tokens_of_a_verdict(const ServiceOptions& options);

http::Request judge_request(const ServiceOptions& options, const Question& question);
http::Request query_request(const ServiceOptions& options, const std::string& prompt);

// Whether a header may carry it: printable ASCII without blanks.
bool is_usable_key(std::string_view key);

}  // namespace purser::xai
