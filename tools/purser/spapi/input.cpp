#include "spapi/input.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "frame/files.h"
#include "purser/error.h"

namespace purser::cli {
namespace {

using Json = nlohmann::json;

struct Field {
  const char* name;      // in the JSON object
  const char* variable;  // in the environment
  std::string spapi::Credentials::*value;
};
constexpr std::array<Field, 3> kFields{{
    {"client_id", "SP_API_CLIENT_ID", &spapi::Credentials::client_id},
    {"client_secret", "SP_API_CLIENT_SECRET", &spapi::Credentials::client_secret},
    {"refresh_token", "SP_API_REFRESH_TOKEN", &spapi::Credentials::refresh_token},
}};

constexpr std::string_view kWanted = R"({"client_id": "…", "client_secret": "…", "refresh_token": "…"})";

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorCode::usage, message); }

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// --- From standard input -------------------------------------------------------------------------------

// Gives only the place of a parse error: the parser's messages quote the text there, which may be a secret.
[[noreturn]] void refuse_json(const std::string& why) {
  refuse(fmt::format("the credentials on standard input are no JSON object {}: {}", kWanted, why));
}

void require_utf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
  } catch (const Json::type_error&) {
    throw Error(ErrorCode::invalid_text, "the credentials on standard input are no valid UTF-8");
  }
}

// Of two values for one field, neither is surely the right one.
Json::parser_callback_t refusing_repeated_fields(std::set<std::string>& seen) {
  return [&seen](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1 && !seen.insert(parsed.get<std::string>()).second) {
      refuse("the object on standard input has a field twice");
    }
    return true;
  };
}

Json parsed(const std::string& text) {
  require_utf8(text);
  std::set<std::string> seen;
  try {
    return Json::parse(text, refusing_repeated_fields(seen));
  } catch (const Json::parse_error& error) {
    refuse_json(fmt::format("it breaks at byte {}", error.byte));
  }
}

bool is_known(const std::string& name) {
  return std::any_of(kFields.begin(), kFields.end(), [&](const Field& field) { return field.name == name; });
}

// Refuses unknown fields without naming them: a secret may have slipped into a name.
void require_known_fields(const Json& object) {
  if (!object.is_object()) {
    refuse(fmt::format("standard input holds JSON, but no object {}", kWanted));
  }
  for (const auto& item : object.items()) {
    if (is_known(item.key())) continue;
    refuse(fmt::format("the object on standard input has a field that is none of those in {}", kWanted));
  }
}

std::string field_of(const Json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end()) {
    refuse(fmt::format("{} is missing in the object on standard input: {}", name, kWanted));
  }
  if (!found->is_string()) refuse(fmt::format("{} on standard input is no text in quotes", name));
  return found->get<std::string>();
}

spapi::Credentials credentials_in(const std::string& text) {
  Json object = parsed(text);
  require_known_fields(object);
  spapi::Credentials credentials;
  for (const Field& field : kFields) credentials.*field.value = field_of(object, field.name);
  return credentials;
}

// --- From the environment ------------------------------------------------------------------------------

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

spapi::Credentials credentials_in_environment() {
  spapi::Credentials credentials;
  std::vector<std::string_view> missing;
  for (const Field& field : kFields) {
    credentials.*field.value = variable(field.variable);
    if (trimmed(credentials.*field.value).empty()) missing.emplace_back(field.variable);
  }
  if (missing.empty()) return credentials;
  refuse(
      fmt::format("the credentials come as a JSON object {} on standard input, "
                  "or all from the environment, where {} {} not set",
                  kWanted, fmt::join(missing, " and "), missing.size() == 1 ? "is" : "are"));
}

}  // namespace

spapi::Credentials credentials_of(const Arguments& arguments) {
  bool reads = !arguments.has("--from-environment") && isatty(STDIN_FILENO) != 1;
  std::string text = reads ? read_credentials() : "";
  auto credentials = trimmed(text).empty() ? credentials_in_environment() : credentials_in(text);
  credentials.seller_id = arguments.text("--seller-id");
  // The command line accepts only known regions.
  credentials.region = spapi::region_named(arguments.text("--region")).value_or(spapi::Region::na);
  return credentials;
}

std::vector<std::string> asins_of(const Arguments& arguments) {
  std::vector<std::string> asins;
  auto add = [&](std::string_view word) {
    if (!trimmed(word).empty()) asins.emplace_back(trimmed(word));
  };
  for (const std::string& word : arguments.list("ASIN")) {
    if (word != "-") {
      add(word);
      continue;
    }
    for (const std::string& line : read_lines()) add(line);
  }
  if (asins.empty()) refuse("purser spapi restrictions needs an ASIN, and only blanks were given");
  return asins;
}

}  // namespace purser::cli
