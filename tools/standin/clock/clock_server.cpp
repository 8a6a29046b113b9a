#include "standin/clock/clock_server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "standin/switches.h"

namespace standin {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kLongestLine = 200;

int listen_on(int port) {
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listening, 128) != 0) {
    close(listening);
    throw std::runtime_error(fmt::format("port {} of 127.0.0.1 cannot be had", port));
  }
  return listening;
}

int port_of(int listening) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// Lines are short and a caller waits for each, so one always fits into the socket's buffer.
void send_line(int socket, const std::string& line) { send(socket, line.data(), line.size(), MSG_NOSIGNAL); }

constexpr long long kLatest = 253'402'300'799'999;  // the year 9999

}  // namespace

ClockServer::ClockServer(int port, SteppedTime* time, milliseconds least_real_hour)
    : time_(time),
      least_real_hour_(least_real_hour),
      last_move_(steady_clock::now()),
      listening_(listen_on(port)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      port_(port_of(listening_)),
      thread_([this] { serve(); }) {}

ClockServer::~ClockServer() {
  eventfd_write(stop_, 1);
  thread_.join();
  for (const auto& [socket, caller] : callers_) close(socket);
  close(listening_);
  close(stop_);
}

void ClockServer::serve() {
  for (;;) {
    std::vector<pollfd> ends = {{stop_, POLLIN, 0}, {listening_, POLLIN, 0}};
    for (const auto& [socket, caller] : callers_) ends.push_back({socket, POLLIN, 0});
    if (poll(ends.data(), ends.size(), poll_timeout_ms()) < 0 && errno != EINTR) return;
    if (ends[0].revents != 0) return;
    for (std::size_t i = 2; i < ends.size(); ++i) {
      if (ends[i].revents != 0) read_lines(ends[i].fd);
    }
    if (ends[1].revents != 0) accept_caller();
    answer_joins();
    move_time();
  }
}

// How long until time may move: at once, or later if it is slowed down for a viewer. -1: no end.
int ClockServer::poll_timeout_ms() {
  if (time_ == nullptr || !time_->next_ms()) return -1;
  constexpr std::int64_t kHour = 3'600'000;
  const auto least = least_real_hour_ * (*time_->next_ms() - time_->now_ms()) / kHour;
  const auto left = std::chrono::ceil<milliseconds>(last_move_ + least - steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void ClockServer::move_time() {
  while (time_ != nullptr && time_->next_ms() && poll_timeout_ms() == 0) {
    last_move_ = steady_clock::now();
    for (const int socket : time_->step()) {
      callers_.at(socket).sleeps = false;
      send_now(socket);
    }
  }
}

void ClockServer::accept_caller() {
  const int socket = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (socket < 0) return;
  const int yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  callers_[socket] = Caller{};
}

void ClockServer::read_lines(int socket) {
  std::array<char, 4096> bytes{};
  const ssize_t count = recv(socket, bytes.data(), bytes.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return drop(socket);
  callers_.at(socket).unread.append(bytes.data(), static_cast<std::size_t>(count));
  for (;;) {
    const auto caller = callers_.find(socket);
    if (caller == callers_.end()) return;
    std::string& unread = caller->second.unread;
    const auto end = unread.find('\n');
    if (end == std::string::npos) {
      if (unread.size() > kLongestLine) refuse(socket, "a line is longer than any that is known");
      return;
    }
    const std::string line = unread.substr(0, end);
    unread.erase(0, end + 1);
    execute(socket, line);
  }
}

void ClockServer::execute(int socket, const std::string& line) {
  if (time_ == nullptr) {
    return refuse(socket,
                  "this stand-in lives in real time: start it with --stepped WORKERS to have another");
  }
  Caller& caller = callers_.at(socket);
  const auto blank = line.find(' ');
  const std::string verb = line.substr(0, blank);
  const std::string rest = blank == std::string::npos ? "" : line.substr(blank + 1);
  if (caller.sleeps) return refuse(socket, "one who sleeps says nothing");
  if (verb == "now" && rest.empty()) return send_now(socket);
  if (verb == "join" && !rest.empty() && !caller.has_joined) {
    caller.has_joined = true;
    time_->join(socket);
    return send_now(socket);
  }
  if (verb == "hold" && rest.empty()) {
    time_->hold(socket);
    return send_now(socket);
  }
  if (verb == "go" && rest.empty()) {
    time_->go(socket);
    return send_now(socket);
  }
  if (verb == "joins" && is_whole_number(rest, 0, 1'000'000)) {
    caller.awaits_join = std::stoi(rest);
    return;
  }
  if (verb == "sleep" && caller.has_joined && is_whole_number(rest, 0, kLatest)) {
    const std::int64_t until_ms = std::stoll(rest);
    if (until_ms <= time_->now_ms()) return send_now(socket);
    caller.sleeps = true;
    return time_->sleep(socket, until_ms);
  }
  refuse(socket, fmt::format("not understood, or not now: {}", verb));
}

void ClockServer::refuse(int socket, const std::string& why) {
  send_line(socket, fmt::format("error {}\n", why));
  shutdown(socket, SHUT_WR);
  drop(socket);
}

void ClockServer::send_now(int socket) { send_line(socket, fmt::format("now {}\n", time_->now_ms())); }

void ClockServer::drop(int socket) {
  if (time_ != nullptr) time_->leave(socket);
  callers_.erase(socket);
  close(socket);
}

void ClockServer::answer_joins() {
  for (auto& [socket, caller] : callers_) {
    if (!caller.awaits_join || *caller.awaits_join > time_->joins()) continue;
    caller.awaits_join.reset();
    send_now(socket);
  }
}

}  // namespace standin
