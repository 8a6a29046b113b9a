// What a contender does in one of the processes that are measured.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace bench {

// Made after the fork, in the process that uses it.
class Client {
 public:
  Client() = default;
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  virtual void operate() = 0;  // this is timed
};

// Makes the client with the given number, from 0 on.
using OpenClient = std::function<std::unique_ptr<Client>(int number)>;

// The database was locked for longer than the caller waits. The operation is counted as busy.
struct Busy : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Acquires and releases in turn, so that an operation is one write transaction for every contender.
class GrantClient : public Client {
 public:
  void operate() final {
    if (reservation_.empty()) {
      reservation_ = acquire();
    } else {
      release(reservation_);
      reservation_.clear();
    }
  }

 private:
  virtual std::string acquire() = 0;  // the reservation's id
  virtual void release(const std::string& reservation) = 0;

  std::string reservation_;
};

std::int64_t now_ms();
std::string make_id(std::int64_t at_ms);  // as the library makes one: the time, then random bytes

}  // namespace bench
