// HTTP as the stand-in speaks it. cpp-httplib accepts, reads and parses; what goes back on the wire is
// written here, since a fault has to say what no HTTP library would.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace standin {

using Now = std::function<std::int64_t()>;  // milliseconds since the Unix epoch

struct Request {
  std::string method;
  std::string path;                            // without the query
  std::map<std::string, std::string> query;    // decoded; the first of each name
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  // "" where it is absent.
  std::string parameter(const std::string& name) const;
  std::string header(const std::string& name) const;
};

enum class Ending {
  whole,  // as it should be
  reset,  // a TCP reset in its place
  never,  // nothing at all, until the client leaves
};

struct Answer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // beside Content-Type, Content-Length and Date
  std::int64_t date_ms = 0;

  std::chrono::milliseconds held{0};  // how long it lies ready before it is sent, in real time
  Ending ending = Ending::whole;
  std::size_t missing_bytes = 0;    // as many more than will come are promised by Content-Length
  std::shared_ptr<void> in_flight;  // let go when the answer is delivered, or given up

  bool has_header(const std::string& name) const;
};

// "Tue, 24 Nov 2026 01:56:00 GMT"
std::string http_date(std::int64_t ms);

// Serves 127.0.0.1 from its construction to its end; a connection has a thread to itself.
class Server {
 public:
  using Handler = std::function<Answer(const Request&)>;

  // Port 0: one of the kernel's choosing. Throws std::runtime_error where the port cannot be had.
  Server(int port, std::size_t threads, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const { return port_; }

 private:
  class Front;

  std::unique_ptr<Front> front_;
  int port_ = 0;
};

}  // namespace standin
