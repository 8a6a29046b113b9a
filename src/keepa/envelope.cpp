// Keepa's token fields: read from an answer, and checked.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "keepa/observation.h"

namespace purser::keepa {
namespace {

using nlohmann::json;

constexpr Duration kMaxRefillIn = std::chrono::hours(24);
constexpr Duration kMaxAhead = std::chrono::hours(24);

Error invalid(const std::string& why) {
  return {ErrorCode::invalid_response, fmt::format("the response is not what Keepa sends: {}", why)};
}

// Absent and null are the same: the field says nothing.
const json* field(const json& answer, const char* name) {
  auto found = answer.find(name);
  if (found == answer.end() || found->is_null()) return nullptr;
  if (!found->is_number()) throw invalid(fmt::format("{} is no number", name));
  return &*found;
}

// A double is read by its shortest decimal, so that 0.9 is 900 millitokens and not 899 or 901.
std::string decimal_of(const json& number) {
  if (number.is_number_unsigned()) return std::to_string(number.get<std::uint64_t>());
  if (number.is_number_integer()) return std::to_string(number.get<std::int64_t>());
  std::array<char, 400> text{};
  auto written =
      std::to_chars(text.data(), text.data() + text.size(), number.get<double>(), std::chars_format::fixed);
  return {text.data(), written.ptr};
}

std::optional<Millitokens> amount(const json& answer, const char* name, Finer finer) {
  const json* number = field(answer, name);
  if (number == nullptr) return std::nullopt;
  auto parsed = parse_tokens(decimal_of(*number), finer);
  if (!parsed) throw invalid(fmt::format("{} is {}", name, number->dump()));
  return parsed;
}

std::optional<std::int64_t> milliseconds(const json& answer, const char* name) {
  const json* number = field(answer, name);
  if (number == nullptr) return std::nullopt;
  double value = number->get<double>();
  constexpr double kExact = 9007199254740992.0;  // 2^53: every integer up to here is a double
  if (!(value >= -kExact && value <= kExact)) throw invalid(fmt::format("{} is {}", name, number->dump()));
  return static_cast<std::int64_t>(value);
}

json parse(std::string_view response) {
  try {
    return json::parse(response);
  } catch (const json::exception&) {
    // Its message quotes the text, which is not ours to repeat.
    throw invalid("it is no (or not the whole) JSON");
  }
}

Error out_of_range(const char* what, const std::string& range) {
  return {ErrorCode::usage, fmt::format("{}: must be {}", what, range)};
}

void require_between(const char* what, std::optional<Millitokens> amount, Millitokens low, Millitokens high) {
  if (amount && (*amount < low || *amount > high)) {
    throw out_of_range(what, fmt::format("from {} to {} tokens", to_string(low), to_string(high)));
  }
}

}  // namespace

std::optional<Observation> parse_envelope(std::string_view response) {
  json answer = parse(response);
  if (!answer.is_object()) return std::nullopt;
  auto tokens_left = amount(answer, "tokensLeft", Finer::round_down);
  if (!tokens_left) return std::nullopt;
  Observation observation;
  observation.tokens_left = *tokens_left;
  observation.refill_rate = amount(answer, "refillRate", Finer::round_down);
  observation.flow_reduction = amount(answer, "tokenFlowReduction", Finer::round_up);
  observation.consumed = amount(answer, "tokensConsumed", Finer::round_up);
  if (auto refill_in = milliseconds(answer, "refillIn")) observation.refill_in = Duration{*refill_in};
  if (auto timestamp = milliseconds(answer, "timestamp"))
    observation.server_time = Instant{Duration{*timestamp}};
  if (says_nothing(observation)) return std::nullopt;
  try {
    require_valid(observation);
  } catch (const Error& fault) {
    throw invalid(fault.what());
  }
  return observation;
}

void require_valid(const Observation& observation) {
  require_between("tokens left", observation.tokens_left, -kMaxBalance, kMaxBalance);
  require_between("refill rate", observation.refill_rate, {}, kMaxCost);
  require_between("flow reduction", observation.flow_reduction, {}, kMaxCost);
  require_between("tokens consumed", observation.consumed, {}, kMaxCost);
  if (observation.refill_in &&
      (*observation.refill_in < Duration::zero() || *observation.refill_in > kMaxRefillIn)) {
    throw out_of_range("refill in", "from 0 ms to 24 hours");
  }
  if (observation.server_time && *observation.server_time <= Instant{}) {
    throw out_of_range("timestamp", "positive milliseconds since 1970");
  }
}

bool says_nothing(const Observation& observation) {
  return observation.refill_rate == Millitokens{} && observation.tokens_left == Millitokens{};
}

void require_not_ahead(const Observation& observation, Instant now, bool force) {
  if (force || !observation.server_time || *observation.server_time - now <= kMaxAhead) return;
  throw Error(ErrorCode::timestamp_ahead,
              fmt::format("Keepa's timestamp {} is more than a day ahead of this machine's clock ({}): "
                          "put the clock right, or let `purser keepa observe --force` apply it",
                          rfc3339(*observation.server_time), rfc3339(now)));
}

}  // namespace purser::keepa
