// The one place that knows libcurl: takes a request and returns a whole response, or why there is none.
//
//   http::Transport transport;
//   auto result = transport.send({.url = base + "/token?key=" + key, .name = "Keepa /token"}, limits);
//   if (auto* failure = std::get_if<http::Failure>(&result)) {
//     if (failure->fate == http::Fate::never_sent) ...   // may be released or refunded
//   }
//
// It guarantees:
// - One deadline for connecting and one in total, both in real time and not on the Clock: the kernel waits
//   here, as at the write gate.
// - TLS is verified, redirects are not followed (a 3xx is a response like any other), and plain http is
//   refused except to this machine's own addresses: a request carries credentials.
// - Bodies are unzipped, those of errors too. A body or headers longer than the limit end the call.
// - A request that must not be repeated goes over a connection of its own: libcurl silently repeats a
//   request over a kept connection that turns out to be dead, and that may be a second paid call.
// - A login in the address ("user:password@") is refused. SSLKEYLOGFILE is taken out of the environment by
//   the first Transport of a process. REQUIRES: no other thread reads the environment then.
// - No URL, header or body appears in a message: a message calls the request by its `name`.
//
// Threads: one thread at a time uses a Transport. fork: make a Transport in the process that uses it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "purser/clock.h"

namespace purser::http {

enum class Method { get, post };
enum class Repeat { harmful, harmless };  // harmless: the request is free and has the same effect each time

struct Request {
  Method method = Method::get;
  std::string url = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::string name = {};  // in messages: "Keepa /token"
  Repeat repeat = Repeat::harmful;
};

inline constexpr std::size_t kMaxBodyBytes = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kMaxHeaderBytes = std::size_t{64} * 1024;

struct Limits {
  Duration connect = std::chrono::seconds(10);
  Duration total = std::chrono::seconds(120);
  std::size_t body_bytes = kMaxBodyBytes;
};

struct Response {
  int status = 0;
  std::string body = {};
  // Headers, each with the text that the service sent.
  std::optional<std::string> retry_after = {};
  std::optional<std::string> date = {};        // an HTTP date in retry_after is compared with it
  std::optional<std::string> rate_limit = {};  // x-amzn-RateLimit-Limit
  std::optional<std::string> request_id = {};  // x-request-id or x-amzn-RequestId: see is_an_id
};

// never_sent: no byte of the request left this machine. no_answer: the service may have worked on it, and
// charged for it.
enum class Fate { never_sent, no_answer };
enum class Cause { unreachable, insecure, timed_out, broken, too_large, garbled };

struct Failure {
  Fate fate;
  Cause cause;
  std::string message;  // "Keepa /token: no connection (Couldn't connect to server)"
};

using Result = std::variant<Response, Failure>;

class Transport {
 public:
  Transport();
  ~Transport();
  Transport(Transport&&) noexcept;
  Transport& operator=(Transport&&) noexcept;

  // Throws usage where the URL is malformed, holds a login, or is plain http to another machine.
  Result send(const Request& request, const Limits& limits);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

// Whether the request id that a service sent looks like an id, so that a message may repeat it: letters,
// digits and hyphens, at most 64.
bool is_an_id(const std::optional<std::string>& text);

// The address without the slashes at its end: every path begins with its own slash.
std::string base_address(std::string url);

// Percent-encoding of everything but the unreserved characters of RFC 3986.
std::string percent_encoded(std::string_view text);

}  // namespace purser::http
