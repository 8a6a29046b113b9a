// A file descriptor that is closed at the end of its scope. REQUIRES: SQLite does not have the file open in
// this process (store/sqlite/sqlite_connection.cpp says why).
#pragma once

#include <unistd.h>

#include <utility>

namespace purser {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

}  // namespace purser
