#include "keepa/envelope.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "keepa/bucket.h"

namespace purser::keepa {
namespace {

using nlohmann::json;

constexpr Duration kMaxRefillIn = std::chrono::hours(24);
constexpr Duration kMaxAhead = std::chrono::hours(24);
constexpr std::size_t kLongestErrorType = 40;

Error invalid(const std::string& why) {
  return {ErrorCode::invalid_response, fmt::format("the response is not what Keepa sends: {}", why)};
}

// Reads a double by its shortest decimal, so that 0.9 is 900 millitokens and not 899 or 901.
std::string decimal_of(const json& number) {
  if (number.is_number_unsigned()) return std::to_string(number.get<std::uint64_t>());
  if (number.is_number_integer()) return std::to_string(number.get<std::int64_t>());
  std::array<char, 400> text{};
  auto written =
      std::to_chars(text.data(), text.data() + text.size(), number.get<double>(), std::chars_format::fixed);
  return {text.data(), written.ptr};
}

// nullopt where the value is not an amount from `low` to `high`.
std::optional<Millitokens> amount(const json& value, Finer finer, Millitokens low, Millitokens high) {
  auto parsed = value.is_number() ? parse_tokens(decimal_of(value), finer) : std::nullopt;
  bool fits = parsed && *parsed >= low && *parsed <= high;
  return fits ? parsed : std::nullopt;
}

std::optional<Millitokens> rate(const json& value, Finer finer) { return amount(value, finer, {}, kMaxCost); }

// nullopt where the value is not a duration from `low` to `high`.
std::optional<Duration> milliseconds(const json& value, Duration low, Duration high) {
  if (!value.is_number()) return std::nullopt;
  auto number = value.get<double>();
  bool fits = number >= static_cast<double>(low.count()) && number <= static_cast<double>(high.count());
  return fits ? std::optional(Duration{static_cast<std::int64_t>(number)}) : std::nullopt;
}

// nullptr where the field is absent or null.
const json* field(const json& response, const char* name) {
  auto found = response.find(name);
  return found == response.end() || found->is_null() ? nullptr : &*found;
}

// A field beside tokensLeft. One that makes no sense counts as absent and is noted in `ignored`.
template <typename Read>
auto side_field(const json& response, const char* name, Observation& observation, const Read& read)
    -> decltype(read(response)) {
  const json* value = field(response, name);
  if (value == nullptr) return std::nullopt;
  auto result = read(*value);
  if (!result) observation.ignored.emplace_back(name);
  return result;
}

Millitokens tokens_left_in(const json& value) {
  if (!value.is_number()) throw invalid("its tokensLeft is no number");
  if (auto balance = amount(value, Finer::round_down, -kMaxBalance, kMaxBalance)) return *balance;
  throw invalid(fmt::format("its tokensLeft is beyond {} tokens", to_string(kMaxBalance)));
}

bool is_zero(const json& response, const char* name) {
  auto field = response.find(name);
  return field != response.end() && field->is_number() && *field == 0;
}

bool is_a_count(const json& response, const char* name) {
  auto field = response.find(name);
  return field != response.end() && field->is_number() && *field != 0;
}

std::string type_of(const json& error) {
  auto type = error.is_object() ? error.find("type") : error.end();
  if (type == error.end() || !type->is_string()) return "unknown";
  auto word = type->get<std::string>();
  bool is_word =
      !word.empty() && word.size() <= kLongestErrorType && std::all_of(word.begin(), word.end(), is_letter);
  return is_word ? word : "unknown";
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

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

const std::vector<WantedField>& response_fields() {
  static const std::vector<WantedField> fields = {
      {"timestamp"},          {"tokensLeft"},     {"refillIn"},         {"refillRate"},
      {"tokenFlowReduction"}, {"tokensConsumed"}, {"error", {{"type"}}}};
  return fields;
}

std::optional<Observation> envelope_in(const json& response) {
  if (!response.is_object() || has_only_zeros(response)) return std::nullopt;
  const json* tokens_left = field(response, "tokensLeft");
  if (tokens_left == nullptr) return std::nullopt;
  static constexpr Duration kLatest{std::int64_t{1} << 53U};  // every integer up to here is a double
  Observation seen;
  seen.tokens_left = tokens_left_in(*tokens_left);
  auto rounded_down = [](const json& value) { return rate(value, Finer::round_down); };
  auto rounded_up = [](const json& value) { return rate(value, Finer::round_up); };
  auto wait = [](const json& value) { return milliseconds(value, Duration{0}, kMinute); };
  auto stamp = [](const json& value) { return milliseconds(value, Duration{1}, kLatest); };
  seen.refill_rate = side_field(response, "refillRate", seen, rounded_down);
  seen.flow_reduction = side_field(response, "tokenFlowReduction", seen, rounded_up);
  seen.consumed = side_field(response, "tokensConsumed", seen, rounded_up);
  seen.refill_in = side_field(response, "refillIn", seen, wait);
  if (auto timestamp = side_field(response, "timestamp", seen, stamp)) seen.server_time = Instant{*timestamp};
  return seen;
}

std::optional<Millitokens> consumed_in(const json& response) {
  const json* value = response.is_object() ? field(response, "tokensConsumed") : nullptr;
  return value == nullptr ? std::nullopt : rate(*value, Finer::round_up);
}

// Beside an error one zero is enough, if the other count is absent or makes no sense.
bool has_only_zeros(const json& response) {
  if (!response.is_object()) return false;
  bool no_tokens = is_zero(response, "tokensLeft"), no_rate = is_zero(response, "refillRate");
  if (no_tokens && no_rate) return true;
  bool counts = is_a_count(response, "tokensLeft") || is_a_count(response, "refillRate");
  return error_type_in(response) && (no_tokens || no_rate) && !counts;
}

std::optional<std::string> error_type_in(const json& response) {
  if (!response.is_object()) return std::nullopt;
  auto error = response.find("error");
  if (error == response.end() || error->is_null()) return std::nullopt;
  return type_of(*error);
}

std::optional<Observation> parse_envelope(std::string_view response) {
  return parse_response(response).observation;
}

ResponseFacts parse_response(std::string_view response) {
  constexpr std::string_view kGzip = "\x1f\x8b";
  if (response.substr(0, kGzip.size()) == kGzip)
    throw invalid("it is compressed (gzip): let the client decompress it, as curl --compressed does");
  JsonFault fault{};
  json fields = json_fields(response, response_fields(), fault);
  if (fault != JsonFault::none) throw invalid("it " + words_for(fault));
  ResponseFacts facts{envelope_in(fields), consumed_in(fields), error_type_in(fields),
                      has_only_zeros(fields)};
  if (facts.refuses_key && !facts.error_type) facts.error_type = "unknown";
  return facts;
}

void report_ignored(const store::Connection& connection, const Observation& observation) {
  if (observation.ignored.empty()) return;
  connection.log(
      LogLevel::warning,
      fmt::format(
          "Keepa's answer has a {} that makes no sense: it is as good as absent, and the rest is taken",
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

bool has_only_zeros(const Observation& observation) {
  return observation.refill_rate == Millitokens{} && observation.tokens_left == Millitokens{};
}

void require_not_ahead(const Observation& observation, Instant now, Apply apply) {
  if (apply == Apply::always || !observation.server_time || *observation.server_time - now <= kMaxAhead)
    return;
  throw Error(ErrorCode::timestamp_ahead,
              fmt::format("Keepa's timestamp {} is more than a day ahead of this machine's clock ({}): "
                          "nothing was changed; put the clock right, or say --force to take it as it is",
                          rfc3339(*observation.server_time), rfc3339(now)));
}

}  // namespace purser::keepa
