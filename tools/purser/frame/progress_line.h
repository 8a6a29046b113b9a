// Shows the progress of long work: a transient line on a terminal, nothing elsewhere.
//
//   ProgressLine line("copied");
//   backup(options, destination, line.progress());   // "copied 40 % [########            ]"
#pragma once

#include <string>

#include "purser/progress.h"

namespace purser::cli {

class ProgressLine {
 public:
  explicit ProgressLine(std::string what);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  Progress progress();

 private:
  void show(std::int64_t percent);

  std::string what_;
  bool shows_;
  std::int64_t shown_percent_ = -1;
};

}  // namespace purser::cli
