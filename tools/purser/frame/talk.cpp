#include "frame/talk.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <mutex>
#include <utility>

#include "frame/printable.h"
#include "purser/error.h"

namespace purser::cli {
namespace {

constexpr char kClearLine[] = "\r\x1b[K";

class Stderr {
 public:
  void say(const std::string& text, bool transient) {
    std::lock_guard<std::mutex> alone(mutex_);
    std::string all = (transient_ ? kClearLine : "") + text;
    std::fwrite(all.data(), 1, all.size(), stderr);
    transient_ = transient;
  }
  void run_exclusively(const std::function<void()>& writes) {
    std::lock_guard<std::mutex> alone(mutex_);
    if (std::exchange(transient_, false)) std::fwrite(kClearLine, 1, sizeof kClearLine - 1, stderr);
    writes();
  }

 private:
  std::mutex mutex_;
  bool transient_ = false;  // whether a transient line stands there
};

Stderr& standard_error() {
  static Stderr one;
  return one;
}

bool is_confirmed(const std::string& question) {
  talk_raw(one_line(question) + " [y/N] ");
  std::string reply;
  std::getline(std::cin, reply);
  return reply == "y" || reply == "Y" || reply == "yes";
}

}  // namespace

void talk_raw(const std::string& text) { standard_error().say(printable_lines(text), false); }
void talk(std::string_view line) { talk_raw("purser: " + one_line(line) + "\n"); }
void show_line(const std::string& text) { standard_error().say(one_line(text), true); }
void clear_line() { standard_error().say("", false); }
void exclusively(const std::function<void()>& writes) { standard_error().run_exclusively(writes); }

void require_yes_off_a_terminal(const Arguments& arguments, const std::string& warning) {
  if (arguments.has("--yes") || isatty(STDIN_FILENO) == 1) return;
  throw Error(ErrorCode::usage, warning + ": add --yes to say that it is meant");
}

void require_confirmation(const Arguments& arguments, const std::string& question) {
  if (arguments.has("--yes") || is_confirmed(question)) return;
  throw Error(ErrorCode::usage, "nothing was changed: it was not confirmed");
}

}  // namespace purser::cli
