#include "standin/clock/worker_clock.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace standin {
namespace {

using purser::Duration;

int connected_to(const std::string& address) {
  const auto colon = address.find(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  if (colon == std::string::npos || inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) {
    throw std::runtime_error("no address of a clock: " + address);
  }
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    close(socket);
    throw std::runtime_error("no clock answers at " + address);
  }
  const int yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return socket;
}

}  // namespace

ClockConnection::ClockConnection(const std::string& address)
    : socket_(connected_to(address)), owner_(getpid()) {}

ClockConnection::~ClockConnection() {
  // Closing alone would not end the connection while a forked child has it too.
  if (getpid() == owner_) shutdown(socket_, SHUT_RDWR);
  close(socket_);
}

std::int64_t ClockConnection::ask(const std::string& line) {
  const std::string sent = line + "\n";
  // If that fails, an answer that says why may still be there to read.
  send(socket_, sent.data(), sent.size(), MSG_NOSIGNAL);
  while (unread_.find('\n') == std::string::npos) {
    std::array<char, 512> bytes{};
    const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw std::runtime_error("the stand-in and its clock are gone");
    unread_.append(bytes.data(), static_cast<std::size_t>(count));
  }
  const auto end = unread_.find('\n');
  const std::string reply = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  if (reply.rfind("now ", 0) != 0) throw std::runtime_error("the stand-in's clock: " + reply);
  return std::stoll(reply.substr(4));
}

WorkerClock::WorkerClock(const std::string& address, const std::string& name)
    : connection_(address), now_ms_(connection_.ask("join " + name)) {}

purser::Instant WorkerClock::now() const { return purser::Instant{Duration{now_ms_.load()}}; }

purser::SteadyInstant WorkerClock::steady_now() const {
  return purser::SteadyInstant{Duration{now_ms_.load()}};
}

void WorkerClock::sleep_until(purser::SteadyInstant when) {
  const std::int64_t until_ms = std::chrono::ceil<Duration>(when.time_since_epoch()).count();
  std::lock_guard lock(mutex_);
  if (until_ms > now_ms_) now_ms_ = connection_.ask(fmt::format("sleep {}", until_ms));
}

void Hold::wait_for_joins(int count) { connection_.ask(fmt::format("joins {}", count)); }

purser::Instant Hold::now() { return purser::Instant{Duration{connection_.ask("now")}}; }

}  // namespace standin
