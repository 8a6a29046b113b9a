// What a contender does in one of the processes that measure it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace bench {

// Opened in the process that uses it, after the fork.
class Client {
 public:
  Client() = default;
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  virtual void operate() = 0;  // what is timed
};

// The number is the client's, from 0 on.
using OpenClient = std::function<std::unique_ptr<Client>(int number)>;

// The database was locked for longer than the caller waits: counted, and the next operation begun.
struct Busy : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Acquires and releases in turn: one write transaction an operation, as all contenders do.
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
