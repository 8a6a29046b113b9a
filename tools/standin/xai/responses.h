// xAI's errors, and the ways in which a completion can be of no use. The texts come from what users of the
// API have published; where nothing is published, the wording is our own and a comment says so.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "standin/wire/http.h"

namespace standin {

// The team that some errors name. It must never reach a log.
inline constexpr char kTeam[] = "7f6c3a52-9d41-4c0e-8a17-2b5e6d90c4f1";

// {"code":…,"error":…}, flat, unlike OpenAI's.
Response xai_error(int status, const std::string& code, const std::string& error);

Response no_credentials();
Response wrong_key(bool newer_code);
Response malformed_bearer();
Response unknown_model(const std::string& model);
Response unparsable(const std::string& why);
Response plain_not_found();

// `name` is a value of the switch xai.answer; nullopt if it names no error.
std::optional<Response> find_error(const std::string& name, const std::string& model);
const std::vector<std::string>& names_of_errors();

// Makes a good completion one of no use. `name` is a value of the same switch; "normal" changes nothing.
void distort_completion(nlohmann::json& completion, const std::string& name, const std::string& property);
const std::vector<std::string>& names_of_distortions();

}  // namespace standin
