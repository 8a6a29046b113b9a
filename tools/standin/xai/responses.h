// The shapes of xAI's answers: its errors, and the ways in which a completion can be of no use. Sources of
// the texts: what users of the API have published; where nobody has, the text is ours and the comment says
// so.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "standin/wire/http.h"

namespace standin {

// In the errors that name a team: nothing of it is to reach a log.
inline constexpr char kTeam[] = "7f6c3a52-9d41-4c0e-8a17-2b5e6d90c4f1";

// {"code":…,"error":…}, flat, unlike OpenAI's.
Answer xai_error(int status, const std::string& code, const std::string& error);

Answer no_credentials();
Answer wrong_key(bool newer_code);
Answer malformed_bearer();
Answer unknown_model(const std::string& model);
Answer unparsable(const std::string& why);
Answer plain_not_found();

// By a name of the switch xai.answer; nullopt where it names no error.
std::optional<Answer> error_named(const std::string& name, const std::string& model);
const std::vector<std::string>& names_of_errors();

// Makes of a good completion one of no use, by a name of the switch; "normal" changes nothing.
void distort_completion(nlohmann::json& completion, const std::string& name, const std::string& property);
const std::vector<std::string>& names_of_distortions();

}  // namespace standin
