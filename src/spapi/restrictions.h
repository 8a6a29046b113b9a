// Listing restrictions on the wire: what is asked, and what the answer says of an ASIN. Pure functions.
// (condition_named, which spapi_service.h declares, is here too.)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/transport.h"
#include "purser/spapi_service.h"

namespace purser::spapi {

// In Amazon's own words.
struct RestrictionQuery {
  std::string marketplace;
  std::string condition;  // empty: any
};

// What the body of a 200 says of the ASIN; nullopt where it is not an answer of Amazon's. The approval link
// is one of a reason; restrictions of other conditions than the requested one are skipped.
std::optional<Restriction> parse_restriction(const std::string& body, const std::string& asin,
                                             const std::string& condition);
http::Request restrictions_request(const ServiceOptions& options, Region region, const std::string& seller_id,
                                   const std::string& token, const std::string& asin,
                                   const RestrictionQuery& query);

std::string_view default_marketplace(Region region);
bool is_asin(std::string_view text);         // ten characters, A-Z and 0-9
bool is_marketplace(std::string_view text);  // A-Z and 0-9, up to 20

}  // namespace purser::spapi
