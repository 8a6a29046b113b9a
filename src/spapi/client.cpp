#include "spapi/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "base/json_fields.h"
#include "http/body.h"
#include "http/retry.h"

namespace purser::spapi {
namespace {

using http::in_lower_case;
using http::member;
using http::says_any;
using http::text_of;
using nlohmann::json;

// --- Errors ------------------------------------------------------------------------------------------

// As Amazon's models spell them; "NOT_FOUND" means NotFound.
constexpr std::array<std::string_view, 18> kKnownCodes = {
    "Unauthorized",     "AccessDenied",    "MissingAuthenticationToken",
    "InvalidSignature", "InvalidInput",    "BadRequest",
    "InvalidRequest",   "NotFound",        "QuotaExceeded",
    "InternalFailure",  "InternalError",   "ServiceUnavailable",
    "RequestTooLarge",  "TooManyRequests", "UnsupportedMediaType",
    "UnsupportedMedia", "Forbidden",       "PayloadTooLarge",
};

std::string folded(std::string_view code) {
  std::string lower = in_lower_case(code);
  lower.erase(std::remove_if(lower.begin(), lower.end(), [](char c) { return c == '_' || c == '-'; }),
              lower.end());
  return lower;
}

std::string_view known(std::string_view code) {
  std::string wanted = folded(code);
  const auto* found = std::find_if(kKnownCodes.begin(), kKnownCodes.end(),
                                   [&](std::string_view each) { return folded(each) == wanted; });
  return found == kKnownCodes.end() ? std::string_view() : *found;
}

struct Fault {
  std::string_view code;
  std::string lower;  // `words` in lower case
  std::string words;  // its message and details, as they came
  std::string details;
  bool is_amazon_error = false;
};

// The first error of {"errors":[…]} or of a bare array; else the object itself, as a gateway sends it.
const json& first_error(const json& body) {
  const json& errors = body.is_array() ? body : member(body, "errors");
  return errors.is_array() && !errors.empty() ? errors.front() : body;
}

json errors_in(const std::string& body) {
  static const std::vector<WantedField> error = {{"code"}, {"message"}, {"details"}};
  static const std::vector<WantedField> fields = {{"errors", {{"[0]", error}, {"code"}, {"message"}}},
                                                  {"[0]", error},
                                                  {"code"},
                                                  {"message"},
                                                  {"details"}};
  JsonFault fault{};
  return json_fields(body, fields, fault);
}

// The message alone may be no more than "Invalid input"; the details name the input.
std::string words_of(const json& error) {
  std::string message = text_of(member(error, "message")), details = text_of(member(error, "details"));
  return message + (message.empty() || details.empty() ? "" : ": ") + details;
}

Fault fault_in(const std::string& text) {
  json body = errors_in(text);
  const json& error = first_error(body);
  std::string words = words_of(error);
  bool is_amazon_error = &error != &body && member(error, "code").is_string();
  return {known(text_of(member(error, "code"))), in_lower_case(words), std::move(words),
          text_of(member(error, "details")), is_amazon_error};
}

bool is_token_fault(const Fault& fault) {
  return says_any(fault.lower, {"access token"}) &&
         says_any(fault.lower, {"expired", "revoked", "malformed", "invalid"});
}

// An outage of Amazon's: once all sellers got this error for half an hour, and it went away by itself.
bool is_amazons_own_token_fault(const Fault& fault) {
  return says_any(fault.lower, {"security token"}) && says_any(fault.lower, {"expired", "invalid"});
}

Meaning meaning_of_403(const Fault& fault) {
  if (is_amazons_own_token_fault(fault)) return Meaning::failed;
  if (is_token_fault(fault)) return Meaning::token_refused;
  if (says_any(fault.lower, {"not valid for region"})) return Meaning::wrong_region;
  bool ours = fault.code == "MissingAuthenticationToken" || fault.code == "InvalidSignature" ||
              says_any(fault.lower, {"missing in the request header"});
  return ours ? Meaning::rejected : Meaning::forbidden;
}

// The meaning of the errors in a 200, where the status says nothing.
Meaning meaning_of_errors(const Fault& fault) {
  if (!fault.is_amazon_error) return Meaning::failed;
  for (std::string_view code : {"InternalFailure", "InternalError", "ServiceUnavailable"}) {
    if (fault.code == code) return Meaning::failed;
  }
  if (fault.code == "QuotaExceeded" || fault.code == "TooManyRequests") return Meaning::throttled;
  if (is_token_fault(fault)) return Meaning::token_refused;
  return is_amazons_own_token_fault(fault) ? Meaning::failed : Meaning::rejected;
}

// SP-API never sends an HTML page: it comes from a proxy, a portal or Amazon's edge.
Meaning meaning_of(const http::Response& response, const Fault& fault) {
  int status = response.status;
  if (status == 200) return Meaning::answered;
  if (status >= 400 && status < 500 && status != 429 && http::is_html(response.body))
    return Meaning::intercepted;
  if (http::is_passing(status) || status < 300) return Meaning::failed;
  if (status < 400) return Meaning::redirected;
  switch (status) {
    case 401: return Meaning::token_refused;
    case 403: return meaning_of_403(fault);
    case 429: return Meaning::throttled;
    default: return Meaning::rejected;
  }
}

bool may_be_the_token(const ParsedAnswer& parsed, const Fault& fault) {
  bool is_denied = parsed.status == 401 || parsed.status == 403;
  bool is_unreadable = is_denied && !fault.is_amazon_error && parsed.meaning != Meaning::failed;
  return parsed.meaning == Meaning::token_refused || is_unreadable;
}

// --- Messages ----------------------------------------------------------------------------------------

// The characters of a word that may be a secret which Amazon repeats: a long one, or one with a bar as tokens
// have ("Atza|…").
bool may_be_of_a_secret(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '|' || c == '-' ||
         c == '_' || c == '.' || c == '+' || c == '/' || c == '=' || c == '~';
}

std::string without_secrets(std::string_view text) {
  constexpr std::size_t kLongestWord = 24;
  std::string kept;
  while (!text.empty()) {
    auto end = std::find_if_not(text.begin(), text.end(), may_be_of_a_secret);
    auto length = static_cast<std::size_t>(end - text.begin());
    std::string_view word = text.substr(0, length);
    bool may_be_secret = length > kLongestWord || word.find('|') != std::string_view::npos;
    kept += may_be_secret ? "…" : word;
    if (length < text.size()) kept += text[length];
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return kept;
}

// Printable ASCII on one line, shortened to what a person reads, without what may be a secret.
std::string cleaned(const std::string& message) {
  constexpr std::size_t kMost = 200;
  std::string plain;
  for (char c : message) {
    bool is_plain = c > ' ' && c < 0x7F;
    if (is_plain || (!plain.empty() && plain.back() != ' ')) plain += is_plain ? c : ' ';
  }
  plain = without_secrets(plain.substr(0, 10 * kMost));
  return plain.size() > kMost ? plain.substr(0, plain.find_last_of(' ', kMost)) + " …" : plain;
}

std::string_view sentence_for(Meaning meaning, int status) {
  switch (meaning) {
    case Meaning::answered: return "Amazon answered";
    case Meaning::token_refused:
      return "Amazon refuses the access token: if a new one is refused too, these credentials are not valid "
             "there (`purser spapi probe` tells)";
    case Meaning::forbidden:
      return "Amazon denies access: the application lacks the role for this, or the seller has not "
             "authorised it again since the role was added (`purser spapi probe` looks whether it is more "
             "than that)";
    case Meaning::wrong_region:
      return "Amazon says that the marketplace belongs to another region: set the seller's region with "
             "`purser spapi set`, or ask for a marketplace of this one";
    case Meaning::rejected:
      return status == 404 ? "Amazon does not know what was asked for" : "Amazon rejects the request as such";
    case Meaning::throttled: return "Amazon is asked too often just now: ask again later";
    case Meaning::redirected:
      return "Amazon's address answers with a redirect, which is not followed: see PURSER_SPAPI_URL and "
             "PURSER_SPAPI_SANDBOX_URL";
    case Meaning::intercepted:
      return "something in between answered in Amazon's place, a proxy or a portal perhaps, which says "
             "nothing of credentials or roles: ask again later";
    case Meaning::failed:
      return status == 200 ? "Amazon's answer is not the whole one that was asked for: ask again later"
                           : "Amazon, or something on the way to it, fails just now: ask again later";
    case Meaning::unreachable:
    case Meaning::insecure:
    case Meaning::no_answer: break;
  }
  return "";
}

// The interval for "5.0" or "0.0167" requests a second. nullopt where that is no number, or far from any plan
// of Amazon's.
std::optional<Duration> interval_of(const std::optional<std::string>& rate_limit) {
  constexpr double kLowest = 1.0 / 60, kHighest = 1000;
  if (!rate_limit) return std::nullopt;
  const char* end = rate_limit->data() + rate_limit->size();
  double rate = 0;
  auto [rest, error] = std::from_chars(rate_limit->data(), end, rate, std::chars_format::fixed);
  if (error != std::errc() || rest != end || !(rate >= kLowest && rate <= kHighest)) return std::nullopt;
  return Duration{static_cast<Duration::rep>(std::ceil(1000 / rate))};
}

std::string details_of(const ParsedAnswer& parsed) {
  std::string details = fmt::format("HTTP {}", parsed.status);
  if (!parsed.code.empty()) details += fmt::format(", {}", parsed.code);
  if (!parsed.request_id.empty()) details += fmt::format(", request {}", parsed.request_id);
  return details;
}

std::string message_for(const ParsedAnswer& parsed) {
  return fmt::format("{} ({})", sentence_for(parsed.meaning, parsed.status), parsed.details);
}

// With Amazon's own words for a rejected or denied request, which say more than a sentence of ours.
std::string message_for(const ParsedAnswer& parsed, const Fault& fault) {
  if (!fault.is_amazon_error) return message_for(parsed);
  bool is_rejected = parsed.meaning == Meaning::rejected && parsed.status != 403;
  std::string said = cleaned(is_rejected                            ? fault.words
                             : parsed.meaning == Meaning::forbidden ? fault.details
                                                                    : "");
  if (said.empty()) return message_for(parsed);
  if (is_rejected) return fmt::format("Amazon rejects the request: \"{}\" ({})", said, parsed.details);
  return fmt::format("Amazon denies access: \"{}\" ({})", said, parsed.details);
}

ParsedAnswer read_failure(const http::Failure& failure) {
  ParsedAnswer parsed;
  bool unsent = failure.fate == http::Fate::never_sent;
  parsed.meaning = failure.cause == http::Cause::insecure ? Meaning::insecure
                   : unsent                               ? Meaning::unreachable
                                                          : Meaning::no_answer;
  parsed.details = failure.message;
  parsed.message = failure.message + ": ask again later";
  return parsed;
}

}  // namespace

bool is_transient(Meaning meaning) {
  return meaning == Meaning::throttled || meaning == Meaning::intercepted || meaning == Meaning::failed ||
         meaning == Meaning::unreachable || meaning == Meaning::no_answer;
}

ParsedAnswer read_answer(const http::Result& result, Instant now) {
  if (const auto* failure = std::get_if<http::Failure>(&result)) return read_failure(*failure);
  const auto& response = std::get<http::Response>(result);
  Fault fault = response.status == 200 ? Fault() : fault_in(response.body);
  ParsedAnswer parsed;
  parsed.meaning = meaning_of(response, fault);
  parsed.status = response.status;
  parsed.code = fault.code;
  if (http::is_an_id(response.request_id)) parsed.request_id = *response.request_id;
  parsed.details = details_of(parsed);
  parsed.may_be_the_token = may_be_the_token(parsed, fault);
  parsed.message = message_for(parsed, fault);
  parsed.said = fault.words;
  parsed.is_amazon_error = fault.is_amazon_error;
  parsed.retry_after = http::retry_after_of(response, now);
  parsed.interval = interval_of(response.rate_limit);
  if (response.status == 200) parsed.body = response.body;
  return parsed;
}

ParsedAnswer as_unexpected(ParsedAnswer parsed) {
  Fault fault = fault_in(parsed.body);
  parsed.meaning = meaning_of_errors(fault);
  parsed.body.clear();
  parsed.code = fault.code;
  parsed.details = details_of(parsed);
  parsed.message = message_for(parsed, fault);
  parsed.said = fault.words;
  return parsed;
}

bool has_participations(const std::string& body) {
  static const std::vector<WantedField> fields = {{"payload"}};
  JsonFault fault{};
  json whole = json_fields(body, fields, fault);
  return member(whole, "payload").is_array();
}

std::string base_url(const ServiceOptions& options, Region region, Host host) {
  const std::string& given = host == Host::sandbox ? options.sandbox_url : options.spapi_url;
  if (!given.empty()) return given;
  return fmt::format("https://{}sellingpartnerapi-{}.amazon.com", host == Host::sandbox ? "sandbox." : "",
                     name_of(region));
}

http::Request get_request(std::string url, const char* name, const std::string& token) {
  http::Request request;
  request.url = std::move(url);
  request.headers = {{"x-amz-access-token", token}, {"Accept", "application/json"}};
  request.name = name;
  request.repeat = http::Repeat::harmless;
  return request;
}

http::Request participations_request(const ServiceOptions& options, Region region, Host host,
                                     const std::string& token) {
  return get_request(base_url(options, region, host) + "/sellers/v1/marketplaceParticipations",
                     host == Host::sandbox ? "Amazon's sandbox" : "Amazon, marketplace participations",
                     token);
}

}  // namespace purser::spapi
