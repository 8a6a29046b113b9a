#include "spapi/restrictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/json_fields.h"
#include "http/body.h"
#include "spapi/client.h"

namespace purser::spapi {
namespace {

using http::in_lower_case;
using http::member;
using http::text_of;
using nlohmann::json;

constexpr std::size_t kMaxReasonBytes = 40, kMaxMarketplaceBytes = 20;

// --- The condition of an item --------------------------------------------------------------------------

constexpr std::array<std::string_view, 13> kConditions = {
    "new_new",
    "new_open_box",
    "new_oem",
    "refurbished_refurbished",
    "used_like_new",
    "used_very_good",
    "used_good",
    "used_acceptable",
    "collectible_like_new",
    "collectible_very_good",
    "collectible_good",
    "collectible_acceptable",
    "club_club",
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kWords = {{
    {"new", "new_new"},
    {"open_box", "new_open_box"},
    {"oem", "new_oem"},
    {"refurbished", "refurbished_refurbished"},
    {"like_new", "used_like_new"},
    {"very_good", "used_very_good"},
    {"good", "used_good"},
    {"acceptable", "used_acceptable"},
    {"club", "club_club"},
}};

// Lower case, with "_" between words: "Used - Like New" gives used_like_new.
std::string folded_condition(std::string_view word) {
  std::string name;
  for (char c : word) {
    bool capital = c >= 'A' && c <= 'Z';
    bool small = c >= 'a' && c <= 'z';
    if (capital) name += static_cast<char>(c - 'A' + 'a');
    if (small) name += c;
    if (!capital && !small && !name.empty() && name.back() != '_') name += '_';
  }
  if (!name.empty() && name.back() == '_') name.pop_back();
  return name;
}

// --- The link to apply for approval --------------------------------------------------------------------

constexpr std::string_view kHttps = "https://";
constexpr std::size_t kMaxUrlBytes = 2000, kMaxHostBytes = 253;

// The domains of the marketplaces, as Amazon lists them. Seller Central is a host of each (and
// sellercentral-europe, -japan).
constexpr std::array<std::string_view, 23> kDomains = {
    "amazon.com",   "amazon.ca",    "amazon.com.mx", "amazon.com.br", "amazon.ie",     "amazon.es",
    "amazon.co.uk", "amazon.fr",    "amazon.com.be", "amazon.nl",     "amazon.de",     "amazon.it",
    "amazon.se",    "amazon.co.za", "amazon.pl",     "amazon.eg",     "amazon.com.tr", "amazon.sa",
    "amazon.ae",    "amazon.in",    "amazon.sg",     "amazon.com.au", "amazon.co.jp",
};

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The characters that RFC 3986 allows in a path, a query or a fragment, without those that programs read in
// different ways.
bool is_plain(char c) {
  return is_letter_or_digit(c) || std::string_view("-._~!$&()*+,;=:@/?%#").find(c) != std::string_view::npos;
}

bool is_of_a_host(char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; }

// Everything before the path: with a user or a port in it, it is no host of Amazon's.
std::string_view authority_of(std::string_view url) {
  url.remove_prefix(kHttps.size());
  return url.substr(0, url.find_first_of("/?#"));
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_below(std::string_view host, std::string_view domain) {
  if (!ends_with(host, domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

bool is_host_of_amazon(std::string_view authority) {
  if (authority.empty() || authority.size() > kMaxHostBytes || authority.front() == '.') return false;
  if (!std::all_of(authority.begin(), authority.end(), is_of_a_host)) return false;
  std::string host = http::in_lower_case(authority);
  return host.find("..") == std::string::npos &&
         std::any_of(kDomains.begin(), kDomains.end(),
                     [&](std::string_view domain) { return is_below(host, domain); });
}

// People open this link: it must be https, on a host of Amazon's own, with nothing in it that a terminal, a
// browser or an eye reads as another address (no user, no port, no backslash, ASCII only).
bool is_amazon_link(std::string_view text) {
  return text.substr(0, kHttps.size()) == kHttps && text.size() <= kMaxUrlBytes &&
         std::all_of(text.begin(), text.end(), is_plain) && is_host_of_amazon(authority_of(text));
}

std::string foreign_link_note(std::string_view text) {
  constexpr std::size_t kMostShown = 60;
  std::string shown;
  if (text.substr(0, kHttps.size()) == kHttps) {
    std::string_view authority = authority_of(text);
    bool is_host = !authority.empty() && authority.size() <= kMostShown &&
                   std::all_of(authority.begin(), authority.end(), is_of_a_host);
    if (is_host) shown = fmt::format(" (it leads to '{}')", authority);
  }
  return fmt::format(
      "the answer holds a link that is none of Amazon's{}, which is not to be followed: apply in "
      "Seller Central",
      shown);
}

// --- The answer ------------------------------------------------------------------------------------

bool is_of_another_condition(const json& restriction, const std::string& condition) {
  std::string of = text_of(member(restriction, "conditionType"));
  return !condition.empty() && !of.empty() && in_lower_case(of) != condition;
}

// The reasons of Amazon's model, and others that look like them, since Amazon may add some.
bool is_reason(std::string_view text) {
  return !text.empty() && text.size() <= kMaxReasonBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

void take_link(const json& reason, Restriction& answer) {
  const json& links = member(reason, "links");
  if (!links.is_array()) return;
  for (const json& link : links) {
    std::string resource = text_of(member(link, "resource"));
    if (resource.empty() || answer.approval_url) continue;
    if (is_amazon_link(resource)) {
      answer.approval_url = std::move(resource);
    } else {
      answer.note = foreign_link_note(resource);
    }
  }
}

void take_reasons(const json& restriction, Restriction& answer) {
  const json& reasons = member(restriction, "reasons");
  if (!reasons.is_array()) return;
  for (const json& reason : reasons) {
    std::string code = text_of(member(reason, "reasonCode"));
    bool is_new = std::find(answer.reasons.begin(), answer.reasons.end(), code) == answer.reasons.end();
    if (is_reason(code) && is_new) answer.reasons.push_back(std::move(code));
    take_link(reason, answer);
  }
}

bool are_capitals_and_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

}  // namespace

std::optional<std::string> condition_named(std::string_view word) {
  std::string name = folded_condition(word);
  if (std::find(kConditions.begin(), kConditions.end(), name) != kConditions.end()) return name;
  const auto* known =
      std::find_if(kWords.begin(), kWords.end(), [&](const auto& each) { return each.first == name; });
  if (known == kWords.end()) return std::nullopt;
  return std::string(known->second);
}

std::optional<Restriction> parse_restriction(const std::string& body, const std::string& asin,
                                             const std::string& condition) {
  static const std::vector<WantedField> reason = {{"reasonCode"}, {"links", {{"[]", {{"resource"}}}}}};
  static const std::vector<WantedField> fields = {
      {"errors", {{"[0]"}, {"code"}, {"message"}}},
      {"restrictions", {{"[]", {{"conditionType"}, {"reasons", {{"[]", reason}}}}}}}};
  JsonFault fault{};
  json whole = json_fields(body, fields, fault);
  if (!member(whole, "errors").empty()) return std::nullopt;  // even with restrictions beside them
  const json& restrictions = member(whole, "restrictions");
  if (!restrictions.is_array()) return std::nullopt;
  Restriction answer;
  answer.asin = asin;
  answer.restricted = false;
  for (const json& restriction : restrictions) {
    if (!restriction.is_object()) return std::nullopt;
    if (is_of_another_condition(restriction, condition)) continue;
    answer.restricted = true;
    take_reasons(restriction, answer);
  }
  return answer;
}

http::Request restrictions_request(const ServiceOptions& options, Region region, const std::string& seller_id,
                                   const std::string& token, const std::string& asin,
                                   const RestrictionQuery& query) {
  std::string url = fmt::format("{}/listings/2021-08-01/restrictions?asin={}&sellerId={}&marketplaceIds={}",
                                base_url(options, region, Host::production), http::percent_encoded(asin),
                                http::percent_encoded(seller_id), http::percent_encoded(query.marketplace));
  if (!query.condition.empty()) url += "&conditionType=" + http::percent_encoded(query.condition);
  return get_request(std::move(url), "Amazon, listing restrictions", token);
}

// The first marketplace of the region in Amazon's own list: the United States, Spain, Japan.
std::string_view default_marketplace(Region region) {
  switch (region) {
    case Region::na: return "ATVPDKIKX0DER";
    case Region::eu: return "A1RKKUPIHCS9HS";
    case Region::fe: return "A1VC38T7YXB528";
  }
  return "";
}

bool is_asin(std::string_view text) {
  constexpr std::size_t kLength = 10;
  return text.size() == kLength && are_capitals_and_digits(text);
}

bool is_marketplace(std::string_view text) {
  return !text.empty() && text.size() <= kMaxMarketplaceBytes && are_capitals_and_digits(text);
}

}  // namespace purser::spapi
