#include "spapi/approval_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "http/body.h"

namespace purser::spapi {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::size_t kMaxUrlBytes = 2000, kMaxHostBytes = 253;

// Of the marketplaces, as Amazon lists them; Seller Central is below each (and sellercentral-europe, -japan).
constexpr std::array<std::string_view, 23> kDomains = {
    "amazon.com",   "amazon.ca",    "amazon.com.mx", "amazon.com.br", "amazon.ie",     "amazon.es",
    "amazon.co.uk", "amazon.fr",    "amazon.com.be", "amazon.nl",     "amazon.de",     "amazon.it",
    "amazon.se",    "amazon.co.za", "amazon.pl",     "amazon.eg",     "amazon.com.tr", "amazon.sa",
    "amazon.ae",    "amazon.in",    "amazon.sg",     "amazon.com.au", "amazon.co.jp",
};

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// What may stand in a path, a query or a fragment by RFC 3986, without the characters that are read in more
// than one way.
bool is_plain(char c) {
  return is_letter_or_digit(c) || std::string_view("-._~!$&()*+,;=:@/?%#").find(c) != std::string_view::npos;
}

bool is_of_a_host(char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; }

// All before the path, so that a user or a port is no part of a host that is Amazon's.
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

}  // namespace

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

}  // namespace purser::spapi
