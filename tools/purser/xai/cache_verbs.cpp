// `purser xai cache …`: the verdicts that xAI gave.
#include <fmt/format.h>

#include "frame/context.h"
#include "frame/values.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/xai.h"
#include "xai/question.h"
#include "xai/text.h"

namespace purser::cli {
namespace {

constexpr Duration kOldest = std::chrono::hours(24 * 365 * 100);
constexpr std::int64_t kMostListed = 1'000'000;

std::optional<std::string> text_option(const Arguments& arguments, std::string_view name) {
  return arguments.has(name) ? std::optional(arguments.text(name)) : std::nullopt;
}

int run_get(Context& context, const Arguments& arguments) {
  xai::Question question = question_of(arguments);
  Database database = context.open_database();
  auto hit = xai::Verdicts(database).get(question);
  context.answer(json::encode_cache_get(hit), text_of(hit, context.reader()));
  return hit ? kYes : kNo;
}

int run_put(Context& context, const Arguments& arguments) {
  xai::Question question = question_of(arguments);
  bool verdict = verdict_of(arguments);
  Database database = context.open_database();
  xai::Verdicts(database).put(question, verdict, arguments.text("--model"));
  context.answer(json::encode_cache_put(verdict), fmt::format("stored: {}", verdict_word(verdict)));
  return kYes;
}

int run_stats(Context& context, const Arguments&) {
  Database database = context.open_database();
  auto stats = xai::Verdicts(database).stats();
  context.answer(json::encode(stats), text_of(stats, context.reader()));
  return kYes;
}

int run_list(Context& context, const Arguments& arguments) {
  xai::CacheFilter filter;
  filter.model = text_option(arguments, "--model");
  filter.question = text_option(arguments, "--question");
  filter.last = static_cast<int>(integer_option(arguments, "--last", 1, kMostListed).value_or(filter.last));
  Database database = context.open_database();
  auto verdicts = xai::Verdicts(database).list(filter);
  if (!context.json()) context.print(text_of(verdicts, context.reader()));
  for (const xai::CachedVerdict& cached : verdicts) {
    if (context.json()) context.print(json::encode(cached));
  }
  return kYes;
}

int run_delete(Context& context, const Arguments& arguments) {
  xai::Question question = question_of(arguments);
  Database database = context.open_database();
  bool removed = xai::Verdicts(database).remove(question);
  context.answer(json::encode_cache_removal(removed),
                 removed ? "removed: the next one who needs it asks" : "the cache has no such verdict");
  return removed ? kYes : kNo;
}

int run_prune(Context& context, const Arguments& arguments) {
  xai::PruneFilter filter{duration_option(arguments, "--older-than", kOldest),
                          text_option(arguments, "--model")};
  if (!filter.older_than && !filter.model)
    throw Error(ErrorCode::usage, "what is to be removed: --older-than D, or --model M, or both");
  Database database = context.open_database();
  std::int64_t removed = xai::Verdicts(database).prune(filter);
  context.answer(json::encode_cache_prune(removed), fmt::format("removed {}", counted(removed, "verdict")));
  return kYes;
}

}  // namespace

std::vector<VerbSpec> xai_cache_verbs() {
  return {
      {.group = "xai cache",
       .name = "get",
       .summary = "the verdict of a book, if it is known",
       .details = "Exit status 0: a hit, and false is one; 1: a miss (verdict: null). Every part\n"
                  "of the key counts, byte by byte. Nothing is written and nothing is counted.\n",
       .options = question_options(),
       .examples =
           {"purser xai cache get --title Eragon --category 'Books > Fantasy' --season Sep --price 49.90"},
       .run = run_get},
      {.group = "xai cache",
       .name = "put",
       .summary = "store a verdict, in place of the one that is there",
       .details = "What a fallback decided is no verdict.\n",
       .options = question_options({verdict_option(), model_option()}),
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
       .name = "list",
       .summary = "the newest verdicts: the key, the verdict, the model",
       .details = "Newest last. model: null where it was imported, or nobody said. refused_at:\n"
                  "xAI refused the question for its content then, and nobody asks it for 30 days;\n"
                  "without a verdict, verdict is null.\n",
       .options = {{.name = "--model", .placeholder = "M", .help = "only those that this model gave"},
                   {.name = "--question", .placeholder = "Q", .help = "only those of this question"},
                   {.name = "--last", .placeholder = "N", .help = "how many (default: 20)"}},
       .examples = {"purser xai cache list", "purser xai cache list --model grok-4.3 --last 1000 --json"},
       .run = run_list},
      {.group = "xai cache",
       .name = "delete",
       .summary = "forget what is known of one book, a refusal too",
       .details = "Exit status 1 where nothing was known (removed: false).\n",
       .options = question_options(),
       .examples =
           {"purser xai cache delete --title Eragon --category 'Books > Fantasy' --season Sep --price 49.90"},
       .run = run_delete},
      {.group = "xai cache",
       .name = "prune",
       .summary = "remove the verdicts that are older, or of one model",
       .details = "At least one of the two; with both, what fits both. "
                  "A refusal that is remembered with one goes with it.\n",
       .options = {{.name = "--older-than", .placeholder = "D", .help = "since they were stored: 180d, 12h"},
                   {.name = "--model", .placeholder = "M", .help = "that gave them"}},
       .examples = {"purser xai cache prune --older-than 365d", "purser xai cache prune --model grok-4.3"},
       .run = run_prune},
  };
}

}  // namespace purser::cli
