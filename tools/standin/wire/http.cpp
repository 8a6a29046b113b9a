#include "standin/wire/http.h"

#include <fmt/format.h>
#include <httplib.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace standin {
namespace {

constexpr int kIdleMs = 60'000;     // how long a connection is kept without a request
constexpr int kSlowestMs = 10'000;  // how long a client may pause within one

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Request translated(const httplib::Request& theirs) {
  Request request{theirs.method, theirs.path, {}, {}, theirs.body};
  for (const auto& [name, value] : theirs.params) request.query.emplace(name, value);
  for (const auto& [name, value] : theirs.headers) request.headers.emplace(in_lower_case(name), value);
  return request;
}

std::string_view reason_of(int status) {
  static const std::map<int, std::string_view> reasons = {{200, "OK"},
                                                          {302, "Found"},
                                                          {400, "Bad Request"},
                                                          {401, "Unauthorized"},
                                                          {402, "Payment Required"},
                                                          {403, "Forbidden"},
                                                          {404, "Not Found"},
                                                          {405, "Method Not Allowed"},
                                                          {413, "Request Entity Too Large"},
                                                          {415, "Unsupported Media Type"},
                                                          {422, "Unprocessable Entity"},
                                                          {429, "Too Many Requests"},
                                                          {500, "Internal Server Error"},
                                                          {502, "Bad Gateway"},
                                                          {503, "Service Unavailable"}};
  const auto found = reasons.find(status);
  return found == reasons.end() ? "Unknown" : found->second;
}

std::string in_bytes(const Response& response, bool last) {
  std::string bytes = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                                  reason_of(response.status), http_date(response.date_ms));
  if (!response.content_type.empty()) bytes += fmt::format("Content-Type: {}\r\n", response.content_type);
  for (const auto& [name, value] : response.headers) bytes += fmt::format("{}: {}\r\n", name, value);
  bytes += fmt::format("Content-Length: {}\r\nConnection: {}\r\n\r\n",
                       response.body.size() + response.missing_bytes, last ? "close" : "keep-alive");
  return bytes + response.body;
}

// One client's connection. httplib reads requests from it. What httplib writes is sent only while there is no
// response of ours ("100 Continue", and its own answer to a request that it cannot parse).
class Connection final : public httplib::Stream {
 public:
  Connection(int socket, int stop) : socket_(socket), stop_(stop) {}
  ~Connection() override { close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool wait_for_request() { return next_ < buffered_.size() || wait_for(POLLIN, kIdleMs); }

  void take(Response response) { response_ = std::move(response); }

  // Returns false if the connection must not be used again.
  bool deliver(bool last) {
    if (!response_) return true;
    Response response = std::move(*response_);
    response_.reset();
    if (response.held.count() > 0) wait_until_gone(static_cast<int>(response.held.count()));
    if (response.ending == Ending::never) return wait_until_gone(-1);
    response.in_flight.reset();  // first: a client that has its answer must no longer count as waiting
    if (response.ending == Ending::reset) return reset();
    const bool ends = last || response.missing_bytes > 0;
    return send_all(in_bytes(response, ends)) && !ends;
  }

  bool is_readable() const override { return next_ < buffered_.size() || wait_for(POLLIN, 0); }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    if (next_ == buffered_.size() && !fill()) return -1;
    const std::size_t count = std::min(size, buffered_.size() - next_);
    std::copy_n(buffered_.data() + next_, count, to);
    next_ += count;
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* from, std::size_t size) override {
    if (!response_ && !send_all({from, size})) return -1;
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override { ip = "127.0.0.1", port = 0; }
  void get_local_ip_and_port(std::string& ip, int& port) const override { ip = "127.0.0.1", port = 0; }
  socket_t socket() const override { return socket_; }

 private:
  // Returns whether the event came before the timeout and before the server stops.
  bool wait_for(short event, int at_most_ms) const {
    std::array<pollfd, 2> ends{{{socket_, event, 0}, {stop_, POLLIN, 0}}};
    while (poll(ends.data(), ends.size(), at_most_ms) < 0) {
      if (errno != EINTR) return false;
    }
    return ends[1].revents == 0 && ends[0].revents != 0;
  }

  bool wait_until_gone(int at_most_ms) const {
    wait_for(POLLRDHUP, at_most_ms);
    return false;
  }

  bool fill() {
    if (!wait_for(POLLIN, kSlowestMs)) return false;
    buffered_.resize(16'384);
    next_ = 0;
    const ssize_t count = recv(socket_, buffered_.data(), buffered_.size(), 0);
    buffered_.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return count > 0;
  }

  bool send_all(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  bool reset() const {
    const linger at_once{1, 0};  // makes close() send a reset
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return false;
  }

  int socket_;
  int stop_;
  std::string buffered_;
  std::size_t next_ = 0;  // in `buffered_`
  std::optional<Response> response_;
};

// httplib passes only the request to a handler, which finds the connection here.
thread_local Connection* connection_of_this_thread = nullptr;

}  // namespace

std::string http_date(std::int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::string Request::parameter(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

std::string Request::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

bool Response::has_header(const std::string& name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return header.first == name; });
}

class Server::Front final : public httplib::Server {
 public:
  Front(std::size_t threads, standin::Server::Handler handler) : handler_(std::move(handler)) {
    new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
    set_tcp_nodelay(true);
    set_write_timeout(kSlowestMs / 1000);
    // httplib would set SO_REUSEPORT: two stand-ins would then share a port and its clients.
    set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    const auto handle = [this](const httplib::Request& request, httplib::Response&) {
      connection_of_this_thread->take(handler_(translated(request)));
    };
    Get(".*", handle).Post(".*", handle).Put(".*", handle);
    Patch(".*", handle).Delete(".*", handle).Options(".*", handle);
  }
  ~Front() override { close(stop_); }
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  int listen_on(int port) {
    const std::string host = "127.0.0.1";
    const int bound = port == 0 ? bind_to_any_port(host) : bind_to_port(host, port) ? port : -1;
    if (bound < 0) throw std::runtime_error(fmt::format("port {} of {} cannot be had", port, host));
    // httplib's backlog is five: of many clients at once, the sixth would come a second later.
    ::listen(svr_sock_, 1024);
    thread_ = std::thread([this] { listen_after_bind(); });
    while (!is_running()) std::this_thread::yield();
    return bound;
  }

  void end() {
    if (!thread_.joinable()) return;
    eventfd_write(stop_, 1);
    stop();
    thread_.join();
  }

 private:
  bool process_and_close_socket(socket_t socket) override {
    Connection connection(socket, stop_);
    connection_of_this_thread = &connection;
    while (connection.wait_for_request()) {
      bool last = false;
      if (!process_request(connection, false, last, nullptr)) break;
      if (!connection.deliver(last) || last) break;
    }
    connection_of_this_thread = nullptr;
    return true;
  }

  standin::Server::Handler handler_;
  int stop_ = eventfd(0, EFD_CLOEXEC);
  std::thread thread_;
};

Server::Server(int port, std::size_t threads, Handler handler)
    : front_(std::make_unique<Front>(threads, std::move(handler))), port_(front_->listen_on(port)) {}

Server::~Server() { front_->end(); }

}  // namespace standin
