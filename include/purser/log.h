// The caller's sink for the library's few log lines; the library itself never prints. A line says something
// that a person should see (a dead worker's reservation was counted as spent, a task has no policy) and never
// holds a secret.
//
// Threads: called on the thread that called the library, never inside a transaction.
// Exceptions: an exception of `line` is caught, and the line is lost: the change that the line is about has
//   often been stored by then, and the caller must get the result of that change.
// Ownership: the sink must outlive the Database that uses it.
#pragma once

#include <string_view>

namespace purser {

enum class LogLevel { info, warning };

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void line(LogLevel level, std::string_view text) = 0;
};

}  // namespace purser
