#include "store/durability/checkpointer.h"

#include <sqlite3.h>

#include <chrono>
#include <system_error>
#include <utility>

#include "purser/error.h"
#include "store/durability/main_file.h"
#include "store/gate/forks.h"
#include "store/gate/no_signals.h"

namespace purser::store {
namespace {

// A process that was asked and has not done it by then may be dead.
constexpr std::chrono::nanoseconds kStaleRequest = std::chrono::seconds(1);

}  // namespace

CheckpointNeed checkpoint_need(SharedPage& page, int log_pages) {
  if (log_pages < kCheckpointPages) page.checkpoint_at.store(0, std::memory_order_relaxed);
  auto at = static_cast<std::int64_t>(page.checkpoint_at.load(std::memory_order_relaxed));
  if (at > std::int64_t{log_pages} + kCheckpointPages) at = 0;  // no process writes such a value
  if (log_pages < kCheckpointPages || log_pages < at) return CheckpointNeed::none;
  bool is_urgent = log_pages >= kUrgentPages && page.checkpoints_failed.load(std::memory_order_relaxed) == 0;
  if (is_urgent) return CheckpointNeed::urgent;
  bool is_mine = take_claim(page.checkpointing_since, kStaleRequest, claim_time());
  return is_mine ? CheckpointNeed::ask : CheckpointNeed::none;
}

int checkpoint(MainFile& main, SharedPage& page) {
  MainFile::Copied done = main.copy_log(page);
  bool has_failed = done.result != SQLITE_OK && done.result != SQLITE_BUSY;
  page.checkpoints_failed.store(has_failed ? 1 : 0, std::memory_order_relaxed);
  if (has_failed) return done.result;  // the claim stands, and keeps the next request off for a while
  // A reader that pins the log must not make every later commit try again in vain.
  int next = done.copied < done.log_pages ? done.log_pages + kCheckpointPages : 0;
  page.checkpoint_at.store(static_cast<std::uint32_t>(next), std::memory_order_relaxed);
  page.checkpointing_since.store(0, std::memory_order_relaxed);
  return done.result;
}

Checkpointer::Checkpointer(std::function<Checkpoint()> begin) : begin_(std::move(begin)) {}

Checkpointer::~Checkpointer() { stop(); }

void Checkpointer::stop() {
  if (!thread_.joinable()) return;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Checkpointer::request() {
  bool has_ended = false;
  {
    MutexLock lock(mutex_);
    requested_ = true;
    has_ended = std::exchange(ended_, false);
  }
  changed_.notify_one();
  if (has_ended) thread_.join();  // the cause may be gone: start again
  if (!thread_.joinable()) start();
}

// Must not fail, since it runs as part of a commit. Where no thread can be started, the writers checkpoint
// themselves once it is urgent.
void Checkpointer::start() {
  NoSignals while_it_starts;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    failure_ = SQLITE_NOMEM;
  }
}

void Checkpointer::run() {
  try {
    serve();
  } catch (const std::exception&) {
    failure_ = SQLITE_CANTOPEN;
    MutexLock lock(mutex_);
    ended_ = true;
  }
}

void Checkpointer::serve() {
  auto no_fork = hold_off_forks();
  Checkpoint checkpoint_once = begin_();
  no_fork.unlock();
  while (wait_for_request()) {
    try {
      int result = checkpoint_once();
      if (result != SQLITE_OK && result != SQLITE_BUSY) failure_ = result;
    } catch (const Error& fault) {
      if (fault.code() != ErrorCode::busy) throw;
      if (is_stopping()) return;
      MutexLock lock(mutex_);
      requested_ = true;
    }
  }
}

bool Checkpointer::wait_for_request() {
  MutexLock lock(mutex_);
  while (!requested_ && !stopping_) changed_.wait(mutex_);
  bool asked = requested_;
  requested_ = false;
  return asked;
}

bool Checkpointer::is_stopping() {
  MutexLock lock(mutex_);
  return stopping_;
}

}  // namespace purser::store
