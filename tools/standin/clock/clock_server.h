// Serves simulated time over TCP; each request and each answer is one line:
//
//   join NAME    the caller becomes a worker, and works     -> now MS
//   sleep MS     the worker waits for that instant          -> now MS, when it has come
//   hold         the caller stops time                      -> now MS
//   go           the caller no longer stops it              -> now MS
//   joins N      waits until N workers have joined so far   -> now MS, when they have
//   now                                                     -> now MS
//
// All instants are milliseconds since the Unix epoch. Any other line is answered with `error TEXT`, and the
// connection is closed. A caller whose connection ends, for whatever reason, leaves. Everything happens in
// one thread, in the order in which the lines arrive.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "standin/clock/stepped_time.h"

namespace standin {

class ClockServer {
 public:
  // Without a `time` it refuses every request and says why. A simulated hour lasts at least
  // `least_real_hour`, for a viewer. Throws std::runtime_error if the port is taken.
  ClockServer(int port, SteppedTime* time, std::chrono::milliseconds least_real_hour);
  ~ClockServer();
  ClockServer(const ClockServer&) = delete;
  ClockServer& operator=(const ClockServer&) = delete;

  int port() const { return port_; }

 private:
  struct Caller {
    std::string unread = {};
    bool has_joined = false;
    bool sleeps = false;
    std::optional<int> awaits_join = {};  // the number of joins that it waits for
  };

  void serve();
  int poll_timeout_ms();
  void accept_caller();
  void read_lines(int socket);
  void execute(int socket, const std::string& line);
  void refuse(int socket, const std::string& why);
  void send_now(int socket);
  void drop(int socket);
  void answer_joins();
  void move_time();

  SteppedTime* time_;
  std::chrono::milliseconds least_real_hour_;
  std::chrono::steady_clock::time_point last_move_;
  int listening_ = -1;
  int stop_ = -1;
  int port_ = 0;
  std::map<int, Caller> callers_;  // by socket, which is also their id in `time_`
  std::thread thread_;
};

}  // namespace standin
