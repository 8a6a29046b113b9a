#include "purser/amount.h"

#include <fmt/format.h>

namespace purser {
namespace {

constexpr std::int64_t kPerToken = 1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits up to a '.' or the end off `text`; nullopt where there are none, or more than kMaxBalance.
std::optional<std::int64_t> take_whole(std::string_view& text) {
  std::int64_t whole = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits) {
    whole = whole * 10 + (text[digits] - '0');
    if (whole > kMaxBalance.count / kPerToken) return std::nullopt;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return whole;
}

struct Fraction {
  std::int64_t thousandths = 0;
  bool finer = false;  // digits that a millitoken cannot hold
};

std::optional<Fraction> take_fraction(std::string_view text) {
  if (text.empty()) return Fraction{};
  if (text[0] != '.' || text.size() == 1) return std::nullopt;
  text.remove_prefix(1);
  Fraction fraction;
  std::int64_t place = kPerToken / 10;
  for (char c : text) {
    if (!is_digit(c)) return std::nullopt;
    fraction.thousandths += place * (c - '0');
    if (place == 0 && c != '0') fraction.finer = true;
    place /= 10;
  }
  return fraction;
}

// Up is towards the larger number, for negative amounts too: not away from zero.
std::int64_t rounded(std::int64_t magnitude, bool negative, bool finer, Finer rule) {
  bool grow = finer && ((rule == Finer::round_up) != negative);
  std::int64_t result = grow ? magnitude + 1 : magnitude;
  return negative ? -result : result;
}

}  // namespace

std::optional<Millitokens> parse_tokens(std::string_view text, Finer finer) {
  bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  auto whole = take_whole(text);
  if (!whole) return std::nullopt;
  auto fraction = take_fraction(text);
  if (!fraction || (fraction->finer && finer == Finer::refuse)) return std::nullopt;
  Millitokens amount{rounded(*whole * kPerToken + fraction->thousandths, negative, fraction->finer, finer)};
  if (amount > kMaxBalance || amount < -kMaxBalance) return std::nullopt;
  return amount;
}

std::string to_string(Millitokens amount) {
  bool negative = amount.count < 0;
  auto magnitude =
      negative ? 0 - static_cast<std::uint64_t>(amount.count) : static_cast<std::uint64_t>(amount.count);
  auto whole = magnitude / kPerToken;
  auto thousandths = magnitude % kPerToken;
  std::string text = fmt::format("{}{}", negative ? "-" : "", whole);
  if (thousandths == 0) return text;
  text += fmt::format(".{:03}", thousandths);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::optional<Cents> parse_price(std::string_view text) {
  constexpr std::int64_t kMillitokensACent = 10;
  if (text.empty() || !is_digit(text[0])) return std::nullopt;
  auto thousandths = parse_tokens(text);
  if (!thousandths || thousandths->count % kMillitokensACent != 0) return std::nullopt;
  if (text.find('.') != std::string_view::npos && text.size() - text.find('.') > 3) return std::nullopt;
  Cents price{thousandths->count / kMillitokensACent};
  return price <= kMaxPrice ? std::optional(price) : std::nullopt;
}

std::string to_string(Cents amount) {
  return fmt::format("{}.{:02}", amount.count / 100, amount.count % 100);
}

}  // namespace purser
