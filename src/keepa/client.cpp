#include "keepa/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/environment.h"
#include "http/body.h"
#include "http/retry.h"

namespace purser::keepa {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestErrorType = 40;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// A type such as "invalidParameter" may be repeated; what is no such word may hold anything.
std::optional<std::string> error_type(const json& body) {
  const json& error = http::member(body, "error");
  if (error.is_null()) return std::nullopt;
  std::string type = http::text_of(http::member(error, "type"));
  bool is_word =
      !type.empty() && type.size() <= kLongestErrorType && std::all_of(type.begin(), type.end(), is_letter);
  return is_word ? type : "unknown";
}

// Keepa's envelope can be JSON with numbers that make no sense: then it says nothing.
std::optional<Observation> envelope_of(const std::string& body) {
  try {
    return parse_envelope(body);
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool has_only_zeros(const json& body) {
  return http::member(body, "tokensLeft") == 0 && http::member(body, "refillRate") == 0;
}

Meaning meaning_of(int status, const json& body) {
  bool zeros = has_only_zeros(body);
  switch (status) {
    case 200: return zeros ? Meaning::wrong_key : body.is_object() ? Meaning::answered : Meaning::unreadable;
    case 400: return zeros ? Meaning::wrong_key : Meaning::rejected;
    case 401:
    case 403: return Meaning::wrong_key;
    case 402: return Meaning::no_access;
    case 429: return Meaning::no_tokens;
    default: break;
  }
  bool is_final = status >= 400 && !http::is_passing(status);
  return is_final ? Meaning::rejected : Meaning::failed;
}

bool is_path_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '/' || c == '-' || c == '_';
}

void require_path(const std::string& path) {
  if (path.empty() || path.front() == '/' || !std::all_of(path.begin(), path.end(), is_path_character)) {
    throw Error(ErrorCode::usage, "path: must be one of Keepa's, such as product or lightningdeal");
  }
}

std::string url_of(const ServiceOptions& options, const std::string& path) {
  return fmt::format("{}/{}?key={}", http::base_address(options.base_url), path,
                     http::percent_encoded(options.api_key));
}

}  // namespace

ServiceOptions ServiceOptions::from_environment() {
  ServiceOptions options;
  options.api_key = environment("KEEPA_API_KEY");
  require_key(options.api_key);
  if (auto url = environment("PURSER_KEEPA_URL"); !url.empty()) options.base_url = url;
  return options;
}

void require_key(const std::string& key) {
  if (key.empty()) throw Error(ErrorCode::no_api_key, "there is no Keepa API key: set KEEPA_API_KEY");
}

bool was_worked_on(Meaning meaning) {
  return meaning == Meaning::answered || meaning == Meaning::unreadable || meaning == Meaning::failed;
}

Answer read_answer(http::Response response) {
  json body = http::parsed(response.body);
  Answer answer;
  answer.status = response.status;
  answer.meaning = meaning_of(response.status, body);
  answer.observation = envelope_of(response.body);
  answer.error = error_type(body);
  if (answer.observation) answer.consumed = answer.observation->consumed;
  if (!answer.consumed && !was_worked_on(answer.meaning)) answer.consumed = Millitokens{};
  answer.body = std::move(response.body);
  return answer;
}

Settlement settlement_of(const Answer& answer) { return {answer.observation, answer.consumed, false}; }

http::Request request_of(const ServiceOptions& options, const Call& call) {
  require_path(call.path);
  http::Request request;
  request.url = url_of(options, call.path);
  for (const auto& [name, value] : call.parameters) {
    if (name == "key")
      throw Error(ErrorCode::usage, "parameters: the key is the service's own, leave it away");
    request.url += fmt::format("&{}={}", http::percent_encoded(name), http::percent_encoded(value));
  }
  request.name = "Keepa /" + call.path;
  if (call.json) {
    request.method = http::Method::post;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = *call.json;
  }
  return request;
}

http::Request token_request_of(const ServiceOptions& options) {
  http::Request request;
  request.url = url_of(options, "token");
  request.name = "Keepa /token";
  request.repeat = http::Repeat::harmless;
  return request;
}

std::string explain(const Answer& answer) {
  switch (answer.meaning) {
    case Meaning::wrong_key:
      return fmt::format("Keepa refuses the API key ({}): put KEEPA_API_KEY right", answer.status);
    case Meaning::no_access: return "Keepa wants payment (402): this key's plan does not allow the request";
    case Meaning::no_tokens:
      return "Keepa says that there are no tokens (429) although the ledger had some: something else uses "
             "this key";
    case Meaning::unreadable: return "Keepa answered, but not with whole JSON: try again later";
    case Meaning::rejected: return fmt::format("Keepa rejects the request ({})", answer.status);
    case Meaning::answered: return "Keepa answered without its token fields";
    case Meaning::failed:
      if (answer.status >= 300 && answer.status < 400) {
        return fmt::format(
            "Keepa's address answers with a redirect ({}), which is not followed: see PURSER_KEEPA_URL",
            answer.status);
      }
      return fmt::format("Keepa failed ({}): try again later", answer.status);
  }
  return "";
}

}  // namespace purser::keepa
