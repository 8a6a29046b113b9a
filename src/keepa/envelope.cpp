// Keepa's token fields: read from an answer, and checked.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "keepa/bucket.h"
#include "keepa/envelope.h"

namespace purser::keepa {
namespace {

using nlohmann::json;

constexpr Duration kMaxRefillIn = std::chrono::hours(24);
constexpr Duration kMaxAhead = std::chrono::hours(24);

Error invalid(const std::string& why) {
  return {ErrorCode::invalid_response, fmt::format("the response is not what Keepa sends: {}", why)};
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

// nullopt where it is none from `low` to `high`.
std::optional<Millitokens> amount(const json& value, Finer finer, Millitokens low, Millitokens high) {
  auto parsed = value.is_number() ? parse_tokens(decimal_of(value), finer) : std::nullopt;
  bool fits = parsed && *parsed >= low && *parsed <= high;
  return fits ? parsed : std::nullopt;
}

std::optional<Millitokens> rate(const json& value, Finer finer) { return amount(value, finer, {}, kMaxCost); }

// As above.
std::optional<Duration> milliseconds(const json& value, Duration low, Duration high) {
  if (!value.is_number()) return std::nullopt;
  auto number = value.get<double>();
  bool fits = number >= static_cast<double>(low.count()) && number <= static_cast<double>(high.count());
  return fits ? std::optional(Duration{static_cast<std::int64_t>(number)}) : std::nullopt;
}

// Absent and null are the same: the field says nothing.
const json* field(const json& answer, const char* name) {
  auto found = answer.find(name);
  return found == answer.end() || found->is_null() ? nullptr : &*found;
}

// A field beside tokensLeft: one that makes no sense is as good as absent.
template <typename Read>
auto side_field(const json& answer, const char* name, Observation& observation, const Read& read)
    -> decltype(read(answer)) {
  const json* value = field(answer, name);
  if (value == nullptr) return std::nullopt;
  auto told = read(*value);
  if (!told) observation.ignored.emplace_back(name);
  return told;
}

Millitokens tokens_left_in(const json& value) {
  if (!value.is_number()) throw invalid("its tokensLeft is no number");
  if (auto told = amount(value, Finer::round_down, -kMaxBalance, kMaxBalance)) return *told;
  throw invalid(fmt::format("its tokensLeft is beyond {} tokens", to_string(kMaxBalance)));
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

const std::vector<WantedField>& answer_fields() {
  static const std::vector<WantedField> fields = {
      {"timestamp"},          {"tokensLeft"},     {"refillIn"},         {"refillRate"},
      {"tokenFlowReduction"}, {"tokensConsumed"}, {"error", {{"type"}}}};
  return fields;
}

std::optional<Observation> envelope_in(const json& answer) {
  if (!answer.is_object() || has_only_zeros(answer)) return std::nullopt;
  const json* tokens_left = field(answer, "tokensLeft");
  if (tokens_left == nullptr) return std::nullopt;
  static constexpr Duration kLatest{std::int64_t{1} << 53U};  // every integer up to here is a double
  Observation seen;
  seen.tokens_left = tokens_left_in(*tokens_left);
  auto rounded_down = [](const json& value) { return rate(value, Finer::round_down); };
  auto rounded_up = [](const json& value) { return rate(value, Finer::round_up); };
  auto wait = [](const json& value) { return milliseconds(value, Duration{0}, kMinute); };
  auto stamp = [](const json& value) { return milliseconds(value, Duration{1}, kLatest); };
  seen.refill_rate = side_field(answer, "refillRate", seen, rounded_down);
  seen.flow_reduction = side_field(answer, "tokenFlowReduction", seen, rounded_up);
  seen.consumed = side_field(answer, "tokensConsumed", seen, rounded_up);
  seen.refill_in = side_field(answer, "refillIn", seen, wait);
  if (auto timestamp = side_field(answer, "timestamp", seen, stamp)) seen.server_time = Instant{*timestamp};
  return seen;
}

std::optional<Millitokens> consumed_in(const json& answer) {
  const json* value = answer.is_object() ? field(answer, "tokensConsumed") : nullptr;
  return value == nullptr ? std::nullopt : rate(*value, Finer::round_up);
}

std::optional<Observation> parse_envelope(std::string_view response) { return told_in(response).observation; }

Told told_in(std::string_view response) {
  constexpr std::string_view kGzip = "\x1f\x8b";
  if (response.substr(0, kGzip.size()) == kGzip)
    throw invalid("it is compressed (gzip): let the client decompress it, as curl --compressed does");
  JsonFault fault{};
  json answer = json_fields(response, answer_fields(), fault);
  if (fault != JsonFault::none) throw invalid("it " + words_for(fault));
  Told told{envelope_in(answer), consumed_in(answer), error_type_in(answer), has_only_zeros(answer)};
  if (told.refuses_key && !told.error_type) told.error_type = "unknown";
  return told;
}

void report_ignored(const store::Connection& connection, const Observation& observation) {
  if (observation.ignored.empty()) return;
  connection.log(
      LogLevel::warning,
      fmt::format("Keepa's answer has a {} that makes no sense: it is as good as absent, and the rest "
                  "is taken",
                  fmt::join(observation.ignored, " and a ")));
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
                          "nothing was changed; put the clock right, or say --force to take it as it is",
                          rfc3339(*observation.server_time), rfc3339(now)));
}

}  // namespace purser::keepa
