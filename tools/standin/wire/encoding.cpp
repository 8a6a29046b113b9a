#include "standin/wire/encoding.h"

#include <zlib.h>

#include <cctype>
#include <charconv>
#include <stdexcept>
#include <string_view>

namespace standin {
namespace {

// The unreserved characters of RFC 3986, and '*', which browsers do not encode.
bool may_come_unencoded(char c) {
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
    result += byte ? *byte : may_come_unencoded(text[i]) ? text[i] : ' ';
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

std::string gzipped(const std::string& bytes) {
  constexpr int kGzip = 15 + 16;  // the largest window, and gzip's frame about it
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("no memory to compress an answer");
  }
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  // zlib reads through a pointer that is not const, and does not write there.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("an answer could not be compressed");
  return packed;
}

void compress(Response& response, const Request& request, const std::string& mode) {
  const bool accepted = request.header("accept-encoding").find("gzip") != std::string::npos;
  if (mode == "off" || (mode == "on" && !accepted)) return;
  if (response.body.empty() || response.has_header("Content-Encoding")) return;
  response.body = gzipped(response.body);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace standin
