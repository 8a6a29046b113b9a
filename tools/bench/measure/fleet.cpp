#include "bench/measure/fleet.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include "bench/measure/child.h"
#include "demo/shared_memory.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kRunUp = 20'000'000;  // from setting the start to the start, in nanoseconds
constexpr int kWarmUp = 4;                   // operations before the start

struct Seat {
  std::uint64_t served = 0, busy = 0;
  double cpu_us = 0;
  Histogram latencies;
  std::array<char, 400> error{};
};

struct Board {
  std::atomic<int> ready{0}, done{0};
  std::atomic<std::int64_t> start_ns{0};
  std::atomic<bool> may_leave{false};
  std::array<Seat, kMostClients + 1> seats;  // the companion has the one after the clients'
};

std::int64_t steady_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

void sleep_until(std::int64_t when_ns) {
  const timespec when{when_ns / 1'000'000'000, when_ns % 1'000'000'000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr) != 0) {
  }
}

double cpu_us_of_this_process() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto microseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return microseconds(used.ru_utime) + microseconds(used.ru_stime);
}

// Decides when the operations of one client are due.
class Timetable {
 public:
  Timetable(Microseconds interval, std::int64_t start_ns, unsigned seed)
      : interval_ns_(interval.count() * 1e3), due_ns_(start_ns), random_(seed) {
    if (interval_ns_ > 0) due_ns_ += static_cast<std::int64_t>(interval_ns_ * share_(random_));
  }

  // Waits until the next operation is due. Returns the instant from which its latency counts.
  std::int64_t next(std::int64_t now_ns) {
    if (interval_ns_ <= 0) return now_ns;
    const std::int64_t due = due_ns_;
    due_ns_ += static_cast<std::int64_t>(interval_ns_ * (0.5 + share_(random_)));
    if (due <= now_ns) return due;
    sleep_until(due);
    return steady_ns();  // the contender does not pay for a timer that is late
  }

 private:
  double interval_ns_;
  std::int64_t due_ns_;
  std::minstd_rand random_;
  std::uniform_real_distribution<double> share_{0, 1};
};

void operate_once(Client& client, Seat& seat) {
  try {
    client.operate();
  } catch (const Busy&) {
    ++seat.busy;
  }
}

void work(Client& client, Seat& seat, Timetable& timetable, std::int64_t end_ns) {
  const double cpu_before_us = cpu_us_of_this_process();
  for (std::int64_t now = steady_ns();;) {
    const std::int64_t began = timetable.next(now);
    if (began >= end_ns) break;
    operate_once(client, seat);
    now = steady_ns();
    seat.latencies.record(now - began);
    if (now <= end_ns) ++seat.served;
  }
  seat.cpu_us = cpu_us_of_this_process() - cpu_before_us;
}

struct Role {
  const OpenClient& open;
  Microseconds interval;
  int number;
};

void take_part(const Role& role, Board& board, std::int64_t duration_ns) {
  Seat& seat = board.seats.at(static_cast<std::size_t>(role.number));
  try {
    if (role.interval.count() > 0) prctl(PR_SET_TIMERSLACK, 1UL);  // an unpaced client never sleeps
    auto client = role.open(role.number);
    for (int i = 0; i < kWarmUp; ++i) operate_once(*client, seat);
    seat.busy = 0;
    ++board.ready;
    while (board.start_ns == 0) std::this_thread::sleep_for(200us);
    const std::int64_t start = board.start_ns;
    Timetable timetable(role.interval, start, std::random_device{}());
    sleep_until(start);
    work(*client, seat, timetable, start + duration_ns);
    ++board.done;
    // Stays connected until the parent has read the CPU time of the server's process for this client.
    while (!board.may_leave) std::this_thread::sleep_for(1ms);
  } catch (const std::exception& e) {
    std::strncpy(seat.error.data(), e.what(), seat.error.size() - 1);
    std::_Exit(1);  // the parent reports the error
  }
}

std::vector<Role> roles_of(const Job& job) {
  std::vector<Role> roles;
  roles.reserve(kMostClients + 1);
  for (int number = 0; number < job.clients; ++number) roles.push_back({job.open, job.interval, number});
  if (job.companion) roles.push_back({job.companion, job.companion_interval, job.clients});
  return roles;
}

// Waits until all children have reached `point`; throws if one of them ends before.
void wait_for_all(const std::atomic<int>& point, std::vector<Child>& children, const Board& board) {
  while (point < static_cast<int>(children.size())) {
    std::this_thread::sleep_for(1ms);
    for (std::size_t i = 0; i < children.size(); ++i) {
      if (!children[i].has_ended()) continue;
      throw std::runtime_error(fmt::format("client {} ended with {}: {}", i + 1, children[i].status(),
                                           board.seats.at(i).error.data()));
    }
  }
}

Outcome outcome_of(const Job& job, const Board& board) {
  Outcome outcome;
  for (int i = 0; i < job.clients; ++i) {
    const Seat& seat = board.seats.at(static_cast<std::size_t>(i));
    outcome.served.push_back(seat.served);
    outcome.busy += seat.busy;
    outcome.cpu_us += seat.cpu_us;
    outcome.latencies.add(seat.latencies);
  }
  if (job.companion) {
    const Seat& seat = board.seats.at(static_cast<std::size_t>(job.clients));
    outcome.companion_rate = static_cast<double>(seat.served) / job.duration.count();
  }
  return outcome;
}

}  // namespace

Outcome run_fleet(const Job& job) {
  if (job.clients < 1 || job.clients > kMostClients) throw std::runtime_error("1 to 16 clients are measured");
  demo::Shared<Board> board;
  const auto duration_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(job.duration).count();
  std::vector<Child> children;
  for (const Role& role : roles_of(job)) {
    children.push_back(Child::doing([&] { take_part(role, *board, duration_ns); }));
  }
  wait_for_all(board->ready, children, *board);
  const double server_before_us = job.server_cpu_us ? job.server_cpu_us() : 0;
  board->start_ns = steady_ns() + kRunUp;
  sleep_until(board->start_ns + duration_ns);
  wait_for_all(board->done, children, *board);
  const double server_us = job.server_cpu_us ? job.server_cpu_us() - server_before_us : 0;
  board->may_leave = true;
  for (Child& child : children) child.wait();
  Outcome outcome = outcome_of(job, *board);
  outcome.cpu_us += server_us;
  return outcome;
}

}  // namespace bench
