#include "standin/amazon/spapi_errors.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace standin {
namespace {

using nlohmann::json;

// In the order of --help. The wording of 200, 400, 404 and 413 is our own.
const std::vector<std::pair<std::string, SpapiError>>& errors() {
  static const std::vector<std::pair<std::string, SpapiError>> all = {
      {"200_errors", {200, "InvalidInput", "Invalid 'asin' provided.", ""}},
      {"security_token", access_denied("The security token included in the request is expired")},
      {"400", {400, "InvalidInput", "One of the parameters is invalid.", ""}},
      {"400_screaming", {400, "BAD_REQUEST", "Invalid 'asin' provided."}},
      {"404", {404, "NotFound", "The requested resource was not found.", ""}},
      {"413", {413, "RequestTooLarge", "The request size exceeded the maximum accepted size.", ""}},
      {"429", quota_exceeded()},
      {"429_retry_after", quota_exceeded()},
      {"500", {500, "InternalFailure", "We encountered an internal error. Please try again.", ""}},
      {"503", {503, "ServiceUnavailable", "Service is temporarily unavailable. Please try again.", ""}},
  };
  return all;
}

json object_of(const SpapiError& error) {
  json object = {{"code", error.code}, {"message", error.message}};
  if (error.details) object["details"] = *error.details;
  return object;
}

// The wording of AWS' gateway, which answers before the service has seen the request.
std::string_view gateway_message(int status) {
  if (status == 401) return "Unauthorized";
  if (status == 403) return "Forbidden";
  if (status == 404) return "Not Found";
  if (status == 429) return "Too Many Requests";
  return status >= 500 ? "Internal server error" : "Bad Request";
}

std::string as_xml(const SpapiError& error) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>",
      error.status == 403 ? "AccessDenied" : error.code, error.message);
}

}  // namespace

SpapiError access_denied(const std::string& details) {
  return {403, "Unauthorized", "Access to requested resource is denied.", details};
}

SpapiError malformed_call() {
  return {403, "MissingAuthenticationToken", "Access to requested resource is denied."};
}

SpapiError no_such_operation() { return access_denied(""); }

// The wording of this and the next one is our own: Amazon only says that it rejects such requests.
SpapiError no_user_agent() { return access_denied("The user-agent header is missing."); }

SpapiError too_long_user_agent() {
  return {400, "InvalidInput", "The user-agent header is longer than 500 characters.", ""};
}

SpapiError invalid_input(const std::string& message) { return {400, "InvalidInput", message, ""}; }

SpapiError quota_exceeded() {
  return {429, "QuotaExceeded", "You exceeded your quota for the requested resource.", ""};
}

std::optional<SpapiError> find_spapi_error(const std::string& name) {
  for (const auto& [known, error] : errors()) {
    if (known == name) return error;
  }
  return std::nullopt;
}

const std::vector<std::string>& names_of_spapi_errors() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, error] : errors()) all.push_back(name);
    return all;
  }();
  return names;
}

Response error_response(const SpapiError& error, const std::string& form) {
  Response response;
  response.status = error.status;
  if (error.status == 403) response.headers.emplace_back("x-amzn-ErrorType", "AccessDeniedException");
  if (form == "empty") {
    response.content_type.clear();
  } else if (form == "xml") {
    response.content_type = "application/xml";
    response.body = as_xml(error);
  } else if (form == "html") {
    response.content_type = "text/html";
    response.body = fmt::format("<html><body><h1>{} {}</h1></body></html>\n", error.status, error.message);
  } else {
    json body = {{"errors", {object_of(error)}}};
    if (form == "bare_array") body = json::array({object_of(error)});
    if (form == "gateway") body = {{"message", gateway_message(error.status)}};
    response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  return response;
}

}  // namespace standin
