// Calls to Keepa, from the grant to the settlement: part of the library purser::services, on top of the
// ledger (keepa.h).
//
//   purser::keepa::Service keepa(db, purser::keepa::ServiceOptions::from_environment());
//
//   // All in one: waits for the tokens, calls, settles with what Keepa says, and asks again after a 429.
//   auto outcome = keepa.call({.task = "backfiller", .cost = purser::tokens(100), .path = "product",
//                              .parameters = {{"domain", "1"}, {"asin", asins}}}, std::chrono::minutes(20));
//   if (auto* reply = std::get_if<purser::keepa::Reply>(&outcome)) use(reply->body);
//
//   // Your own request: the Spending ends the reservation, whatever happens.
//   auto grant = keepa.acquire({.task = "backfiller", .cost = purser::tokens(100)},
//                              std::chrono::minutes(20));
//   if (auto* spending = std::get_if<purser::keepa::Spending>(&grant)) {
//     std::string response = my_request();  // throws? then the Spending counts the full cost as spent
//     spending->settle(response);           // any response as it came: 200, 400, 429
//   }
//
// While it waits, a Service acquires again at `retry_at` or after 5 s, whichever comes first. Where the
// ledger says `observe_due`, it makes the free /token request for all workers: one in flight for the whole
// database, and at most one in 30 s for an account whose balance is known.
//
// Repeats (source: Keepa's own client): a request that was never sent, up to three tries; a 429, after the
// tokens have come; a 5xx of a call below 50 tokens, up to three tries, each with its own grant. A request
// that was sent and got no response is not repeated: it may have been charged, so it counts as spent, and a
// refresh fetches the true balance.
//
// The key: the account remembers a hash of the key that it belongs to. Another key is ErrorCode::another_key,
// until refresh(NewKey::accepted). No key stands in a message, a log line or the database.
//
// Threads, processes, ownership: as the Database, which must outlive these and may be moved meanwhile. Waits
// are on the Database's Clock; the deadlines of a request are real time. Errors: purser::Error.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "purser/keepa.h"

namespace purser::keepa {

struct ServiceOptions {
  std::string api_key;
  std::string base_url = "https://api.keepa.com";
  Duration connect_deadline = std::chrono::seconds(10);
  Duration deadline = std::chrono::seconds(120);  // of one request; calls with offers take long
  // After decompression. A longer response is paid for and lost; one of a hundred products with offers and
  // history is long.
  std::size_t max_response_bytes = std::size_t{256} * 1024 * 1024;

  // KEEPA_API_KEY and, for stand-ins and proxies, PURSER_KEEPA_URL. Throws no_api_key.
  static ServiceOptions from_environment();
};

inline constexpr Duration kRefreshInterval = std::chrono::seconds(30);
inline constexpr Duration kRefreshDeadline = std::chrono::seconds(60);  // with its repeats

enum class NewKey { refused, accepted };

struct Refresh {
  bool refreshed = false;              // false: there was one within 30 s
  std::optional<Instant> observed_at;  // when the account was last observed
  ObserveOutcome observed;             // applied: this refresh changed what is known
};

// Owns a granted reservation and ends it exactly once.
class Spending {
 public:
  Spending(Ledger ledger, Granted granted, DatabaseLink database);
  Spending(Spending&&) noexcept;
  Spending& operator=(Spending&&) = delete;
  // A reservation that is neither settled nor released counts as spent, at its full cost. If even that cannot
  // be stored (a full disk), it expires by itself.
  ~Spending();

  const Granted& grant() const { return granted_; }
  // Takes any response of Keepa as it came. One without token fields charges nothing if it is a 4xx, else the
  // full cost.
  SettleOutcome settle(std::string_view response, int status = 200);
  SettleOutcome settle(const Settlement& settlement);
  bool release();    // for a request that was never sent
  Granted detach();  // from here on the caller ends the reservation, by its id

 private:
  Ledger ledger_;
  DatabaseLink database_;
  Granted granted_;
  bool open_ = true;
};

using SpendingOutcome = std::variant<Spending, Refused, Never>;

// One request to Keepa, and what the ledger needs to know of it.
struct Call {
  std::string task;
  Millitokens cost;  // an estimate; the settlement charges the real cost
  std::string kind = {};
  std::string path;  // "product", "deal", "bestsellers": after the base address
  std::vector<std::pair<std::string, std::string>> parameters = {};  // never the key
  std::optional<std::string> json = {};                              // a POST with this body
};

// Keepa's reply: 200, or an error that a repeat does not mend (400, 402, 404, 405).
struct Reply {
  int status = 0;
  std::string body;
  std::optional<std::string> error;  // Keepa's error type, also of a 200 that holds one and no payload
  std::optional<Millitokens> consumed;
  SettleOutcome settled;
};

// Refused and Never: the tokens did not come within `wait`, or never will.
using CallOutcome = std::variant<Reply, Refused, Never>;

class Service {
 public:
  Service(Database& database, ServiceOptions options, const std::string& account = "default");
  ~Service();
  Service(Service&&) noexcept;
  Service& operator=(Service&&) = delete;

  Ledger& ledger();

  // Throws unreachable, no_answer, service_failed, credentials_refused, another_key.
  Refresh refresh(NewKey new_key = NewKey::refused);

  // As Ledger::acquire_waiting, with refreshes. If a refresh fails, the Service logs it and the wait goes on;
  // a wrong key throws. `wait` 0: one refresh if it is due, and one more decision. A refresh may lengthen a
  // short wait: another worker's refresh by up to 20 s, and this one's after it by up to 20 s more.
  [[nodiscard]] SpendingOutcome acquire(const AcquireRequest& request, Duration wait);

  // A reply is returned even if the database then failed: its reservation is not settled and expires as
  // spent. Throws unreachable (nothing was sent and nothing charged), no_answer (the cost is counted as
  // spent), service_failed, credentials_refused, another_key.
  [[nodiscard]] CallOutcome call(const Call& call, Duration wait);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace purser::keepa
