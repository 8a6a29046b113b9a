// `purser doctor`: what a person should look at, a line each.
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

#include "frame/context.h"
#include "frame/human.h"
#include "frame/talk.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/maintenance.h"
#include "purser/health.h"

namespace purser::cli {
namespace {

Mood mood_of(Level level) {
  switch (level) {
    case Level::ok: return Mood::good;
    case Level::warning: return Mood::patient;
    case Level::problem: return Mood::bad;
  }
  return Mood::bad;
}

constexpr std::size_t kLevelColumns = 8, kNameColumns = 14;

std::string text_of(const Finding& finding, const Reader& reader) {
  std::string_view level = name_of(finding.level);
  std::string text = decision_word(level, mood_of(finding.level), reader.colour);
  text += std::string(kLevelColumns - std::min(level.size(), kLevelColumns - 1), ' ');
  text += fmt::format("{:<{}} {}\n", finding.name, kNameColumns, one_line(finding.text));
  if (!finding.advice.empty()) {
    text += fmt::format("{:{}} {}\n", "", kLevelColumns + kNameColumns, "-> " + one_line(finding.advice));
  }
  return text;
}

int run_doctor(Context& context, const Arguments&) {
  if (isatty(STDERR_FILENO) == 1) show_line("looking at every page of the database");
  auto findings = doctor(context.database_options());
  clear_line();
  for (const Finding& finding : findings) {
    if (context.json()) {
      context.print(json::encode(finding));
    } else {
      context.print(text_of(finding, context.reader()));
    }
  }
  bool must_act = std::any_of(findings.begin(), findings.end(),
                              [](const Finding& finding) { return finding.level == Level::problem; });
  return must_act ? kNo : kYes;
}

}  // namespace

std::vector<VerbSpec> doctor_verbs() {
  return {
      {.name = "doctor",
       .summary = "what a person should look at: the machine, the files, the sums, the keys",
       .details =
           R"(A line each: ok, a warning (it works, and somebody should know), or a problem, on which a person
must act; and what to do. Exit status 1 where there is a problem; warnings alone are 0. With --json an
object a line: name, level, text, advice.

It changes nothing in the database and holds no worker up; it reads the whole file. Run it as the
workers run: as their user, with their PURSER_KEY_FILE.
)",
       .examples = {"purser doctor", "purser doctor --json | jq -c 'select(.level != \"ok\")'"},
       .run = run_doctor},
  };
}

}  // namespace purser::cli
