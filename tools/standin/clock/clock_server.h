// Hands out simulated time over TCP, a line each way:
//
//   join NAME    a worker, and at work         -> now MS
//   sleep MS     it waits for that instant     -> now MS, when it has come
//   hold         time stands for this one      -> now MS
//   go           and may move again            -> now MS
//   joins N      waits for the Nth join ever   -> now MS
//   now                                        -> now MS
//
// All instants are milliseconds since the Unix epoch. What is none of these is answered `error TEXT` and the
// connection's end. The end of a connection, however it comes, is leaving. Everything happens in one thread,
// in the order in which the lines arrive.
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
  // Without a `time` it refuses everybody, and says why. `least_real_hour`: a simulated hour lasts at least
  // so long, for a viewer. Throws std::runtime_error where the port cannot be had.
  ClockServer(int port, SteppedTime* time, std::chrono::milliseconds least_real_hour);
  ~ClockServer();
  ClockServer(const ClockServer&) = delete;
  ClockServer& operator=(const ClockServer&) = delete;

  int port() const { return port_; }

 private:
  struct Caller {
    std::string unread = {};
    bool has_role = false;  // has joined, or held
    bool sleeps = false;
    std::optional<int> awaits_join = {};  // the number of it
  };

  void serve();
  int poll_timeout_ms();
  void welcome();
  void listen_to(int socket);
  void obey(int socket, const std::string& line);
  void refuse(int socket, const std::string& why);
  void say_now(int socket);
  void drop(int socket);
  void tell_of_joins();
  void move_time();

  SteppedTime* time_;
  std::chrono::milliseconds least_real_hour_;
  std::chrono::steady_clock::time_point last_move_;
  int listening_ = -1;
  int stop_ = -1;
  int port_ = 0;
  std::map<int, Caller> callers_;  // by socket, which is also who they are to the time
  std::thread thread_;
};

}  // namespace standin
