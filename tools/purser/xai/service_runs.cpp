// Runs the xai verbs that call xAI, in purser-net.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "frame/context.h"
#include "frame/files.h"
#include "frame/talk.h"
#include "frame/values.h"
#include "frame/verbs.h"
#include "frame/waiting_clock.h"
#include "json/exit_status.h"
#include "json/services.h"
#include "purser/xai_service.h"
#include "xai/question.h"
#include "xai/text.h"

namespace purser::cli {
namespace {

constexpr Duration kLongestAge = std::chrono::hours(24 * 365 * 100);

// --- judge ---------------------------------------------------------------------------------------------

json::Fallback fallback_of(const Arguments& arguments) {
  if (!arguments.has("--no-fallback")) return json::Fallback::allowed;
  if (!arguments.has("--fallback")) return json::Fallback::refused;
  throw Error(ErrorCode::usage, "--fallback says what to assume and --no-fallback that nothing is: give one");
}

xai::JudgeOptions judge_options_of(const Arguments& arguments) {
  xai::JudgeOptions options;
  options.safe_assumption = arguments.text("--fallback") != "false";
  options.assume = !arguments.has("--no-fallback");
  options.purpose = arguments.text("--for");
  options.max_age = duration_option(arguments, "--max-age", kLongestAge);
  return options;
}

void report_failure(const xai::Judgement& judgement, json::Fallback fallback) {
  if (!judgement.failure) return;
  if (!json::has_verdict(judgement, fallback)) return talk(judgement.message);
  talk(fmt::format("warning: {} is assumed, and no verdict of xAI's (none is with --no-fallback): {}",
                   verdict_word(judgement.verdict), judgement.message));
}

std::string_view text_of(xai::Source source) {
  switch (source) {
    case xai::Source::cache: return "from the cache";
    case xai::Source::xai: return "xAI's answer";
    case xai::Source::fallback: return "assumed";
  }
  return "";
}

std::string reason_text(const xai::Judgement& judgement, const Reader& reader) {
  if (!judgement.failure) return "";
  std::string text = fmt::format(": {}", xai::name_of(*judgement.failure));
  if (judgement.retry_at) {
    text += fmt::format("; ask again {}, at {}", from_now(*judgement.retry_at, reader.now),
                        rfc3339(*judgement.retry_at));
  }
  return text;
}

std::string text_of(const xai::Judgement& judgement, json::Fallback fallback, const Reader& reader) {
  std::string reason = reason_text(judgement, reader);
  if (!json::has_verdict(judgement, fallback)) {
    return fmt::format("{}{}\n", decision_word("no verdict", Mood::bad, reader.colour), reason);
  }
  Mood mood = judgement.source == xai::Source::fallback ? Mood::patient : Mood::good;
  return fmt::format("{}  {}{}\n", decision_word(verdict_word(judgement.verdict), mood, reader.colour),
                     text_of(judgement.source), reason);
}

xai::ServiceOptions service_options_of(const Arguments& arguments) {
  auto options = xai::ServiceOptions::from_environment();
  if (auto most = integer_option(arguments, "--max-tokens", xai::kMinTokens, xai::kMaxTokens))
    options.max_tokens = static_cast<int>(*most);
  return options;
}

// --- query ---------------------------------------------------------------------------------------------

std::string prompt_from_input() {
  if (isatty(STDIN_FILENO) == 1) talk("type the prompt for xAI, then Ctrl-D on a line of its own");
  std::string prompt = read_prompt();
  if (std::all_of(prompt.begin(), prompt.end(), [](unsigned char c) { return std::isspace(c) != 0; })) {
    throw Error(ErrorCode::usage, "the prompt is what stands on standard input, and nothing does");
  }
  return prompt;
}

}  // namespace

int run_xai_judge(Context& context, const Arguments& arguments) {
  xai::Question question = question_of(arguments);
  json::Fallback fallback = fallback_of(arguments);
  auto options = service_options_of(arguments);
  auto how = judge_options_of(arguments);
  options.deadline = duration_option(arguments, "--deadline", xai::kMaxDeadline).value_or(options.deadline);
  WaitingClock clock("the verdict");
  Database database = context.open_database(clock);
  auto judgement = xai::Service(database, options).judge(question, how);
  report_failure(judgement, fallback);
  context.answer(json::encode(judgement, fallback), text_of(judgement, fallback, context.reader()));
  return json::exit_status(judgement, fallback);
}

int run_xai_query(Context& context, const Arguments& arguments) {
  auto options = service_options_of(arguments);
  std::string prompt = prompt_from_input();
  WaitingClock clock("xAI", options.deadline);
  Database database = context.open_database(clock);
  xai::Service service(database, options);
  auto reply =
      arguments.has("--for") ? service.query(prompt, arguments.text("--for")) : service.query(prompt);
  std::int64_t bypass_calls = xai::Quota(database).status().bypass_calls;
  if (reply.cut)
    talk("warning: the answer is cut at the limit of tokens: set --max-tokens or XAI_MAX_TOKENS higher");
  context.answer(json::encode(reply, bypass_calls), printable_lines(reply.text));
  return kYes;
}

}  // namespace purser::cli
