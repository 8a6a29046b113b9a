#include "standin/wire/random.h"

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string_view>

namespace standin {
namespace {

std::mt19937_64& generator() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return random;
}

}  // namespace

std::string random_id() {
  const std::uint64_t high = generator()(), low = generator()();
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xFFFFU,
                     high & 0xFFFFU, low >> 48U, low & 0xFFFF'FFFF'FFFFU);
}

std::string random_characters(std::size_t count) {
  constexpr std::string_view kAll = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text(count, ' ');
  for (char& c : text) c = kAll[generator()() % kAll.size()];
  return text;
}

}  // namespace standin
