#include "keepa/client.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/environment.h"
#include "base/hex.h"
#include "base/json_fields.h"
#include "http/body.h"
#include "http/retry.h"
#include "keepa/envelope.h"

namespace purser::keepa {
namespace {

using nlohmann::json;

// The same key hashed for another purpose gives another hash. At most crypto_generichash_KEYBYTES_MAX bytes.
constexpr std::string_view kFingerprintPurpose = "purser: Keepa key of an account";

// Keepa's responses are objects with the token fields, or with an error that has a type. What responds in its
// place (a proxy, a portal, a gateway) sends a page, a text, or JSON of another kind.
bool is_of_keepa(const json& body) {
  return !http::member(body, "tokensLeft").is_null() ||
         http::member(http::member(body, "error"), "type").is_string();
}

// The statuses that Keepa lists. A response with another one is not Keepa's, even if it has token fields.
bool is_status_of_keepa(int status) {
  constexpr std::array kAll = {200, 400, 402, 404, 405, 429, 500};
  return std::find(kAll.begin(), kAll.end(), status) != kAll.end();
}

// REQUIRES: the response is Keepa's, with a 4xx.
Meaning meaning_of_refusal(int status, const json& body) {
  switch (status) {
    case 400: return has_only_zeros(body) ? Meaning::wrong_key : Meaning::rejected;
    case 401:
    case 403: return Meaning::wrong_key;
    case 402: return Meaning::no_access;
    case 429: return Meaning::no_tokens;
    default: return http::is_passing(status) ? Meaning::failed : Meaning::rejected;
  }
}

// Statuses that Keepa sends with a body, or that proxies send: without a body of Keepa's they say nothing of
// the request.
bool needs_body_of_keepa(int status) {
  constexpr std::array kAll = {401, 402, 403, 407, 408, 409, 425, 429};
  return std::find(kAll.begin(), kAll.end(), status) != kAll.end();
}

Meaning meaning_of(const http::Response& response, const json& body) {
  int status = response.status;
  if (status == 200 && has_only_zeros(body)) return Meaning::wrong_key;
  if (status == 200) return body.is_object() ? Meaning::answered : Meaning::unreadable;
  if (status < 400 || status >= 500) return Meaning::failed;
  if (is_of_keepa(body)) return meaning_of_refusal(status, body);
  bool says_nothing = response.body.empty() && !needs_body_of_keepa(status);
  return says_nothing ? Meaning::rejected : Meaning::in_between;
}

// Sets observation and consumed, or fault, where the reason is more than absent fields.
void take_envelope(const json& body, JsonFault fault, ParsedResponse& parsed) {
  if (fault != JsonFault::none) parsed.fault = words_for(fault);
  if (fault == JsonFault::none && !body.is_object()) parsed.fault = "is no JSON object";
  if (!is_status_of_keepa(parsed.status)) return;
  parsed.consumed = consumed_in(body);
  try {
    parsed.observation = envelope_in(body);
  } catch (const Error& senseless) {
    parsed.fault = senseless.what();
  }
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
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

std::string fingerprint_of(const std::string& api_key) {
  if (sodium_init() < 0) throw Error(ErrorCode::internal, "libsodium does not start");
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), bytes(api_key), api_key.size(), bytes(kFingerprintPurpose),
                     kFingerprintPurpose.size());
  return hex_of(hash.data(), hash.size());
}

bool was_worked_on(Meaning meaning) {
  return meaning == Meaning::answered || meaning == Meaning::unreadable || meaning == Meaning::failed;
}

ParsedResponse interpret(http::Response response) {
  JsonFault fault{};
  json body = json_fields(response.body, response_fields(), fault);
  ParsedResponse parsed;
  parsed.status = response.status;
  parsed.meaning = meaning_of(response, body);
  take_envelope(body, fault, parsed);
  parsed.error = error_type_in(body);
  if (!parsed.consumed && !was_worked_on(parsed.meaning)) parsed.consumed = Millitokens{};
  parsed.body = std::move(response.body);
  return parsed;
}

Settlement settlement_of(const ParsedResponse& response) {
  return {.observation = response.observation, .consumed = response.consumed};
}

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

std::string message_for(const ParsedResponse& response) {
  switch (response.meaning) {
    case Meaning::wrong_key:
      return fmt::format("Keepa refuses the API key ({}): put KEEPA_API_KEY right", response.status);
    case Meaning::no_access: return "Keepa wants payment (402): this key's plan does not allow the request";
    case Meaning::no_tokens:
      return "Keepa says that there are no tokens (429) although the ledger had some: "
             "something else uses this key";
    case Meaning::unreadable:
      return fmt::format(
          "an answer came that {}: it is not one of Keepa's, or not the whole; try again later",
          response.fault);
    case Meaning::rejected: return fmt::format("Keepa rejects the request ({})", response.status);
    case Meaning::answered:
      return response.fault.empty() ? "Keepa answered without its token fields" : response.fault;
    case Meaning::in_between:
      return fmt::format(
          "something in between answered in Keepa's place ({}), a proxy or a portal perhaps: "
          "that says nothing of the API key; "
          "try again later, and look at PURSER_KEEPA_URL and the network if it stays so",
          response.status);
    case Meaning::failed:
      if (response.status >= 300 && response.status < 400) {
        return fmt::format(
            "Keepa's address answers with a redirect ({}), which is not followed: see PURSER_KEEPA_URL",
            response.status);
      }
      return fmt::format("Keepa, or something on the way to it, fails ({}): try again later",
                         response.status);
  }
  return "";
}

}  // namespace purser::keepa
