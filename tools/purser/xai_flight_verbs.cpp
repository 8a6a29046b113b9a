// `purser xai claim`, `answer`, `abandon`: one call for one question, for workers that call xAI themselves.
#include <fmt/format.h>

#include "context.h"
#include "exit_status.h"
#include "talk.h"
#include "values.h"
#include "verbs.h"
#include "xai_answers.h"
#include "xai_question.h"
#include "xai_text.h"

namespace purser::cli {
namespace {

bool is_yes(const xai::ClaimOutcome& outcome) {
  return std::holds_alternative<xai::Hit>(outcome) || std::holds_alternative<xai::Claimed>(outcome);
}

void give_back(const DatabaseOptions& options, const std::string& flight) {
  try {
    Database database = Database::open(options);
    xai::Verdicts(database).abandon(flight, {.never_sent = true});
    talk(fmt::format("flight {} was given back with its call: nobody got it, so no call was sent", flight));
  } catch (const std::exception& fault) {
    talk(fmt::format("flight {} could not be given back; another may ask when it lapses: {}", flight,
                     fault.what()));
  }
}

int run_claim(Context& context, const Arguments& arguments) {
  xai::Question question = question_of(arguments);
  Duration deadline =
      duration_option(arguments, "--deadline", xai::kMaxDeadline).value_or(xai::kDefaultDeadline);
  Database database = context.open_database();
  auto outcome = xai::Verdicts(database).claim(question, deadline, arguments.text("--for"));
  if (const auto* claimed = std::get_if<xai::Claimed>(&outcome)) {
    context.if_undelivered(
        [options = context.quiet_database_options(), id = claimed->flight] { give_back(options, id); });
  }
  context.answer(answer_of(outcome), text_of(outcome, context.reader()));
  return is_yes(outcome) ? kYes : kRefused;
}

int run_answer(Context& context, const Arguments& arguments) {
  bool verdict = verdict_of(arguments);
  Database database = context.open_database();
  bool stored = xai::Verdicts(database).answer(arguments.text("FLIGHT"), verdict);
  context.answer(Answer().add("stored", stored),
                 stored ? "stored" : "not stored: the flight had ended, or there is a newer answer");
  return kYes;
}

int run_abandon(Context& context, const Arguments& arguments) {
  bool never_sent = arguments.has("--never-sent");
  Database database = context.open_database();
  bool released = xai::Verdicts(database).abandon(arguments.text("FLIGHT"), {.never_sent = never_sent});
  context.answer(Answer().add("released", released),
                 released ? "abandoned, and its call is given back"
                          : "abandoned: another may ask; its call stays counted");
  return kYes;
}

constexpr PositionalSpec kFlight{.name = "FLIGHT", .help = "the id that claim answered"};

}  // namespace

std::vector<VerbSpec> xai_flight_verbs() {
  return {
      {.group = "xai",
       .name = "claim",
       .summary = "the verdict if it is known, else the right to ask xAI for it",
       .details =
           R"(Exit status 0: a hit (verdict), or claimed: make the call, then answer or abandon its flight.
75: another worker asks already (in_flight: look again at retry_at), or the quota is used up (denied).
A claim counts one call of today's quota. Who has claimed and says nothing until the deadline and 10 s
have passed has lost it: then another may ask.
)",
       .options = question_options(
           {{.name = "--deadline", .placeholder = "D", .help = "the call's own (150s; at most 1h)"},
            {.name = "--for", .placeholder = "PURPOSE", .help = "what for (default: the question)"}}),
       .examples =
           {"purser xai claim --title Eragon --category 'Books > Fantasy' --season Sep --price 49.90"},
       .run = run_claim},
      {.group = "xai",
       .name = "answer",
       .summary = "store what xAI answered to a claim",
       .details =
           "A late answer is stored too, unless a newer one is there (stored: false, exit status 0). What a\n"
           "fallback decided is no answer: abandon the flight.\n",
       .positionals = {kFlight},
       .options = {verdict_option()},
       .examples = {"purser xai answer 019f…3c --verdict false"},
       .run = run_answer},
      {.group = "xai",
       .name = "abandon",
       .summary = "nobody will answer a claim: let another ask",
       .positionals = {kFlight},
       .options = {{.name = "--never-sent", .help = "the call was never sent: give it back to the quota"}},
       .examples = {"purser xai abandon 019f…3c", "purser xai abandon 019f…3c --never-sent"},
       .run = run_abandon},
  };
}

}  // namespace purser::cli
