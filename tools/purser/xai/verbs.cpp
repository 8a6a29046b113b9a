// `purser xai …`: the daily quota of paid calls, and the calls themselves, which service_runs.cpp makes.
#include <fmt/format.h>

#include "frame/context.h"
#include "frame/talk.h"
#include "frame/values.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/xai.h"
#include "xai/question.h"
#include "xai/text.h"

namespace purser::cli {
namespace {

// --- acquire, release ----------------------------------------------------------------------------------

void give_back(const DatabaseOptions& options, const std::string& grant) {
  try {
    Database database = Database::open(options);
    xai::Quota(database).release(grant);
    talk(fmt::format("grant {} was given back: nobody got it, so no call was sent", grant));
  } catch (const std::exception& fault) {
    talk(fmt::format("grant {} could not be given back and stays counted: {}", grant, fault.what()));
  }
}

int run_acquire(Context& context, const Arguments& arguments) {
  std::string purpose = arguments.text("--for");
  Database database = context.open_database();
  xai::Quota quota(database);
  if (arguments.has("--bypass")) {
    auto granted = quota.bypass(purpose);
    context.answer(json::encode(granted), text_of(granted, context.reader()));
    return kYes;
  }
  auto outcome = quota.acquire(purpose);
  if (const auto* granted = std::get_if<xai::UnitGranted>(&outcome)) {
    context.if_undelivered(
        [options = context.quiet_database_options(), id = granted->grant] { give_back(options, id); });
  }
  context.answer(json::encode(outcome), text_of(outcome, context.reader()));
  return json::exit_status(outcome);
}

int run_release(Context& context, const Arguments& arguments) {
  Database database = context.open_database();
  auto outcome = xai::Quota(database).release(arguments.text("GRANT"));
  context.answer(json::encode(outcome), text_of(outcome));
  return kYes;
}

// --- status and the settings ---------------------------------------------------------------------------

int answer_status(Context& context, Database& database) {
  json::XaiStatus status = json::load_xai_status(database);
  context.answer(json::encode(status), text_of(status, context.reader()));
  return kYes;
}

int run_status(Context& context, const Arguments&) {
  Database database = context.open_database();
  return answer_status(context, database);
}

int run_limit(Context& context, const Arguments& arguments) {
  auto limit = integer_option(arguments, "N", 0, xai::kMaxDailyLimit);
  Database database = context.open_database();
  xai::Quota(database).set_limit(limit.value_or(0));
  return answer_status(context, database);
}

int run_resume(Context& context, const Arguments&) {
  Database database = context.open_database();
  xai::Quota(database).resume();
  return answer_status(context, database);
}

int run_time_zone(Context& context, const Arguments& arguments) {
  Database database = context.open_database();
  xai::Quota(database).set_time_zone(arguments.text("ZONE"));
  return answer_status(context, database);
}

// set-day may give a second quota for a day, so it is not done by a slip.
void require_confirmed_day(const Arguments& arguments, const xai::Quota& quota, std::int64_t calls) {
  xai::QuotaState present = quota.status();
  require_confirmation(
      arguments, fmt::format("{} is counted, with {} calls used. Count {} with {} instead?", present.date,
                             present.calls_today, arguments.text("DATE"), calls));
}

int run_set_day(Context& context, const Arguments& arguments) {
  std::int64_t calls = integer_option(arguments, "--calls", 0, xai::kMaxDailyLimit).value_or(0);
  require_yes_off_a_terminal(arguments, "purser xai set-day changes what is counted");
  Database database = context.open_database();
  xai::Quota quota(database);
  require_confirmed_day(arguments, quota, calls);
  quota.set_day(arguments.text("DATE"), calls);
  return answer_status(context, database);
}

}  // namespace

std::vector<VerbSpec> xai_verbs() {
  return {
      {.group = "xai",
       .name = "acquire",
       .summary = "ask for one call of today's quota",
       .details =
           R"(Exit status 0: granted; the call is counted, whatever becomes of it. 75: denied
until the next day begins, or a pause is over (retry_at). With --bypass it is a
call outside the quota: always granted, and counted apart.
)",
       .options = {{.name = "--bypass", .help = "a call outside the quota, counted apart (bypass_calls)"},
                   {.name = "--for", .placeholder = "PURPOSE", .help = "what for, for whoever looks at it"}},
       .examples = {"purser xai acquire --for price_reasonable",
                    "purser xai acquire --bypass --for guided_learning --json"},
       .run = run_acquire},
      {.group = "xai",
       .name = "release",
       .summary = "give a call back that was never sent",
       .details = "Once, and on its own day. A call that was sent and failed is not released.\n",
       .positionals = {{.name = "GRANT", .help = "the id that acquire answered"}},
       .examples = {"purser xai release 019f…3c"},
       .run = run_release},
      {.group = "xai",
       .name = "status",
       .summary = "today's calls, what is left of them, and when the next day begins",
       .examples = {"purser xai status", "purser xai status --json | jq .remaining"},
       .run = run_status},
      {.group = "xai",
       .name = "limit",
       .summary = "how many calls a day has",
       .details = "Holds at once. It also ends a stop for used-up credits (no_credits).\n",
       .positionals = {{.name = "N", .help = "calls a day; 0: none"}},
       .examples = {"purser xai limit 1000"},
       .run = run_limit},
      {.group = "xai",
       .name = "resume",
       .summary = "end a pause: xAI may be asked at once",
       .details =
           R"(After a rate limit, a wrong key, a missing permission or an unknown model all
workers with that key and model pause, and then one of them probes. Another
key or model needs no resume: it is asked at once.
)",
       .examples = {"purser xai resume", "purser xai resume --json | jq .pause"},
       .run = run_resume},
      {.group = "xai",
       .name = "time-zone",
       .summary = "where the days of the quota begin and end",
       .details = "The day that is counted goes on until it ends in the new zone; "
                  "further east that may be at once.\n",
       .positionals = {{.name = "ZONE", .help = "an IANA name: UTC, Europe/Berlin"}},
       .examples = {"purser xai time-zone America/New_York"},
       .run = run_time_zone},
      {.group = "xai",
       .name = "set-day",
       .summary = "repair a day that a wrong clock pinned",
       .details =
           R"(The day only moves forward by itself: after a clock that was a year ahead, that day stays. This
counts DATE from now on, with N calls used. On a terminal it asks whether that is meant; elsewhere it
needs --yes.
)",
       .positionals = {{.name = "DATE", .help = "today, in the time zone of the quota, such as 2026-11-24"}},
       .options = {{.name = "--calls", .placeholder = "N", .help = "calls it has used", .required = true},
                   {.name = "--yes", .help = "do not ask whether that is meant"}},
       .examples = {"purser xai set-day 2026-11-24 --calls 310 --yes"},
       .run = run_set_day},
  };
}

// A table apart, since help lists these after the verbs of the cache.
std::vector<VerbSpec> xai_service_verbs() {
  return {
      {.group = "xai",
       .name = "judge",
       .summary = "a verdict: from the cache, else from xAI, else what is assumed",
       .details =
           R"(One call for one question: who finds another worker asking waits for that
answer. Where there is none (the quota or the credits are used up, xAI fails,
the key is wrong) the fallback is assumed, and marked so (source: fallback, and
the reason); it is never stored, it is counted (assumed). Exit status 0
whenever a verdict is printed. With --no-fallback there is none then (verdict:
null), and the status says why: where money hangs on the verdict, that is the
option to take.
  75  limit, no_credits, rate_limited, paused
  77  wrong_key, no_permission
  78  unknown_model
  69  unreachable, timeout, unparsable, rejected
  65  refused_content
After a rate limit, a wrong key, a missing permission or an unknown model all
workers with that key and model pause until retry_at; `purser xai resume` ends
it. Without a key the cache answers; a call is then exit status 78.
)",
       .options = question_options(
           {{.name = "--fallback",
             .placeholder = "true|false",
             .help = "what is assumed where there is no verdict (default: true)",
             .choices = {"true", "false"}},
            {.name = "--no-fallback", .help = "xAI's verdict or none"},
            {.name = "--deadline",
             .placeholder = "D",
             .help = "of the call with its repeats (150s; at most 1h)"},
            {.name = "--max-age", .placeholder = "D", .help = "ask anew where the cache's verdict is older"},
            {.name = "--max-tokens",
             .placeholder = "N",
             .help = "of an answer, thinking included (else XAI_MAX_TOKENS, else 2048)"},
            {.name = "--for", .placeholder = "PURPOSE", .help = "what for (default: the question)"}}),
       .examples = {"purser xai judge --title Eragon --category 'Books > Fantasy' --season Sep --price 49.90",
                    "purser xai judge --title Eragon --category Books --season Sep --price 49.9 "
                    "--no-fallback --json",
                    "purser xai judge --title Eragon --category Books --season Sep --price 49.9 "
                    "--max-age 180d --max-tokens 4096"},
       .run = run_xai_judge},
      {.group = "xai",
       .name = "query",
       .summary = "send the text on standard input to xAI, outside the quota",
       .details =
           R"(For prompts of your own: the day's limit does not deny them, and they are
counted apart (bypass_calls). Prints the text that xAI answers; with --json also
the model and what the call used. The prompt is UTF-8 of at most 1 MiB. An
answer that is cut at the limit of tokens is printed as far as it goes, with a
warning (cut: true). What xAI refuses for its content is exit status 65
(refused_content).
)",
       .options = {{.name = "--max-tokens",
                    .placeholder = "N",
                    .help = "of the answer (else XAI_MAX_TOKENS, else xAI's own limit)"},
                   {.name = "--for",
                    .placeholder = "PURPOSE",
                    .help = "what for, for whoever looks at it (default: guided_learning)"}},
       .examples = {"purser xai query < prompt.txt", "purser xai query --json < prompt.txt | jq -r .text",
                    "purser xai query --max-tokens 8000 < prompt.txt"},
       .run = run_xai_query},
  };
}

}  // namespace purser::cli
