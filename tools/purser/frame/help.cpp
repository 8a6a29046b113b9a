// Help, made from the tables of verbs.
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "frame/verbs.h"

namespace purser::cli {
namespace {

constexpr std::size_t kColumns = 100;

using Lines = std::vector<std::pair<std::string, std::string>>;  // a name, and what it does

std::string two_columns(const Lines& lines) {
  std::size_t width = 0;
  for (const auto& line : lines) width = std::max(width, line.first.size());
  std::string text;
  for (const auto& line : lines) text += fmt::format("  {:<{}}  {}\n", line.first, width, line.second);
  return text;
}

std::string with_value(const OptionSpec& option) {
  return option.placeholder.empty() ? std::string(option.name)
                                    : fmt::format("{} {}", option.name, option.placeholder);
}

std::string as_typed(const PositionalSpec& positional) {
  return std::string(positional.name) + (positional.repeated ? "…" : "");
}

Lines option_lines(const std::vector<OptionSpec>& options) {
  Lines lines;
  for (const OptionSpec& option : options) {
    lines.emplace_back(with_value(option), std::string(option.help) + (option.required ? " (required)" : ""));
  }
  return lines;
}

std::string global_options_text() {
  return "\nOptions of every verb:\n" + two_columns(option_lines(global_options()));
}

// "Usage: purser keepa acquire --task NAME --cost C [--kind K]", wrapped at kColumns.
std::string usage_text(const VerbSpec& verb) {
  std::string text = "Usage: purser " + path_of(verb);
  std::size_t column = text.size();
  auto add = [&](const std::string& word) {
    if (column + 1 + word.size() > kColumns) {
      text += "\n      ";
      column = 6;
    }
    text += " " + word;
    column += 1 + word.size();
  };
  for (const PositionalSpec& positional : verb.positionals) add(as_typed(positional));
  for (const OptionSpec& option : verb.options) {
    if (option.required) add(with_value(option));
  }
  for (const OptionSpec& option : verb.options) {
    if (!option.required) add(fmt::format("[{}]", with_value(option)));
  }
  return text + "\n";
}

std::string examples_text(const std::vector<std::string_view>& examples) {
  std::string text = "\nExamples:\n";
  for (std::string_view example : examples) text += fmt::format("  {}\n", example);
  return text;
}

// A summary as a sentence: "ask for tokens" in a list is "Ask for tokens." by itself.
std::string sentence(std::string_view summary) {
  std::string text(summary);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text.empty() || text.back() == '?' ? text : text + ".";
}

std::string verb_help(const VerbSpec& verb) {
  std::string text = usage_text(verb) + fmt::format("\n{}\n", sentence(verb.summary));
  if (!verb.details.empty()) text += fmt::format("\n{}", verb.details);
  Lines lines;
  for (const PositionalSpec& positional : verb.positionals) {
    lines.emplace_back(as_typed(positional), positional.help);
  }
  for (auto& line : option_lines(verb.options)) lines.push_back(std::move(line));
  if (!lines.empty()) text += "\nOptions:\n" + two_columns(lines);
  return text + global_options_text() + examples_text(verb.examples);
}

bool within(std::string_view path, std::string_view group) {
  return group.empty() || path == group || path.substr(0, group.size() + 1) == std::string(group) + " ";
}

std::string verbs_text(std::string_view group) {
  Lines lines;
  for (const VerbSpec& verb : all_verbs()) {
    if (within(path_of(verb), group)) lines.emplace_back(path_of(verb), verb.summary);
  }
  return "\nVerbs:\n" + two_columns(lines);
}

std::string group_help(const GroupSpec& group) {
  std::vector<std::string_view> examples;
  for (const VerbSpec& verb : all_verbs()) {
    if (within(path_of(verb), group.path)) examples.push_back(verb.examples.front());
  }
  return fmt::format("Usage: purser {} VERB [options]\n\n{}\n", group.path, sentence(group.summary)) +
         verbs_text(group.path) + global_options_text() + examples_text(examples);
}

Lines environment_lines() {
  return {{"PURSER_DB", "the database"},
          {"KEEPA_API_KEY", "the key for keepa refresh, and for keepa acquire --wait"},
          {"XAI_API_KEY, XAI_TOKEN", "the key for xai judge and xai query: the first that is set"},
          {"XAI_MODEL", "the model that they ask"},
          {"XAI_MAX_TOKENS", "of an answer, what the model thinks unseen included"},
          {"PURSER_KEY_FILE, PURSER_KEY", "the master key of the sealed SP-API secrets: a file, or its text"},
          {"CREDENTIALS_DIRECTORY", "systemd's: else its file purser-key has the master key"},
          {"SP_API_SELLER_ID, SP_API_REGION", "the seller of the account default: na, unless said"},
          {"SP_API_CLIENT_ID, SP_API_CLIENT_SECRET, SP_API_REFRESH_TOKEN",
           "his credentials, where the database has none"},
          {"PURSER_KEEPA_URL, PURSER_XAI_URL", "other base addresses: a stand-in, a proxy"},
          {"PURSER_LWA_URL, PURSER_SPAPI_URL, PURSER_SPAPI_SANDBOX_URL", "the same, of Amazon's"},
          {"NO_COLOR", "no colour on a terminal"}};
}

std::string program_help() {
  return "Usage: purser [--db PATH] [--account NAME] [--json] VERB [options]\n"
         "\nThe shared, crash-safe purse of a fleet of workers: one SQLite file that all of them open.\n" +
         verbs_text("") + global_options_text() + "\nEnvironment:\n" + two_columns(environment_lines()) +
         "\nExit status:\n"
         "  0 yes   1 no   64 usage   65 the input can never succeed   "
         "69 a service cannot be reached or failed\n"
         "  70 a bug of ours   74 the database, the disk or the output failed   75 refused for now\n"
         "  77 a service refuses the key or the credentials: a person must act   78 configuration\n"
         "  An error's text goes to standard error; with --json standard output has\n"
         "  {\"error\": {\"code\": \"busy\", \"message\": \"…\", \"retryable\": true}} as well.\n" +
         examples_text({"purser init", "purser keepa observe --tokens-left 55 --refill-rate 5",
                        "purser keepa acquire --task backfiller --cost 80 --json", "purser keepa status",
                        "purser keepa acquire --help"});
}

}  // namespace

std::string help_for(std::string_view path) {
  if (const VerbSpec* verb = find_verb(path)) return verb_help(*verb);
  if (const GroupSpec* group = find_group(path)) return group_help(*group);
  return program_help();
}

}  // namespace purser::cli
