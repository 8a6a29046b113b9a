#include "standin/amazon/marketplaces.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <string_view>

namespace standin {
namespace {

using nlohmann::json;

struct Marketplace {
  std::string_view region, id, country, currency, language, domain;
};

constexpr std::array kMarketplaces{
    Marketplace{"na", "ATVPDKIKX0DER", "US", "USD", "en_US", "amazon.com"},
    Marketplace{"na", "A2EUQ1WTGCTBG2", "CA", "CAD", "en_CA", "amazon.ca"},
    Marketplace{"na", "A1AM78C64UM0Y8", "MX", "MXN", "es_MX", "amazon.com.mx"},
    Marketplace{"na", "A2Q3Y263D00KWC", "BR", "BRL", "pt_BR", "amazon.com.br"},
    Marketplace{"eu", "A1F83G8C2ARO7P", "GB", "GBP", "en_GB", "amazon.co.uk"},
    Marketplace{"eu", "A1PA6795UKMFR9", "DE", "EUR", "de_DE", "amazon.de"},
    Marketplace{"eu", "A13V1IB3VIYZZH", "FR", "EUR", "fr_FR", "amazon.fr"},
    Marketplace{"eu", "APJ6JRA9NG5V4", "IT", "EUR", "it_IT", "amazon.it"},
    Marketplace{"eu", "A1RKKUPIHCS9HS", "ES", "EUR", "es_ES", "amazon.es"},
    Marketplace{"eu", "A1805IZSGTT6HS", "NL", "EUR", "nl_NL", "amazon.nl"},
    Marketplace{"eu", "AMEN7PMS3EDWL", "BE", "EUR", "fr_BE", "amazon.com.be"},
    Marketplace{"eu", "A28R8C7NBKEWEA", "IE", "EUR", "en_IE", "amazon.ie"},
    Marketplace{"eu", "A2NODRKZP88ZB9", "SE", "SEK", "sv_SE", "amazon.se"},
    Marketplace{"eu", "A1C3SOZRARQ6R3", "PL", "PLN", "pl_PL", "amazon.pl"},
    Marketplace{"eu", "A33AVAJ2PDY3EV", "TR", "TRY", "tr_TR", "amazon.com.tr"},
    Marketplace{"eu", "ARBP9OOSHTCHU", "EG", "EGP", "ar_EG", "amazon.eg"},
    Marketplace{"eu", "A17E79C6D8DWNP", "SA", "SAR", "ar_SA", "amazon.sa"},
    Marketplace{"eu", "A2VIGQ35RCS4UG", "AE", "AED", "en_AE", "amazon.ae"},
    Marketplace{"eu", "AE08WJ6YKNBMC", "ZA", "ZAR", "en_ZA", "amazon.co.za"},
    Marketplace{"eu", "A21TJRUUN4KGV", "IN", "INR", "en_IN", "amazon.in"},
    Marketplace{"fe", "A1VC38T7YXB528", "JP", "JPY", "ja_JP", "amazon.co.jp"},
    Marketplace{"fe", "A39IBJ37TRP1C6", "AU", "AUD", "en_AU", "amazon.com.au"},
    Marketplace{"fe", "A19VAU5U5O7RUS", "SG", "SGD", "en_SG", "amazon.sg"},
};

// The uncommon conditions come first, so that a client that asks for all of them must search for its own.
constexpr std::array<std::string_view, 6> kUncommon = {"refurbished_refurbished", "collectible_like_new",
                                                       "collectible_very_good",   "collectible_good",
                                                       "collectible_acceptable",  "club_club"};
constexpr std::array<std::string_view, 7> kCommon = {
    "new_new", "new_open_box", "new_oem", "used_like_new", "used_very_good", "used_good", "used_acceptable"};

bool is_among(const std::string& text, const std::string_view* begin, const std::string_view* end) {
  return std::find(begin, end, text) != end;
}

char last_digit_of(const std::string& asin) {
  const auto digit =
      std::find_if(asin.rbegin(), asin.rend(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return digit == asin.rend() ? '0' : *digit;
}

std::string_view domain_of(const std::string& marketplace) {
  for (const Marketplace& known : kMarketplaces) {
    if (known.id == marketplace) return known.domain;
  }
  return "amazon.com";
}

json link_to(const std::string& resource) {
  return {{"resource", resource},
          {"verb", "GET"},
          {"title", "Request Approval via Seller Central."},
          {"type", "text/html"}};
}

json not_eligible() {
  return {{"message", "You cannot list the product in this condition."}, {"reasonCode", "NOT_ELIGIBLE"}};
}

json not_found() {
  return {{"message", "The ASIN does not exist in this marketplace."}, {"reasonCode", "ASIN_NOT_FOUND"}};
}

json approval_required(const std::string& asin, const std::string& marketplace) {
  const std::string where =
      fmt::format("https://sellercentral.{}/hz/approvalrequest/restrictions/approve?asin={}",
                  domain_of(marketplace), asin);
  return {{"message", "You need approval to list in this brand."},
          {"reasonCode", "APPROVAL_REQUIRED"},
          {"links", {link_to(where)}}};
}

// A reason need not have a code or a link: for 7 the reason that matters comes second.
json reasons_in_common_conditions(char digit, const std::string& asin, const std::string& marketplace) {
  if (digit == '6') return json::array({approval_required(asin, marketplace)});
  if (digit == '7') {
    return json::array(
        {{{"message", "The product has a policy of its own."}}, approval_required(asin, marketplace)});
  }
  return digit == '8' ? json::array({not_eligible()}) : json::array();
}

void add_restriction(json& all, const std::string& marketplace, std::string_view condition, json reasons) {
  if (reasons.empty()) return;
  all.push_back(
      {{"marketplaceId", marketplace}, {"conditionType", condition}, {"reasons", std::move(reasons)}});
}

// ASIN_NOT_FOUND concerns every condition, so its restriction names none.
void add_restrictions(json& all, const std::string& asin, const std::string& condition,
                      const std::string& marketplace) {
  const char digit = last_digit_of(asin);
  if (digit == '9') {
    all.push_back({{"marketplaceId", marketplace}, {"reasons", {not_found()}}});
    return;
  }
  const auto asked = [&](std::string_view one) { return condition.empty() || condition == one; };
  for (const std::string_view one : kUncommon) {
    if (asked(one) && digit >= '5') add_restriction(all, marketplace, one, json::array({not_eligible()}));
  }
  for (const std::string_view one : kCommon) {
    if (asked(one))
      add_restriction(all, marketplace, one, reasons_in_common_conditions(digit, asin, marketplace));
  }
}

json participation(const Marketplace& at, const std::string& store, bool takes_part) {
  return {{"marketplace",
           {{"id", at.id},
            {"name", fmt::format("A{}", at.domain.substr(1))},
            {"countryCode", at.country},
            {"defaultCurrencyCode", at.currency},
            {"defaultLanguageCode", at.language},
            {"domainName", fmt::format("www.{}", at.domain)}}},
          {"storeName", store},
          {"participation", {{"isParticipating", takes_part}, {"hasSuspendedListings", false}}}};
}

}  // namespace

bool is_asin(const std::string& text) {
  return text.size() == 10 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isdigit(c) != 0 || std::isupper(c) != 0;
         });
}

bool is_condition(const std::string& text) {
  return is_among(text, kCommon.begin(), kCommon.end()) || is_among(text, kUncommon.begin(), kUncommon.end());
}

MarketplaceKind kind_of_marketplace(const std::string& id, const std::string& region) {
  for (const Marketplace& known : kMarketplaces) {
    if (known.id == id) {
      return known.region == region ? MarketplaceKind::served : MarketplaceKind::of_another_region;
    }
  }
  return MarketplaceKind::unknown;
}

json restrictions_of(const std::string& asin, const std::string& condition,
                     const std::vector<std::string>& marketplaces) {
  json all = json::array();
  for (const std::string& marketplace : marketplaces) add_restrictions(all, asin, condition, marketplace);
  return {{"restrictions", all}};
}

// The seller takes part in the first marketplace of the region.
json participations_in(const std::string& region) {
  json payload = json::array();
  for (const Marketplace& known : kMarketplaces) {
    if (known.region == region) payload.push_back(participation(known, "Stand-in Books", payload.empty()));
  }
  return {{"payload", payload}};
}

json sandbox_restrictions() {
  const json reason = {
      {"message", "You cannot list the product in this condition."},
      {"links",
       {link_to(
           "https://sellercentral.amazon.com/hz/approvalrequest/restrictions/approve?asin=B0000ASIN1")}}};
  return {
      {"restrictions",
       {{{"marketplaceId", "ATVPDKIKX0DER"}, {"conditionType", "used_acceptable"}, {"reasons", {reason}}}}}};
}

json sandbox_participations() {
  return {{"payload", {participation(kMarketplaces.front(), "BestSellerStore", true)}}};
}

}  // namespace standin
