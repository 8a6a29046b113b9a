// Amounts: Keepa tokens and money.
//
// Keepa tokens are counted in thousandths. Token amounts are integers everywhere in state and in decisions
// (no floating point): Keepa itself counts whole tokens but reports a fractional flow reduction
// (`tokenFlowReduction` 0.9), and the refill is computed continuously where its phase is not known.
//
//   using purser::tokens;
//   tokens(55) - tokens(80) == tokens(-25)
//   parse_tokens("54.5")->count == 54500
//   to_string(purser::Millitokens{54500}) == "54.5"
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace purser {

struct Millitokens {
  std::int64_t count = 0;

  friend auto operator<=>(const Millitokens&, const Millitokens&) = default;
  friend constexpr Millitokens operator+(Millitokens a, Millitokens b) { return {a.count + b.count}; }
  friend constexpr Millitokens operator-(Millitokens a, Millitokens b) { return {a.count - b.count}; }
  friend constexpr Millitokens operator-(Millitokens a) { return {-a.count}; }
  friend constexpr Millitokens operator*(std::int64_t n, Millitokens a) { return {n * a.count}; }
  constexpr Millitokens& operator+=(Millitokens b) { return count += b.count, *this; }
  constexpr Millitokens& operator-=(Millitokens b) { return count -= b.count, *this; }
};

constexpr Millitokens tokens(std::int64_t whole) { return {whole * 1000}; }

// The largest cost that a caller may ask for, and the largest balance or rate that the library accepts.
constexpr Millitokens kMaxCost = tokens(1'000'000);
constexpr Millitokens kMaxBalance = tokens(1'000'000'000);

// How parse_tokens treats digits finer than a millitoken.
enum class Finer { refuse, round_up, round_down };

// Reads an optionally signed plain decimal: "80", "-25", "54.5". nullopt for anything else: empty,
// spaces, exponents, "inf", more than +-kMaxBalance, or digits finer than a millitoken (as `finer` says).
std::optional<Millitokens> parse_tokens(std::string_view text, Finer finer = Finer::refuse);

// The shortest decimal: "54.5", "-25", "0".
std::string to_string(Millitokens amount);

// US dollars in cents.
struct Cents {
  std::int64_t count = 0;

  friend auto operator<=>(const Cents&, const Cents&) = default;
};

constexpr Cents kMaxPrice{100'000'000'000};  // a thousand million dollars

// Reads a plain decimal from 0 to kMaxPrice with at most two decimal places: "49.9" and "49.90" are one
// price. nullopt for anything else.
std::optional<Cents> parse_price(std::string_view text);
std::string to_string(Cents amount);  // "49.90"

}  // namespace purser
