// Where the library's few lines go: it never prints by itself. A line is worth a person's glance
// (a dead worker's reservation was counted as spent, a task has no policy); it never holds a secret.
//
// Threads: called on the thread that called the library, never inside a transaction.
// Exceptions: what `line` throws ends there, and the line is lost: when a line is written, the change that it
//   is about has often been stored, and who asked for it gets the answer.
// Ownership: the sink must outlive the Database that was given it.
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
