// The checks of credentials, and reading them from the environment.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/environment.h"
#include "base/text.h"
#include "purser/spapi.h"
#include "spapi/sealing.h"

namespace purser::spapi {
namespace {

constexpr std::size_t kMaxBytes = 4096;
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kPlaceholders[] = {
    "your_", "your-", "changeme", "change_me",          "change-me",
    "<",     "xxx",   "replace",  "manual_placeholder", "placeholder"};

// The names of the fields in messages: as on standard input, or as in the environment.
struct FieldNames {
  const char *seller_id, *client_id, *client_secret, *refresh_token;
};
constexpr FieldNames kFields = {"seller_id", "client_id", "client_secret", "refresh_token"};
constexpr FieldNames kVariables = {"SP_API_SELLER_ID", "SP_API_CLIENT_ID", "SP_API_CLIENT_SECRET",
                                   "SP_API_REFRESH_TOKEN"};

[[noreturn]] void refuse(const char* field, std::string_view why) {
  throw Error(ErrorCode::usage, fmt::format("{}: {}", field, why));
}

void trim(std::string& text) {
  if (text.rfind(kByteOrderMark, 0) == 0) text.erase(0, kByteOrderMark.size());
  text = trimmed(text);
}

bool begins_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_placeholder(std::string_view text) {
  std::string folded;
  for (char c : text.substr(0, 20)) folded += lower(c);
  return std::any_of(std::begin(kPlaceholders), std::end(kPlaceholders),
                     [&](std::string_view placeholder) { return begins_with(folded, placeholder); });
}

bool is_printable(char c) { return c > ' ' && c <= '~'; }

void check(std::string& text, const char* field, std::size_t most) {
  trim(text);
  if (!is_storable_text(text)) {
    throw Error(ErrorCode::invalid_text, fmt::format("{}: this is not valid UTF-8 text without NUL", field));
  }
  if (text.empty()) refuse(field, "is missing");
  if (text.size() > most) refuse(field, fmt::format("has more than {} bytes", most));
  if (is_placeholder(text)) refuse(field, "this is a placeholder, not what Amazon gave");
  if (text.find_first_of(kBlanks) != std::string::npos) {
    refuse(field, "there is a blank or a line end inside it");
  }
  if (!std::all_of(text.begin(), text.end(), is_printable) ||
      text.find_first_of("\"'") != std::string::npos) {
    refuse(field,
           "there is a character inside it that Amazon never uses (a quotation mark, a letter with an "
           "accent, a control character)");
  }
}

// The fields are easily mistaken for one another, and Amazon would only say that something is wrong.
void refuse_another(const std::string& text, const char* field, std::string_view own) {
  struct Kind {
    std::string_view begins, what;
  };
  constexpr Kind kKinds[] = {{"Atza|", "an access token, which lives an hour"},
                             {"Atzr|", "a refresh token"},
                             {"amzn1.oa2-cs.", "a client secret"},
                             {"amzn1.application-oa2-client.", "a client id"}};
  for (const Kind& kind : kKinds) {
    if (kind.begins != own && begins_with(text, kind.begins)) {
      refuse(field, fmt::format("this is {}", kind.what));
    }
  }
}

void check_all(Credentials& credentials, const FieldNames& names) {
  check(credentials.seller_id, names.seller_id, 200);
  check(credentials.client_id, names.client_id, kMaxBytes);
  check(credentials.client_secret, names.client_secret, kMaxBytes);
  check(credentials.refresh_token, names.refresh_token, kMaxBytes);
  refuse_another(credentials.seller_id, names.seller_id, "");
  refuse_another(credentials.client_id, names.client_id, "amzn1.application-oa2-client.");
  refuse_another(credentials.client_secret, names.client_secret, "amzn1.oa2-cs.");
  refuse_another(credentials.refresh_token, names.refresh_token, "Atzr|");
}

Region environment_region() {
  std::string name = environment("SP_API_REGION");
  if (name.empty()) return Region::na;
  if (auto region = region_named(name)) return *region;
  refuse("SP_API_REGION", "is na, eu or fe");
}

}  // namespace

Credentials::~Credentials() {
  for (std::string* secret : {&client_id, &client_secret, &refresh_token}) wipe(*secret);
}

Credentials checked(Credentials credentials) {
  check_all(credentials, kFields);
  return credentials;
}

namespace {

std::optional<Credentials> read_environment() {
  Credentials credentials;
  credentials.seller_id = environment(kVariables.seller_id);
  credentials.client_id = environment(kVariables.client_id);
  credentials.client_secret = environment(kVariables.client_secret);
  credentials.refresh_token = environment(kVariables.refresh_token);
  std::string missing;
  int set = 0;
  for (auto [name, value] : {std::pair(kVariables.seller_id, &credentials.seller_id),
                             std::pair(kVariables.client_id, &credentials.client_id),
                             std::pair(kVariables.client_secret, &credentials.client_secret),
                             std::pair(kVariables.refresh_token, &credentials.refresh_token)}) {
    if (!value->empty()) {
      ++set;
    } else {
      missing += fmt::format("{}{}", missing.empty() ? "" : ", ", name);
    }
  }
  if (set == 0) return std::nullopt;
  if (!missing.empty()) {
    throw Error(ErrorCode::usage,
                fmt::format("the environment has some of SP_API_… but not all: {} is missing", missing));
  }
  credentials.region = environment_region();
  check_all(credentials, kVariables);
  return credentials;
}

}  // namespace

// Not `usage`: the mistake is in the environment, not in what the caller passed.
std::optional<Credentials> credentials_from_environment() {
  try {
    return read_environment();
  } catch (const Error& fault) {
    throw Error(ErrorCode::no_credentials, fault.what());
  }
}

}  // namespace purser::spapi
