// The data behind SP-API: marketplaces, conditions, and the restrictions of each ASIN.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace standin {

bool is_asin(const std::string& text);
bool is_condition(const std::string& text);

enum class MarketplaceKind { served, of_another_region, unknown };
MarketplaceKind kind_of_marketplace(const std::string& id, const std::string& region);

// The text of --help states the rule. An empty `condition` means all conditions.
nlohmann::json restrictions_of(const std::string& asin, const std::string& condition,
                               const std::vector<std::string>& marketplaces);
nlohmann::json participations_in(const std::string& region);

// The sandbox's fixed answers, taken from Amazon's models.
nlohmann::json sandbox_restrictions();
nlohmann::json sandbox_participations();

}  // namespace standin
