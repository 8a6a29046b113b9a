// `purser xai judge` and `purser xai query`: xAI itself is asked.
#include "frame/service_verbs.h"
#include "frame/verbs.h"
#include "xai/question.h"

namespace purser::cli {

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
