// `purser keepa …`: ask for tokens before a call to Keepa, record afterwards what it cost, show the account.
#include <fmt/format.h>

#include "frame/context.h"
#include "frame/files.h"
#include "frame/talk.h"
#include "frame/values.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/keepa.h"
#include "keepa/acquire.h"
#include "keepa/text.h"
#include "purser/keepa.h"
#include "purser/keepa_status.h"

namespace purser::cli {
namespace {

constexpr std::int64_t kLongestRefillIn = 86'400'000;           // a day, in ms
constexpr std::int64_t kLatestTimestamp = 253'402'300'799'999;  // the year 9999 ends
constexpr std::int64_t kDefaultEntries = 20;
constexpr std::int64_t kMostEntries = 1'000'000;

// --- What Keepa said, in a file or by options ----------------------------------------------------------

constexpr std::string_view kObservationOptions[] = {"--tokens-left", "--refill-rate", "--refill-in",
                                                    "--flow-reduction", "--timestamp"};

// The first option of an observation that was given; "" for none.
std::string_view observation_option(const Arguments& arguments) {
  for (std::string_view name : kObservationOptions) {
    if (arguments.has(name)) return name;
  }
  return {};
}

std::optional<keepa::Observation> observation_from_options(const Arguments& arguments) {
  std::string_view given = observation_option(arguments);
  if (given.empty()) return std::nullopt;
  auto tokens_left = tokens_option(arguments, "--tokens-left", kBalances);
  if (!tokens_left) {
    throw Error(ErrorCode::usage, fmt::format("{} says nothing without --tokens-left N", given));
  }
  keepa::Observation observation;
  observation.tokens_left = *tokens_left;
  observation.refill_rate = tokens_option(arguments, "--refill-rate", kRates);
  observation.flow_reduction = tokens_option(arguments, "--flow-reduction", kRates);
  if (auto ms = integer_option(arguments, "--refill-in", 0, kLongestRefillIn))
    observation.refill_in = Duration(*ms);
  if (auto ms = integer_option(arguments, "--timestamp", 1, kLatestTimestamp)) {
    observation.server_time = Instant(Duration(*ms));
  }
  return observation;
}

keepa::ResponseFacts facts_in(const Arguments& arguments) {
  if (!arguments.has("--response")) return {.observation = observation_from_options(arguments)};
  std::string_view beside = observation_option(arguments);
  if (!beside.empty()) {
    throw Error(ErrorCode::usage,
                fmt::format("--response holds all that {} would say: give one of them", beside));
  }
  return keepa::parse_response(read_response(arguments.text("--response")));
}

keepa::Apply apply_of(const Arguments& arguments) {
  return arguments.has("--force") ? keepa::Apply::always : keepa::Apply::if_newer;
}

std::string key_refused(const std::string& error_type, std::string_view then) {
  return fmt::format("Keepa refuses the API key ({}): {}; put the right key where the request is made",
                     error_type, then);
}

std::vector<OptionSpec> observation_options() {
  return {
      {.name = "--response",
       .placeholder = "FILE|-",
       .help = "Keepa's answer as it came (429 too)",
       .is_file = true},
      {.name = "--tokens-left", .placeholder = "N", .help = "tokensLeft; may be negative"},
      {.name = "--refill-rate", .placeholder = "R", .help = "refillRate, tokens a minute; else as known"},
      {.name = "--refill-in", .placeholder = "MS", .help = "refillIn, ms until the next minute's tokens"},
      {.name = "--flow-reduction", .placeholder = "X", .help = "tokenFlowReduction, tokens a minute"},
      {.name = "--timestamp",
       .placeholder = "MS",
       .help = "Keepa's timestamp, ms since 1970: orders observations"},
      {.name = "--force", .help = "apply it though it is older or far ahead of this clock"},
  };
}

std::vector<OptionSpec> with(std::vector<OptionSpec> options, const OptionSpec& one_more) {
  options.push_back(one_more);
  return options;
}

// --- observe, settle, release --------------------------------------------------------------------------

// The outcome for an answer without token counts. It makes no account: for one that does not exist, the
// outcome is empty.
keepa::ObserveOutcome nothing_observed(const keepa::Ledger& ledger) {
  keepa::ObserveOutcome outcome;
  try {
    outcome.state = ledger.status().state;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unknown_account) throw;
  }
  return outcome;
}

// Calls `action`. Where a fresh account lacks a refill rate, that is a usage error of an observation by
// options; where Keepa's answer has none, it is an invalid response, since no option would help.
template <typename Action>
auto applied(const Arguments& arguments, const std::optional<keepa::Observation>& observation,
             const Action& action) {
  try {
    return action();
  } catch (const Error& fault) {
    bool of_the_answer = arguments.has("--response") && observation && !observation->refill_rate;
    if (fault.code() != ErrorCode::usage || !of_the_answer) throw;
    throw Error(ErrorCode::invalid_response, fault.what());
  }
}

int run_observe(Context& context, const Arguments& arguments) {
  keepa::ResponseFacts facts = facts_in(arguments);
  const auto& observation = facts.observation;
  if (!observation && !arguments.has("--response")) {
    throw Error(ErrorCode::usage, "purser keepa observe needs --tokens-left N or --response FILE");
  }
  Database database = context.open_database();
  keepa::Ledger ledger(database, context.account());
  auto outcome = applied(arguments, observation, [&] {
    return observation ? ledger.observe(*observation, apply_of(arguments)) : nothing_observed(ledger);
  });
  if (facts.refuses_key) {
    outcome.why = keepa::NotApplied::key_refused;
    talk(key_refused(*facts.error_type, "nothing was observed"));
  } else if (!observation) {
    talk("there are no token counts in that answer: nothing was observed");
  }
  context.answer(json::encode(outcome, facts.error_type), text_of(outcome));
  return facts.refuses_key ? kPermission : kYes;
}

// For settle. Where the response is none (a pipe whose first command failed), the error says what becomes
// of the reservation.
keepa::ResponseFacts facts_of_a_call(const Arguments& arguments) {
  try {
    return facts_in(arguments);
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::invalid_response) throw;
    throw Error(fault.code(),
                fmt::format("{}. Nothing was settled; if the reservation is still open, "
                            "settle it without a response, which charges its cost, or it expires as spent",
                            fault.what()));
  }
}

// What is charged for a call whose answer has no token counts.
std::string cost_text(const keepa::SettleOutcome& outcome, const keepa::Settlement& settlement) {
  if (!outcome.settled) return "the reservation had ended before";
  if (settlement.consumed) return to_string(*settlement.consumed) + " tokens are charged, as was stated";
  bool is_free = settlement.key_refused || settlement.observation;
  return is_free ? "nothing was charged for that" : "the full cost is charged";
}

int run_settle(Context& context, const Arguments& arguments) {
  keepa::ResponseFacts facts = facts_of_a_call(arguments);
  keepa::Settlement settlement;
  settlement.observation = facts.observation;
  settlement.key_refused = facts.refuses_key;
  settlement.consumed = tokens_option(arguments, "--consumed", kCosts);
  bool needs_cost = !settlement.consumed && !settlement.observation && !settlement.key_refused;
  if (needs_cost) settlement.consumed = facts.consumed;
  settlement.apply = apply_of(arguments);
  Database database = context.open_database();
  keepa::Ledger ledger(database, context.account());
  auto outcome = applied(arguments, settlement.observation,
                         [&] { return ledger.settle(arguments.text("ID"), settlement); });
  bool refused = outcome.observed.why == keepa::NotApplied::key_refused;
  if (refused && !facts.error_type) facts.error_type = "all counts are 0";
  context.answer(json::encode(outcome, facts.error_type), text_of(outcome));
  if (refused) {
    talk(key_refused(*facts.error_type, cost_text(outcome, settlement)));
  } else if (arguments.has("--response") && !settlement.observation) {
    talk(fmt::format("warning: there are no token counts in that answer, so it may not be Keepa's: {}",
                     cost_text(outcome, settlement)));
  }
  return refused ? kPermission : kYes;
}

int run_leave(Context& context, const Arguments& arguments) {
  std::string task = arguments.text("--task");
  Database database = context.open_database();
  bool left = keepa::Ledger(database, context.account()).leave(task);
  context.answer(json::encode_leave(left),
                 left ? fmt::format("left: {} waits no longer, and holds nobody up", task)
                      : fmt::format("{} had no place in the queue", task));
  return kYes;
}

int run_release(Context& context, const Arguments& arguments) {
  Database database = context.open_database();
  bool released = keepa::Ledger(database, context.account()).release(arguments.text("ID"));
  context.answer(json::encode_release(released), released ? "released: its tokens are available again"
                                                          : "had ended before; nothing is given back twice");
  return kYes;
}

// --- status, ledger, verify ----------------------------------------------------------------------------

int run_status(Context& context, const Arguments&) {
  Database database = context.open_database();
  auto status = keepa::Ledger(database, context.account()).status();
  context.answer(json::encode(status), text_of(status, context.account(), context.reader()));
  return kYes;
}

int run_ledger(Context& context, const Arguments& arguments) {
  auto last = integer_option(arguments, "--last", 1, kMostEntries).value_or(kDefaultEntries);
  Database database = context.open_database();
  auto entries = keepa::Ledger(database, context.account()).entries(static_cast<int>(last));
  if (!context.json()) context.print(text_of(entries));
  for (const keepa::LedgerEntry& entry : entries) {
    if (context.json()) context.print(json::encode(entry));
  }
  return kYes;
}

int run_verify(Context& context, const Arguments&) {
  Database database = context.open_database();
  auto verification = keepa::Ledger(database, context.account()).verify();
  context.answer(json::encode(verification), text_of(verification, context.reader()));
  return verification.balance_matches && verification.held_matches ? kYes : kNo;
}

constexpr PositionalSpec kReservation{.name = "ID", .help = "the reservation that acquire answered"};

}  // namespace

std::vector<VerbSpec> keepa_verbs() {
  return {
      {.group = "keepa",
       .name = "observe",
       .summary = "tell what Keepa says the balance is",
       .details =
           R"(Any of Keepa's answers holds it, the free /token call and a 429 too. Makes the account where it is
new. An observation older than the last one, by Keepa's timestamp, is not applied (applied: false); one
whose last timestamp is more than 5 minutes ahead of this clock is no measure.
)",
       .options = observation_options(),
       .examples = {"purser keepa observe --tokens-left 55 --refill-rate 5",
                    "purser keepa observe --response - < answer.json",
                    "purser keepa observe --tokens-left -25 --refill-in 38205 --timestamp 1594177158252"},
       .run = run_observe},
      {.group = "keepa",
       .name = "acquire",
       .summary = "ask for tokens before a call",
       .details =
           R"(Exit status 0: granted, make the call, then settle. 75: refused for now (reason, place in the queue
and retry_at say why and until when). 65: never, no refill reaches that. A standard task is granted
whatever it costs while its threshold is available: 55 - 80 = -25. With --wait and KEEPA_API_KEY it asks
Keepa for the balance when the last observation is more than a minute old, one request for all who wait.
In --json: observe_due, Keepa was last asked more than a minute ago; advice skip, leave this run out rather
than wait; replayed, the grant that this --idempotency-key got before; ended, how that one ended since.
)",
       .options =
           {{.name = "--task",
             .placeholder = "NAME",
             .help = "who it is for; names the policy",
             .required = true},
            {.name = "--cost", .placeholder = "C", .help = "tokens the call will cost", .required = true},
            {.name = "--kind",
             .placeholder = "K",
             .help = "kind of call: keepa afford --kind K learns what it costs"},
            {.name = "--wait",
             .placeholder = "DURATION",
             .help = "wait that long for the grant: 90s, 2m, 12h"},
            {.name = "--expires-in",
             .placeholder = "D",
             .help = "until it counts as spent (10m; at most 1h)"},
            {.name = "--idempotency-key",
             .placeholder = "K",
             .help = "asked again within 24 h, the first grant is answered again"}},
       .examples = {"purser keepa acquire --task backfiller --cost 80",
                    "purser keepa acquire --task upserter --cost 5 --wait 2m --json"},
       .run = run_acquire},
      {.group = "keepa",
       .name = "afford",
       .summary = "what to send next: the largest cost granted now, and what a kind of call really costs",
       .details =
           R"(Asks for nothing, takes no place and writes nothing: a forecast, which others may overtake. largest is
null (any cost) where the task has no limit; at says when the cost would be granted, by the forecast of
retry_at. Without --cost, now, at, reason and place are about the least cost there is. With --kind: how
many of the latest 1000 settled calls of that kind said what they cost, their mean and largest cost, what
was reserved for them on average, and how many at the largest fit into one grant now.
Exit status 0, also where it is not now; 65: never, no refill reaches that cost.
)",
       .options = {{.name = "--task",
                    .placeholder = "NAME",
                    .help = "who would ask; names the policy",
                    .required = true},
                   {.name = "--cost", .placeholder = "C", .help = "tokens: granted now, or when?"},
                   {.name = "--kind",
                    .placeholder = "K",
                    .help = "kind of call, as acquired with --kind: what does it cost?"}},
       .examples = {"purser keepa afford --task upserter",
                    "purser keepa afford --task upserter --cost 40 --kind product",
                    "purser keepa afford --task backfiller --kind product --json | jq .mean"},
       .run = run_afford},
      {.group = "keepa",
       .name = "settle",
       .summary = "say what a granted call really cost",
       .details =
           R"(Best with Keepa's answer, whose count becomes the balance. Without any, --consumed is charged, else
the full cost. Where a later answer is known already, its count stays (applied: false); where the answer
is older than the reservation, it is another call's, and the full cost is charged. A bad key's answer
charges nothing (error_type, exit status 77). A second settle changes nothing (settled: false, 0).
)",
       .positionals = {kReservation},
       .options =
           with(observation_options(),
                {.name = "--consumed", .placeholder = "N", .help = "what the call cost; the rest is drift"}),
       .examples = {"purser keepa settle 0193…9c --response answer.json",
                    "purser keepa settle 0193…9c --consumed 76"},
       .run = run_settle},
      {.group = "keepa",
       .name = "release",
       .summary = "give a grant back: the call was never sent",
       .details =
           "A call that was sent and not answered is not released: it may have been charged. Settle it.\n",
       .positionals = {kReservation},
       .examples = {"purser keepa release 0193…9c"},
       .run = run_release},
      {.group = "keepa",
       .name = "leave",
       .summary = "give a task's place in the queue up: it will not ask again",
       .details =
           R"(A refused task keeps its place for the wait that it was told, and its patience; others wait behind it.
Where its last worker is gone, nobody needs to wait that long. Asked again, the task takes a new place,
at the end. Exit status 0, also where it had none (left: false).
)",
       .options = {{.name = "--task", .placeholder = "NAME", .help = "whose place", .required = true}},
       .examples = {"purser keepa leave --task upserter"},
       .run = run_leave},
      {.group = "keepa",
       .name = "status",
       .summary = "balance, what is held, who waits and why",
       .examples = {"purser keepa status", "purser --account second keepa status --json"},
       .run = run_status},
      {.group = "keepa",
       .name = "ledger",
       .summary = "the last movements, newest last",
       .details =
           R"(open: the first observation. refill: Keepa's tokens a minute. hold: granted. settle: what the call cost.
release: given back. expire: nobody settled it in time, so its cost is charged. drift: Keepa counted another
balance. void: a restore, or another key, made what was known worthless. carry: the sum of what prune took out.
)",
       .options = {{.name = "--last", .placeholder = "N", .help = "how many (default: 20)"}},
       .examples = {"purser keepa ledger --last 50", "purser keepa ledger --last 1000 --json | jq -s length"},
       .run = run_ledger},
      {.group = "keepa",
       .name = "verify",
       .summary = "prove that the ledger's sums are the balance",
       .details = "Exit status 1 where a sum does not match.\n",
       .examples = {"purser keepa verify"},
       .run = run_verify},
      {.group = "keepa",
       .name = "refresh",
       .summary = "ask Keepa what the balance is: its free /token request, once for all",
       .details =
           R"(One request in flight for the whole database, and at most one in 30 s (refreshed: false, with what is
known) unless the balance is unknown. Makes the account where it is new. The account remembers a hash of
the key it belongs to: another key is exit status 78 until --new-key accepts it, which makes the balance
unknown first. 69: Keepa cannot be reached or failed; 77: it refuses the key.
)",
       .options = {{.name = "--new-key",
                    .help = "the account belongs to the key in KEEPA_API_KEY from now on"}},
       .examples = {"purser keepa refresh", "purser --account second keepa refresh --json"},
       .run = run_keepa_refresh},
  };
}

}  // namespace purser::cli
