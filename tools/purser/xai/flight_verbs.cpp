// `purser xai claim`, `answer`, `abandon`: one call for one question, for workers that call xAI themselves.
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
  xai::ClaimOptions options;
  options.deadline = duration_option(arguments, "--deadline", xai::kMaxDeadline).value_or(options.deadline);
  options.purpose = arguments.text("--for");
  Database database = context.open_database();
  auto outcome = xai::Verdicts(database).claim(question, options);
  if (const auto* claimed = std::get_if<xai::Claimed>(&outcome)) {
    context.if_undelivered([database_options = context.quiet_database_options(), id = claimed->flight] {
      give_back(database_options, id);
    });
  }
  context.answer(json::encode(outcome), text_of(outcome, context.reader()));
  return json::exit_status(outcome);
}

int run_answer(Context& context, const Arguments& arguments) {
  bool verdict = verdict_of(arguments);
  Database database = context.open_database();
  bool stored =
      xai::Verdicts(database).answer(arguments.text("FLIGHT"), verdict, arguments.text("--model"), {});
  context.answer(json::encode_answer(stored),
                 stored ? "stored" : "not stored: the flight had ended, or there is a newer answer");
  return kYes;
}

int run_abandon(Context& context, const Arguments& arguments) {
  xai::Abandonment how;
  how.never_sent = arguments.has("--never-sent");
  how.refused_content = arguments.has("--refused-content");
  if (how.never_sent && how.refused_content)
    throw Error(ErrorCode::usage,
                "--refused-content says what xAI answered, and --never-sent that it was not asked");
  if (how.refused_content) how.failure = xai::name_of(xai::DenyReason::refused_content);
  Database database = context.open_database();
  bool released = xai::Verdicts(database).abandon(arguments.text("FLIGHT"), how);
  context.answer(json::encode_abandon(released), released
                                                     ? "abandoned, and its call is given back"
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
           R"(Exit status 0: a hit (verdict), or claimed: make the call, then answer or
abandon its flight, which is one worker's call for one question. 75: another
worker asks already (in_flight: look again at retry_at), or the quota is used
up or xAI is not to be asked now (denied). 65: xAI refused this question for
its content (denied, refused_content).
A claim counts one call of today's quota. Who has claimed and says nothing
until the deadline and 10 s have passed has lost it: then another may ask.
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
       .options = {verdict_option(), model_option()},
       .examples = {"purser xai answer 019f…3c --verdict false",
                    "purser xai answer 019f…3c --verdict true --model grok-4.3"},
       .run = run_answer},
      {.group = "xai",
       .name = "abandon",
       .summary = "nobody will answer a claim: let another ask",
       .positionals = {kFlight},
       .options = {{.name = "--never-sent",
                    .help = "the call was never sent, or refused at the door: give it back to the quota"},
                   {.name = "--refused-content",
                    .help = "xAI refused the question for its content: nobody asks it for 30 days"}},
       .examples = {"purser xai abandon 019f…3c", "purser xai abandon 019f…3c --never-sent",
                    "purser xai abandon 019f…3c --refused-content"},
       .run = run_abandon},
  };
}

}  // namespace purser::cli
