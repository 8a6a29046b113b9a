// The stand-in from outside: a test or the demonstration starts it here, reads its state, sets its switches,
// and takes its clock.
//
//   standin::Process standin("…/purser-standin", {"--stepped", "2", "--start", "1767225600000"});
//   setenv("PURSER_KEEPA_URL", standin.keepa_url().c_str(), 1);
//   standin.set_switch("keepa.fault", "reset_after", 1);
//   …
//   EXPECT_EQ(standin.state().keepa.refused, 0);
//
// and in each of its two workers, after the fork:
//
//   standin::WorkerClock clock(standin.clock(), "backfiller");
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "standin/clock/worker_clock.h"

namespace standin {

// tokens = opening + generated - expired_unused - consumed + adjusted, at all times.
struct KeepaFigures {
  std::int64_t tokens = 0, rate = 0;
  std::int64_t opening = 0, generated = 0, expired_unused = 0, consumed = 0, adjusted = 0;
  std::int64_t lowest = 0;  // the lowest balance since the start or the last reset
  std::int64_t requests = 0, paid_requests = 0, token_requests = 0;  // all, whatever the answer was
  std::int64_t refused = 0;  // 429, because the balance was not positive
  std::int64_t wrong_key = 0, redirects_followed = 0, redirects_with_key = 0;
};

struct XaiFigures {
  std::int64_t requests = 0;
  std::int64_t calls = 0;   // of the completions, whatever the answer was
  std::int64_t billed = 0;  // of these: answered with 200, even if the answer was lost
  std::int64_t tokens = 0, cost_ticks = 0;
  std::int64_t distinct_prompts = 0, most_for_one_prompt = 0;  // of the billed calls
  std::int64_t in_flight = 0;                                  // calls that are not answered yet
  std::int64_t redirects_followed = 0, redirects_with_key = 0;
};

struct LwaFigures {
  std::int64_t requests = 0;
  std::int64_t exchanges = 0;  // of these: access tokens issued, even if the answer was lost
  std::int64_t refused = 0;    // answered with one of Amazon's errors
  std::int64_t in_flight = 0;  // requests that are not answered yet
  std::int64_t redirects_followed = 0, redirects_with_secret = 0;
};

// SP-API's production host, or its sandbox.
struct SpapiFigures {
  std::int64_t requests = 0;
  std::int64_t answered = 0;            // with 200, even if the answer was lost
  std::int64_t throttled = 0;           // 429, by the usage plan
  std::int64_t forbidden = 0;           // 403, or 401
  std::int64_t most_in_one_second = 0;  // requests for restrictions, whatever the answer was
  std::int64_t tokens_seen = 0;         // different ones
  std::int64_t distinct_asins = 0;      // in production: those whose restrictions were answered
  std::int64_t in_flight = 0;
  std::int64_t redirects_followed = 0, redirects_with_token = 0;
};

struct Figures {
  std::int64_t now_ms = 0;
  KeepaFigures keepa;
  XaiFigures xai;
  LwaFigures lwa;
  SpapiFigures spapi, sandbox;
};

class Process {
 public:
  // Returns when it listens. Throws std::runtime_error if it does not start.
  explicit Process(const std::filesystem::path& program, const std::vector<std::string>& options = {});
  // Kills it, but not in a process that was forked later.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  const std::string& keepa_url() const { return keepa_url_; }
  const std::string& xai_url() const { return xai_url_; }
  const std::string& lwa_url() const { return lwa_url_; }
  const std::string& spapi_url() const { return spapi_url_; }
  const std::string& sandbox_url() const { return sandbox_url_; }
  const std::string& control_url() const { return control_url_; }
  const std::string& clock() const { return clock_; }  // "127.0.0.1:PORT", for a WorkerClock or a Hold
  const std::string& keepa_key() const { return keepa_key_; }
  const std::string& xai_key() const { return xai_key_; }
  const std::string& seller_id() const { return seller_id_; }
  const std::string& client_id() const { return client_id_; }
  const std::string& client_secret() const { return client_secret_; }
  const std::string& refresh_token() const { return refresh_token_; }
  // PURSER_KEEPA_URL, KEEPA_API_KEY, SP_API_CLIENT_ID and so on, for the environment of a worker.
  std::map<std::string, std::string> environment() const;

  // With `times`, for that many requests. Throws std::runtime_error if there is no such switch or value.
  void set_switch(const std::string& name, const std::string& value,
                  std::optional<int> times = std::nullopt) const;
  Figures state() const;
  void reset() const;  // sets the counters to zero; tokens and switches stay

  // Sends SIGKILL; the process is gone when this returns.
  void kill();

 private:
  void read_addresses(int from);
  std::string ask(const std::string& method, const std::string& path, const std::string& body = "") const;

  pid_t owner_;
  pid_t id_ = -1;
  std::string keepa_url_, xai_url_, lwa_url_, spapi_url_, sandbox_url_, control_url_, clock_;
  std::string keepa_key_, xai_key_, seller_id_, client_id_, client_secret_, refresh_token_;
};

}  // namespace standin
