#include "keepa/acquire.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>

#include "frame/output.h"
#include "frame/talk.h"
#include "frame/values.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/keepa.h"
#include "keepa/text.h"
#include "purser/keepa_status.h"

namespace purser::cli {
namespace {

constexpr Duration kLongestWait = std::chrono::hours(24 * 365);

bool has_api_key() {
  const char* key = std::getenv("KEEPA_API_KEY");
  std::string_view text = key == nullptr ? "" : key;
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) == 0; });
}

bool is_observe_due(const keepa::AcquireOutcome& outcome) {
  const auto* refused = std::get_if<keepa::Refused>(&outcome);
  return refused != nullptr && refused->observe_due;
}

// A caller with an idempotency key repeats it, gets this grant as its answer, and settles or releases it:
// such a grant is not given back.
bool is_given_back(const keepa::AcquireOutcome& outcome, const keepa::AcquireRequest& request) {
  const auto* granted = std::get_if<keepa::Granted>(&outcome);
  return granted != nullptr && !granted->replayed && request.idempotency_key.empty();
}

// Opens the database itself, since the clock and the log of the verb are gone by then.
void give_back(const DatabaseOptions& options, const std::string& account, const std::string& reservation) {
  try {
    Database database = Database::open(options);
    keepa::Ledger(database, account).release(reservation);
    talk(fmt::format("reservation {} was given back: nobody got it, so no call was sent", reservation));
  } catch (const std::exception& fault) {
    talk(fmt::format("reservation {} could not be given back and expires as spent: {}", reservation,
                     fault.what()));
  }
}

// nullopt where the database is busy: the caller waits anyway.
std::optional<keepa::AcquireOutcome> try_acquire(keepa::Ledger& ledger,
                                                 const keepa::AcquireRequest& request) {
  try {
    return ledger.acquire(request);
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::busy) throw;
    return std::nullopt;
  }
}

int wait_without_keepa(Context& context, const keepa::AcquireRequest& request, Duration wait) {
  WaitingClock clock(asked_text(request), wait);
  clock.end_with_reader();
  Database database = context.open_database(clock);
  keepa::Ledger ledger(database, context.account());
  show_place(clock, ledger, request);
  auto outcome = try_acquire(ledger, request);
  if (outcome && is_observe_due(*outcome)) {
    talk("waiting on what others observe: without KEEPA_API_KEY Keepa is not asked meanwhile");
  }
  if (!outcome || std::holds_alternative<keepa::Refused>(*outcome)) {
    outcome = ledger.acquire_waiting(request, wait, outcome);
  }
  return answer_after_wait(context, request, *outcome);
}

// --- afford --------------------------------------------------------------------------------------------

keepa::AffordQuery question_of(const Arguments& arguments) {
  keepa::AffordQuery question;
  question.task = arguments.text("--task");
  question.cost = tokens_option(arguments, "--cost", kCosts);
  question.kind = arguments.text("--kind");
  if (arguments.has("--kind") && question.kind.empty()) {
    throw Error(ErrorCode::usage, "--kind is empty: leave it away, or name one");
  }
  return question;
}

}  // namespace

keepa::AcquireRequest acquire_request_of(const Arguments& arguments) {
  keepa::AcquireRequest request;
  request.task = arguments.text("--task");
  request.cost = tokens_option(arguments, "--cost", kCosts).value_or(Millitokens{});
  request.kind = arguments.text("--kind");
  request.expires_in =
      duration_option(arguments, "--expires-in", keepa::kMaxLifetime).value_or(request.expires_in);
  request.idempotency_key = arguments.text("--idempotency-key");
  if (arguments.has("--idempotency-key") && request.idempotency_key.empty()) {
    throw Error(ErrorCode::usage, "--idempotency-key is empty: leave it away, or name one");
  }
  return request;
}

std::optional<Duration> wait_of(const Arguments& arguments) {
  return duration_option(arguments, "--wait", kLongestWait);
}

void show_place(WaitingClock& clock, const keepa::Ledger& ledger, const keepa::AcquireRequest& request) {
  clock.update_before_sleep([&clock, &ledger, &request]() -> std::string {
    try {
      return place_text(ledger.afford({request.task, request.cost, {}}), clock.now());
    } catch (const Error&) {
      return "";  // the next acquire reports what is wrong with the database
    }
  });
}

int answer_acquire(Context& context, const keepa::AcquireRequest& request,
                   const keepa::AcquireOutcome& outcome) {
  if (is_given_back(outcome, request)) {
    context.if_undelivered(
        [options = context.quiet_database_options(), account = context.account(),
         id = std::get<keepa::Granted>(outcome).reservation] { give_back(options, account, id); });
  }
  context.answer(json::encode(outcome), text_of(outcome, request, context.account(), context.reader()));
  return json::exit_status(outcome);
}

int answer_after_wait(Context& context, const keepa::AcquireRequest& request,
                      const keepa::AcquireOutcome& outcome) {
  int status = answer_acquire(context, request, outcome);
  if (!reader_has_left()) return status;
  if (auto undo = context.take_give_back()) undo();
  throw ReaderLeft();
}

int run_acquire(Context& context, const Arguments& arguments) {
  keepa::AcquireRequest request = acquire_request_of(arguments);
  auto wait = wait_of(arguments);
  if (wait && has_api_key()) return run_acquire_with_refresh(context, arguments);
  if (wait) return wait_without_keepa(context, request, *wait);
  Database database = context.open_database();
  return answer_acquire(context, request, keepa::Ledger(database, context.account()).acquire(request));
}

// "Not now" is an answer here, and exit status 0: nothing was refused.
int run_afford(Context& context, const Arguments& arguments) {
  keepa::AffordQuery question = question_of(arguments);
  Database database = context.open_database();
  auto affordable = keepa::Ledger(database, context.account()).afford(question);
  context.answer(json::encode(affordable, question), text_of(affordable, question, context.reader()));
  return question.cost && affordable.never ? kImpossible : kYes;
}

}  // namespace purser::cli
