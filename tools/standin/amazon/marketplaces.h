// What SP-API knows: marketplaces, conditions, and which ASIN is restricted.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace standin {

bool is_asin(const std::string& text);
bool is_condition(const std::string& text);

enum class MarketplaceIs { of_the_region, of_another, unknown };
MarketplaceIs marketplace_is(const std::string& id, const std::string& region);

// The rule is told by --help. `condition` "": those of all conditions.
nlohmann::json restrictions_of(const std::string& asin, const std::string& condition,
                               const std::vector<std::string>& marketplaces);
nlohmann::json participations_in(const std::string& region);

// The sandbox's answers to everybody, as Amazon's models have them.
nlohmann::json sandbox_restrictions();
nlohmann::json sandbox_participations();

}  // namespace standin
