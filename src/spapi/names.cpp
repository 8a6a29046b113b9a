#include "spapi/names.h"

#include "base/names.h"

namespace purser::spapi {
namespace {

constexpr Region kRegions[] = {Region::na, Region::eu, Region::fe};
constexpr State kStates[] = {State::ok, State::needs_authorization, State::misconfigured};
constexpr Environment kEnvironments[] = {Environment::unknown, Environment::production, Environment::sandbox,
                                         Environment::neither};

}  // namespace

std::string_view name_of(Region region) {
  switch (region) {
    case Region::na: return "na";
    case Region::eu: return "eu";
    case Region::fe: return "fe";
  }
  return "unknown";
}

std::string_view name_of(Source source) { return source == Source::database ? "database" : "environment"; }

std::string_view name_of(State state) {
  switch (state) {
    case State::ok: return "ok";
    case State::needs_authorization: return "needs_authorization";
    case State::misconfigured: return "misconfigured";
  }
  return "unknown";
}

std::string_view name_of(Environment environment) {
  switch (environment) {
    case Environment::unknown: return "unknown";
    case Environment::production: return "production";
    case Environment::sandbox: return "sandbox";
    case Environment::neither: return "neither";
  }
  return "unknown";
}

std::optional<Region> region_named(std::string_view name) { return value_named(kRegions, name); }

Region region_of(std::string_view name) { return stored_value(kRegions, name); }
State state_of(std::string_view name) { return stored_value(kStates, name); }
Environment environment_of(std::string_view name) { return stored_value(kEnvironments, name); }

}  // namespace purser::spapi
