#include "standin/amazon/lwa_responses.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "standin/wire/random.h"

namespace standin {
namespace {

using nlohmann::json;

Response error(int status, const std::string& code, const std::string& description) {
  return lwa_response(status, {{"error", code}, {"error_description", description}});
}

Response invalid_grant_as_seen_live() {
  return lwa_response(
      400, {{"error_index", "0"},
            {"error_description",
             "The request has an invalid grant parameter : refresh_token. User may have revoked or "
             "didn't grant the permission."},
            {"error", "invalid_grant"},
            {"request_id", random_id()}});
}

Response text_429() {
  Response response = lwa_response(429, json());
  response.content_type = "text/plain";
  response.body = "Too many requests";
  return response;
}

using Error = std::function<Response()>;

// In the order of --help.
const std::vector<std::pair<std::string, Error>>& errors() {
  static const std::vector<std::pair<std::string, Error>> all = {
      {"invalid_grant", [] { return lwa_invalid_grant(); }},
      {"invalid_grant_live", [] { return invalid_grant_as_seen_live(); }},
      {"invalid_client", [] { return lwa_invalid_client(); }},
      {"invalid_request",
       [] { return lwa_invalid_request("The request is missing a required parameter : refresh_token"); }},
      // From here on the wording is our own, except the grant type's: Amazon's is not published.
      {"unauthorized_client",
       [] {
         return error(400, "unauthorized_client", "The client is not authorized to use this grant type");
       }},
      {"invalid_scope", [] { return error(400, "invalid_scope", "The request has an invalid scope"); }},
      {"access_denied", [] { return error(403, "access_denied", "The resource owner denied the request"); }},
      {"unsupported_grant_type", [] { return lwa_unsupported_grant_type(); }},
      {"unknown_code_400", [] { return error(400, "account_on_hold", "A code that no enumeration has"); }},
      // Answers of a gateway in front of the login: they say nothing about the credentials.
      {"forbidden_400",
       [] {
         return lwa_response(400, {{"error", "Forbidden"}});
       }},
      {"forbidden_403",
       [] {
         return lwa_response(403, {{"error", "Forbidden"}});
       }},
      {"not_found_404",
       [] {
         return lwa_response(404, {{"error", "invalid_request"}});
       }},
      {"proxy_407",
       [] {
         return lwa_response(407, {{"error", "access_denied"}});
       }},
      {"server_error_500",
       [] { return error(500, "server_error", "The server encountered a runtime error"); }},
      {"temporarily_unavailable_503",
       [] { return error(503, "temporarily_unavailable", "The server is temporarily unavailable"); }},
      {"429_slow_down", [] { return error(429, "slow_down", "Too many requests"); }},
      {"429_text", [] { return text_429(); }},
  };
  return all;
}

}  // namespace

Response lwa_response(int status, const json& body) {
  Response response;
  response.status = status;
  response.content_type = "application/json;charset=UTF-8";
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  response.headers = {{"Cache-Control", "no-store"}, {"Pragma", "no-cache"}};
  return response;
}

Response lwa_invalid_client() { return error(401, "invalid_client", "Client authentication failed"); }

Response lwa_invalid_grant() {
  return error(400, "invalid_grant",
               "The request has an invalid grant parameter : refresh_token. User may have revoked or didn't "
               "grant the permission.");
}

Response lwa_unsupported_grant_type() {
  return error(400, "unsupported_grant_type",
               "The authorization grant type is not supported by the authorization server");
}

Response lwa_invalid_request(const std::string& description) {
  return error(400, "invalid_request", description);
}

std::optional<Response> find_lwa_error(const std::string& name) {
  for (const auto& [known, make] : errors()) {
    if (known == name) return make();
  }
  return std::nullopt;
}

const std::vector<std::string>& names_of_lwa_errors() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, make] : errors()) all.push_back(name);
    return all;
  }();
  return names;
}

void distort_tokens(json& body, const std::string& name) {
  if (name == "no_refresh_token") body.erase("refresh_token");
  if (name == "no_expires_in") body.erase("expires_in");
  if (name == "no_access_token") body.erase("access_token");
}

}  // namespace standin
