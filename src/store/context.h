// What a connection was given by its caller, whatever the engine: the clock, the log sink, the worker's name.
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
  // Recorded with every movement.
  const std::string& worker() const { return worker_; }
  // Never throws: a line that the sink cannot take is lost, and what it speaks of may be stored already.
  void log(LogLevel level, std::string_view text) const noexcept;

 private:
  Clock* clock_;
  LogSink* sink_;  // null: silence
  std::string worker_;
};

}  // namespace purser::store
