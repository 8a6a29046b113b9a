// `purser xai cache …`: what xAI answered already.
#include <fmt/format.h>

#include "context.h"
#include "exit_status.h"
#include "values.h"
#include "verbs.h"
#include "xai_answers.h"
#include "xai_question.h"
#include "xai_text.h"

namespace purser::cli {
namespace {

constexpr Duration kOldest = std::chrono::hours(24 * 365 * 100);

int run_get(Context& context, const Arguments& arguments) {
  xai::Question question = question_of(arguments);
  Database database = context.open_database();
  auto hit = xai::Verdicts(database).get(question);
  context.answer(answer_of(hit), text_of(hit, context.reader()));
  return hit ? kYes : kNo;
}

int run_put(Context& context, const Arguments& arguments) {
  xai::Question question = question_of(arguments);
  bool verdict = verdict_of(arguments);
  Database database = context.open_database();
  xai::Verdicts(database).put(question, verdict);
  context.answer(Answer().add("hit", true).add("verdict", verdict).add("stored", true),
                 fmt::format("stored: {}", verdict_word(verdict)));
  return kYes;
}

int run_stats(Context& context, const Arguments&) {
  Database database = context.open_database();
  auto stats = xai::Verdicts(database).stats();
  context.answer(answer_of(stats), text_of(stats, context.reader()));
  return kYes;
}

int run_prune(Context& context, const Arguments& arguments) {
  auto older_than = duration_option(arguments, "--older-than", kOldest);
  Database database = context.open_database();
  std::int64_t removed = xai::Verdicts(database).prune(older_than.value_or(kOldest));
  context.answer(Answer().add("removed", removed), fmt::format("removed {}", counted(removed, "verdict")));
  return kYes;
}

}  // namespace

std::vector<VerbSpec> xai_cache_verbs() {
  return {
      {.group = "xai cache",
       .name = "get",
       .summary = "the verdict of a book, if it is known",
       .details = "Exit status 0: a hit, and false is one; 1: a miss (verdict: null). Every part of the key "
                  "counts,\n"
                  "byte by byte. Nothing is written and nothing is counted.\n",
       .options = question_options(),
       .examples =
           {"purser xai cache get --title Eragon --category 'Books > Fantasy' --season Sep --price 49.90"},
       .run = run_get},
      {.group = "xai cache",
       .name = "put",
       .summary = "store a verdict, in place of the one that is there",
       .details = "What a fallback decided is no verdict.\n",
       .options = question_options({verdict_option()}),
       .examples =
           {"purser xai cache put --title Eragon --category 'Books > Fantasy' --season Sep --price 49.90 "
            "--verdict false"},
       .run = run_put},
      {.group = "xai cache",
       .name = "stats",
       .summary = "how many verdicts, how old, and today's hits and misses",
       .details = "Hits and misses as far as counted: a process adds its own with its next write.\n",
       .examples = {"purser xai cache stats"},
       .run = run_stats},
      {.group = "xai cache",
       .name = "prune",
       .summary = "remove the verdicts that are older",
       .options = {{.name = "--older-than",
                    .placeholder = "D",
                    .help = "since they were stored: 180d, 12h",
                    .required = true}},
       .examples = {"purser xai cache prune --older-than 365d"},
       .run = run_prune},
  };
}

}  // namespace purser::cli
