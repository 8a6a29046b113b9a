// Runs the spapi verbs that call Amazon, in purser-net.
#include <fmt/format.h>

#include "frame/context.h"
#include "frame/human.h"
#include "frame/values.h"
#include "frame/verbs.h"
#include "frame/waiting_clock.h"
#include "json/exit_status.h"
#include "json/services.h"
#include "purser/spapi_service.h"
#include "spapi/input.h"

namespace purser::cli {
namespace {

std::string text_of(const spapi::Probe& probe, const Reader& reader) {
  bool is_production = probe.environment == spapi::Environment::production;
  bool is_sandbox = probe.environment == spapi::Environment::sandbox;
  Mood mood = is_production ? Mood::good : is_sandbox ? Mood::patient : Mood::bad;
  return fmt::format("{}  {}\n", decision_word(spapi::name_of(probe.environment), mood, reader.colour),
                     one_line(probe.reason));
}

// --- restrictions --------------------------------------------------------------------------------------

spapi::RestrictionOptions restriction_options_of(const Arguments& arguments) {
  std::string word = arguments.text("--condition");
  auto condition = spapi::condition_named(word);
  if (!condition) {
    throw Error(ErrorCode::usage,
                fmt::format("--condition takes a condition of Amazon's (used_good, new_new, …) "
                            "or good, very_good, like_new, acceptable, new, not {}",
                            in_quotes(word)));
  }
  spapi::RestrictionOptions options{.condition = *condition, .marketplace = arguments.text("--marketplace")};
  if (auto most = integer_option(arguments, "--stop-after", 0, 1'000'000))
    options.stop_after = static_cast<int>(*most);
  return options;
}

std::string text_of(const spapi::Restriction& restriction, const Reader& reader) {
  std::string text = one_line(restriction.asin) + "  ";
  auto word = [&](std::string_view what, Mood mood) { text += decision_word(what, mood, reader.colour); };
  if (!restriction.restricted) {
    word("unknown", Mood::bad);
    return text + "  " + one_line(restriction.error.value_or("no answer")) + "\n";
  }
  if (!*restriction.restricted) {
    word("may be listed", Mood::good);
    return text + "\n";
  }
  word("restricted", Mood::patient);
  if (!restriction.reasons.empty()) {
    text += one_line(fmt::format("  {}", fmt::join(restriction.reasons, ", ")));
  }
  if (restriction.approval_url) text += "  apply at " + one_line(*restriction.approval_url);
  if (restriction.note) text += "  " + one_line(*restriction.note);
  return text + "\n";
}

// Counts the answers of a run: its progress, for the line on the terminal, and its exit status.
class Run {
 public:
  Run(std::size_t asins, WaitingClock& clock) : asins_(asins), clock_(clock), began_(clock.steady_now()) {}

  void add(const spapi::Restriction& answer) {
    ++done_;
    if (answer.restricted) ++answered_;
    if (!answer.restricted && !failure_) failure_ = answer.error_code;
    clock_.set_progress(progress());
  }

  // One answer is enough for kYes: the other lines say why they have none.
  int status() const {
    if (answered_ > 0) return kYes;
    return json::exit_status(failure_.value_or(ErrorCode::service_failed));
  }

 private:
  std::string progress() const {
    auto per_asin = (clock_.steady_now() - began_) / static_cast<std::int64_t>(done_);
    auto left = std::chrono::duration_cast<Duration>(per_asin * static_cast<std::int64_t>(asins_ - done_));
    std::string text = fmt::format("{} of {} done, {} left", done_, asins_, human(left));
    if (done_ > answered_) text += fmt::format(", {} without an answer", done_ - answered_);
    return text;
  }

  const std::size_t asins_;
  WaitingClock& clock_;
  const SteadyInstant began_;
  std::size_t done_ = 0, answered_ = 0;
  std::optional<ErrorCode> failure_;  // the first
};

// Refuses a token in place of its id: the token would match no id, and the refused token would be given
// again.
std::string rejected_of(const Arguments& arguments) {
  constexpr std::size_t kIdDigits = 32;
  std::string id = arguments.text("--rejected");
  bool is_id = id.size() == kIdDigits && id.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (is_id || !arguments.has("--rejected")) return id;
  throw Error(ErrorCode::usage,
              "--rejected takes the token_id that `purser spapi token --json` answered, 32 hex digits, "
              "and not the token itself");
}

}  // namespace

int run_spapi_token(Context& context, const Arguments& arguments) {
  auto options = spapi::ServiceOptions::from_environment();
  auto retry = arguments.has("--retry") ? spapi::Retry::yes : spapi::Retry::no;
  std::string rejected = rejected_of(arguments);
  WaitingClock clock("Amazon's access token");
  Database database = context.open_database(clock);
  auto token = spapi::Service(database, options, context.account()).token(rejected, retry);
  context.answer(json::encode(token), token.token);
  return kYes;
}

int run_spapi_probe(Context& context, const Arguments&) {
  auto options = spapi::ServiceOptions::from_environment();
  WaitingClock clock("Amazon");
  Database database = context.open_database(clock);
  auto probe = spapi::Service(database, options, context.account()).probe();
  context.answer(json::encode(probe), text_of(probe, context.reader()));
  return json::exit_status(probe);
}

int run_spapi_restrictions(Context& context, const Arguments& arguments) {
  auto wanted = restriction_options_of(arguments);
  auto options = spapi::ServiceOptions::from_environment();
  std::vector<std::string> asins = asins_of(arguments);
  WaitingClock clock("Amazon");
  Database database = context.open_database(clock);
  spapi::Service service(database, options, context.account());
  Run run(asins.size(), clock);
  service.restrictions(asins, wanted, [&](const spapi::Restriction& answer) {
    run.add(answer);
    context.answer_now(json::encode(answer), text_of(answer, context.reader()));
  });
  return run.status();
}

}  // namespace purser::cli
