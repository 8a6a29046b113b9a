#include "standin/form.h"

#include <cctype>
#include <charconv>
#include <string_view>

namespace standin {
namespace {

// By RFC 3986, and '*', which browsers leave as it is.
bool may_come_as_it_is(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("-._~*").find(c) != std::string_view::npos;
}

std::optional<char> byte_of(std::string_view two_digits) {
  unsigned byte = 0;
  const char* end = two_digits.data() + two_digits.size();
  const auto [read_to, error] = std::from_chars(two_digits.data(), end, byte, 16);
  if (two_digits.size() != 2 || error != std::errc() || read_to != end) return std::nullopt;
  return static_cast<char>(byte);
}

std::string decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? byte_of(text.substr(i + 1, 2)) : std::nullopt;
    result += byte ? *byte : may_come_as_it_is(text[i]) ? text[i] : ' ';
    if (byte) i += 2;
  }
  return result;
}

}  // namespace

std::optional<std::map<std::string, std::string>> decoded_form(const std::string& body) {
  std::map<std::string, std::string> fields;
  for (std::string_view rest = body; !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(pair.size() < rest.size() ? pair.size() + 1 : pair.size());
    const std::size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (!fields.emplace(decoded(pair.substr(0, equals)), decoded(value)).second) return std::nullopt;
  }
  return fields;
}

}  // namespace standin
