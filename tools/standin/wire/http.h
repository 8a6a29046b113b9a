// HTTP as the stand-in speaks it. cpp-httplib accepts, reads and parses; the response is written to the wire
// here, since a fault must send what no HTTP library would.
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
  std::map<std::string, std::string> query;    // decoded; the first value of each name
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  // "" if it is absent.
  std::string parameter(const std::string& name) const;
  std::string header(const std::string& name) const;
};

enum class Ending {
  whole,  // the response is sent
  reset,  // a TCP reset instead of it
  never,  // nothing until the client leaves
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // beside Content-Type, Content-Length and Date
  std::int64_t date_ms = 0;

  std::chrono::milliseconds held{0};  // how long it is held back before it is sent, in real time
  Ending ending = Ending::whole;
  std::size_t missing_bytes = 0;    // Content-Length promises this many more than are sent
  std::shared_ptr<void> in_flight;  // released when the response is sent or given up

  bool has_header(const std::string& name) const;
};

// "Tue, 24 Nov 2026 01:56:00 GMT"
std::string http_date(std::int64_t ms);

// Serves a port of 127.0.0.1 while it exists; each connection has its own thread.
class Server {
 public:
  using Handler = std::function<Response(const Request&)>;

  // With port 0 the kernel chooses one. Throws std::runtime_error if the port is taken.
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
