#include "standin/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace purser::test {
namespace {

int connected_to(const std::string& base) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(base.substr(base.rfind(':') + 1))));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    close(socket);
    throw std::runtime_error("nobody listens at " + base);
  }
  return socket;
}

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void read_head(Reply& reply, const std::string& head) {
  std::istringstream lines(head);
  std::string line;
  std::getline(lines, line);
  reply.status = std::stoi(line.substr(line.find(' ') + 1));
  while (std::getline(lines, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const auto colon = line.find(": ");
    if (colon != std::string::npos)
      reply.headers[in_lower_case(line.substr(0, colon))] = line.substr(colon + 2);
  }
}

}  // namespace

std::string Reply::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::string Reply::text() const { return header("content-encoding") == "gzip" ? gunzipped(body) : body; }

Call::Call(const std::string& base, const std::string& method, const std::string& target,
           const HeaderLines& headers, const std::string& body)
    : socket_(connected_to(base)) {
  std::string request =
      method + " " + target + " HTTP/1.1\r\nHost: " + base.substr(7) + "\r\nConnection: close\r\n";
  for (const std::string& header : headers) request += header + "\r\n";
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  request += "\r\n" + body;
  if (send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    throw std::runtime_error("the request was not taken");
  }
}

Call::~Call() {
  if (socket_ >= 0) close(socket_);
}

Call::Call(Call&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

Reply Call::reply(int patience_ms) {
  Reply reply;
  std::string bytes;
  std::vector<char> block(std::size_t{1} << 20U);
  for (;;) {
    pollfd readable{socket_, POLLIN, 0};
    if (poll(&readable, 1, patience_ms) <= 0) break;
    const ssize_t count = recv(socket_, block.data(), block.size(), 0);
    if (count <= 0) {
      reply.ending = count == 0 ? Reply::Ending::closed : Reply::Ending::reset;
      break;
    }
    bytes.append(block.data(), static_cast<std::size_t>(count));
  }
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return reply;
  read_head(reply, bytes.substr(0, end + 2));
  reply.body = bytes.substr(end + 4);
  return reply;
}

Reply get(const std::string& base, const std::string& target, const HeaderLines& headers) {
  return Call(base, "GET", target, headers).reply();
}

Reply post(const std::string& base, const std::string& target, const std::string& json,
           const HeaderLines& headers) {
  HeaderLines all = headers;
  all.emplace_back("Content-Type: application/json");
  return Call(base, "POST", target, all, json).reply();
}

std::string percent_encoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    std::array<char, 4> digits{};
    std::snprintf(digits.data(), digits.size(), "%%%02X", byte);
    encoded += std::isalnum(byte) != 0 ? std::string(1, c) : digits.data();
  }
  return encoded;
}

std::string gunzipped(const std::string& bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::runtime_error("no memory");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  std::array<char, 65536> block{};
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    result = inflate(&stream, Z_NO_FLUSH);
    text.append(block.data(), block.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("this is no gzip");
  return text;
}

}  // namespace purser::test
