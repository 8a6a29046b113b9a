// The caller's settings of a connection, whatever the engine: the clock, the log sink, the worker's name.
#pragma once

#include <string>
#include <string_view>

#include "purser/clock.h"
#include "purser/log.h"

namespace purser::store {

class Context {
 public:
  Context(Clock& clock, LogSink* sink, std::string worker)
      : clock_(&clock), sink_(sink), worker_(std::move(worker)) {}

  Clock& clock() const { return *clock_; }
  // The worker's name, recorded with every movement.
  const std::string& worker() const { return worker_; }
  // Never throws: the change that a line reports may be stored already. A line that the sink refuses is lost.
  void log(LogLevel level, std::string_view text) const noexcept;

 private:
  Clock* clock_;
  LogSink* sink_;  // null: nothing is logged
  std::string worker_;
};

}  // namespace purser::store
