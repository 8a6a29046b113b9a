// `purser keepa policy …`: the rows that say how a task is decided.
#include "frame/context.h"
#include "frame/values.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/keepa.h"
#include "keepa/text.h"
#include "purser/keepa.h"
#include "purser/keepa_policy.h"

namespace purser::cli {
namespace {

constexpr Duration kLongestPatience = std::chrono::hours(24 * 30);

int run_list(Context& context, const Arguments&) {
  Database database = context.open_database();
  auto policies = keepa::policies(database);
  if (!context.json()) context.print(text_of(policies));
  for (const keepa::Policy& policy : policies) {
    if (context.json()) context.print(json::encode(policy));
  }
  return kYes;
}

keepa::DeficitChange max_deficit_of(const Arguments& arguments) {
  if (!arguments.has("--max-deficit")) return {};
  if (arguments.text("--max-deficit") == "none") return keepa::DeficitChange::none();
  return keepa::DeficitChange::at_most(tokens_option(arguments, "--max-deficit", kCosts).value());
}

keepa::PolicyChange change_of(const Arguments& arguments) {
  keepa::PolicyChange change;
  change.threshold = tokens_option(arguments, "--threshold", kCosts);
  change.margin = tokens_option(arguments, "--margin", kCosts);
  change.buffer = tokens_option(arguments, "--buffer", kCosts);
  change.max_deficit = max_deficit_of(arguments);
  change.patience = duration_option(arguments, "--patience", kLongestPatience);
  if (change.buffer && (change.threshold || change.margin)) {
    throw Error(ErrorCode::usage, "a policy has --threshold and --margin, or --buffer, not both");
  }
  if (change.buffer && change.max_deficit.kind == keepa::DeficitChange::Kind::at_most) {
    throw Error(ErrorCode::usage, "--max-deficit belongs to --threshold: with --buffer there is no deficit");
  }
  return change;
}

int run_set(Context& context, const Arguments& arguments) {
  keepa::PolicyChange change = change_of(arguments);
  Database database = context.open_database();
  auto policy = keepa::set_policy(database, arguments.text("NAME"), change);
  context.answer(json::encode(policy), text_of(std::vector{policy}));
  return kYes;
}

}  // namespace

std::vector<VerbSpec> keepa_policy_verbs() {
  return {
      {.group = "keepa policy",
       .name = "list",
       .summary = "all policies",
       .examples = {"purser keepa policy list"},
       .run = run_list},
      {.group = "keepa policy",
       .name = "set",
       .summary = "make or change a policy; what is not named stays",
       .details =
           "With a threshold a task may go into debt: it runs from the threshold, and after a refusal from\n"
           "threshold + margin. With a buffer it never goes below the buffer.\n",
       .positionals = {{.name = "NAME", .help = "the task, or standard for all without their own"}},
       .options =
           {{.name = "--threshold", .placeholder = "N", .help = "granted from this many available tokens"},
            {.name = "--margin", .placeholder = "N", .help = "more than that after a refusal"},
            {.name = "--buffer", .placeholder = "N", .help = "tokens that a grant leaves available"},
            {.name = "--max-deficit", .placeholder = "N|none", .help = "a grant leaves at most this debt"},
            {.name = "--patience",
             .placeholder = "D",
             .help = "how long a place in the queue outlives the wait that was told"}},
       .examples = {"purser keepa policy set backfiller --threshold 60 --margin 5",
                    "purser keepa policy set upserter --buffer 25 --patience 20m",
                    "purser keepa policy set backfiller --max-deficit none"},
       .run = run_set},
  };
}

}  // namespace purser::cli
