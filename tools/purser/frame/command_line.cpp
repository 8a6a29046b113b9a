#include "frame/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <numeric>

#include "frame/printable.h"
#include "frame/verbs.h"
#include "purser/error.h"

// CLI11 finds out which word is what. The errors it would report are found again here, since its messages
// mislead (it reports a missing option where another one was misspelt). Its exceptions only end the parse:
// the App keeps what it had parsed until then.

namespace purser::cli {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorCode::usage, message); }

bool is_flag(const OptionSpec& option) { return option.placeholder.empty(); }

// --- The tables as a CLI::App --------------------------------------------------------------------------

void add_option(CLI::App& app, const OptionSpec& spec) {
  std::string name(spec.name);
  if (name == "--help") name = "-h," + name;
  CLI::Option* option = is_flag(spec) ? app.add_flag(name) : app.add_option(name);
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);  // take_option() reports a repeated one
  option->allow_extra_args(false);
}

// Every level accepts the global options by itself: CLI11's fallthrough would take the ID of `settle ID`
// for a verb where it is also a verb's name.
CLI::App& add_level(CLI::App& parent, std::string_view name) {
  CLI::App& app = *parent.add_subcommand(std::string(name));
  app.set_help_flag();
  app.require_subcommand(0, 1);
  for (const OptionSpec& option : global_options()) add_option(app, option);
  return app;
}

CLI::App& group_app(CLI::App& root, std::string_view path) {
  CLI::App* app = &root;
  while (!path.empty()) {
    std::string word(path.substr(0, path.find(' ')));
    path.remove_prefix(std::min(path.size(), word.size() + 1));
    auto known = app->get_subcommands([&](CLI::App* inner) { return inner->get_name() == word; });
    app = known.empty() ? &add_level(*app, word) : known.front();
  }
  return *app;
}

void add_verb(CLI::App& root, const VerbSpec& verb) {
  CLI::App& app = add_level(group_app(root, verb.group), verb.name);
  for (const PositionalSpec& positional : verb.positionals) {
    CLI::Option* option = app.add_option(std::string(positional.name))->required();
    if (positional.repeated) option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
  }
  for (const OptionSpec& option : verb.options) add_option(app, option);
}

// Whether the words may name the path: CLI11 takes a word for a verb or a group only where they are equal.
bool may_name(const std::vector<std::string>& words, std::string_view path) {
  while (!path.empty()) {
    std::string_view name = path.substr(0, path.find(' '));
    if (std::find(words.begin(), words.end(), name) == words.end()) return false;
    path.remove_prefix(std::min(path.size(), name.size() + 1));
  }
  return true;
}

// Adds only the groups and verbs that the words may name: fifty verbs, with the global options of each,
// would be most of what a start costs.
void fill(CLI::App& root, const std::vector<std::string>& words) {
  root.set_help_flag();
  root.require_subcommand(0, 1);
  for (const OptionSpec& option : global_options()) add_option(root, option);
  for (const VerbSpec& verb : all_verbs()) {
    if (may_name(words, path_of(verb))) add_verb(root, verb);
  }
  for (const GroupSpec& group : all_groups()) {
    if (may_name(words, group.path)) group_app(root, group.path);
  }
}

// --- "Did you mean" ------------------------------------------------------------------------------------

constexpr std::size_t kLongestWord = 60;  // longer ones are no misspelling of a verb or an option

// Levenshtein's distance, with one row of the table at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

bool near_enough(std::string_view word, std::string_view candidate, std::size_t steps) {
  // "--expires" for "--expires-in": a beginning is as good as a slip of two letters.
  bool begins = word.size() > 3 && candidate.substr(0, word.size()) == word;
  return begins || steps <= std::max<std::size_t>(1, std::min(word.size(), candidate.size()) / 3);
}

// The candidate that `word` most likely means; "" where none is near enough to be worth a guess.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t best_steps = 0;
  for (std::string_view candidate : candidates) {
    std::size_t steps = distance(word, candidate);
    if (!near_enough(word, candidate, steps)) continue;
    if (best.empty() || steps < best_steps) {
      best = candidate;
      best_steps = steps;
    }
  }
  return best;
}

// --- What was parsed -----------------------------------------------------------------------------------

// The program itself, the groups and the verb that the words lead to, outermost first.
std::vector<CLI::App*> levels_of(CLI::App& root) {
  std::vector<CLI::App*> levels = {&root};
  while (!levels.back()->get_subcommands().empty())
    levels.push_back(levels.back()->get_subcommands().front());
  return levels;
}

std::string path_of(const std::vector<CLI::App*>& levels) {
  std::string path;
  for (std::size_t i = 1; i < levels.size(); ++i) path += (i > 1 ? " " : "") + levels[i]->get_name();
  return path;
}

std::string command(std::string_view path) {
  return path.empty() ? "purser" : fmt::format("purser {}", path);
}

std::string hint(std::string_view near) {
  return near.empty() ? "" : fmt::format("; did you mean {}?", near);
}

std::string see_help(std::string_view path) { return fmt::format(" (see {} --help)", command(path)); }

std::vector<OptionSpec> options_of(const VerbSpec* verb) {
  std::vector<OptionSpec> options = global_options();
  if (verb != nullptr) options.insert(options.end(), verb->options.begin(), verb->options.end());
  return options;
}

std::vector<std::string_view> names_of(const std::vector<OptionSpec>& options) {
  std::vector<std::string_view> names;
  names.reserve(options.size());
  for (const OptionSpec& option : options) names.push_back(option.name);
  return names;
}

const OptionSpec* option_named(const std::vector<OptionSpec>& options, std::string_view name) {
  auto found =
      std::find_if(options.begin(), options.end(), [&](const OptionSpec& o) { return o.name == name; });
  return found == options.end() ? nullptr : &*found;
}

// `word` follows the group, where only a verb or another group may stand.
[[noreturn]] void refuse_verb(std::string_view group, const std::string& word) {
  std::string_view near = nearest(word, words_after(group));
  std::string suggestion = near.empty()    ? ""
                           : group.empty() ? std::string(near)
                                           : fmt::format("{} {}", group, near);
  for (const VerbSpec& verb : all_verbs()) {  // `purser acquire`: the right verb without its group
    if (suggestion.empty() && verb.name == word) suggestion = path_of(verb);
  }
  if (!suggestion.empty()) suggestion = command(suggestion);
  refuse(fmt::format("{} has no verb {}{}{}", command(group), in_quotes(word), hint(suggestion),
                     see_help(group)));
}

[[noreturn]] void refuse_option(const CommandLine& line, std::string_view level, const std::string& word) {
  std::string name = word.substr(0, word.find('='));
  auto options = options_of(line.verb);
  if (level != line.path && option_named(options, name) != nullptr) {
    refuse(fmt::format("{} stands after its verb: {} {}", name, command(line.path), name));
  }
  refuse(fmt::format("{} has no option {}{}{}", command(line.path), in_quotes(name),
                     hint(nearest(name, names_of(options))), see_help(line.path)));
}

[[noreturn]] void refuse_missing_value(const OptionSpec& option) {
  refuse(
      fmt::format("{} needs a value: {} {}, {}", option.name, option.name, option.placeholder, option.help));
}

// All values of one option, whichever level it stood on.
std::vector<std::string> results_for(const OptionSpec& option, const std::vector<CLI::App*>& levels) {
  std::vector<std::string> results;
  for (CLI::App* level : levels) {
    if (const CLI::Option* found = level->get_option_no_throw(std::string(option.name))) {
      results.insert(results.end(), found->results().begin(), found->results().end());
    }
  }
  return results;
}

// `--task --cost 5`: CLI11 takes --cost for the value of --task. That is reported as a missing value; a
// task of that name can be given as `--task=--cost`.
void check_swallowed_options(const CommandLine& line, const std::vector<CLI::App*>& levels,
                             const std::vector<std::string>& words) {
  auto options = options_of(line.verb);
  for (const OptionSpec& option : options) {
    if (is_flag(option)) continue;
    for (const std::string& value : results_for(option, levels)) {
      bool is_explicit =
          std::find(words.begin(), words.end(), fmt::format("{}={}", option.name, value)) != words.end();
      if (!is_explicit && option_named(options, value) != nullptr) refuse_missing_value(option);
    }
  }
}

void check_unknown_words(const CommandLine& line, const std::vector<CLI::App*>& levels) {
  for (std::size_t depth = 0; depth < levels.size(); ++depth) {
    std::string path = path_of({levels.begin(), levels.begin() + static_cast<std::ptrdiff_t>(depth) + 1});
    for (const std::string& word : levels[depth]->remaining()) {
      if (word == "--") continue;
      if (word.size() > 1 && word[0] == '-') refuse_option(line, path, word);
      if (find_verb(path) == nullptr) refuse_verb(path, word);
      refuse(fmt::format("{} takes no further argument, and {} is one{}", command(path), in_quotes(word),
                         see_help(path)));
    }
  }
}

// --- Values --------------------------------------------------------------------------------------------

void check_choice(const OptionSpec& option, const std::string& value) {
  const auto& choices = option.choices;
  if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  refuse(fmt::format("{} is {}, not {}{}", option.name, fmt::join(choices, " or "), in_quotes(value),
                     hint(nearest(value, choices))));
}

void take_option(const OptionSpec& option, const std::vector<CLI::App*>& levels, Arguments& into) {
  auto results = results_for(option, levels);
  if (results.empty()) return;
  if (is_flag(option)) {
    if (results.front() != "true") refuse(fmt::format("{} takes no value", option.name));
    into.set(option.name, "");
    return;
  }
  if (results.size() > 1)
    refuse(fmt::format("{} is given {} times; once is enough", option.name, results.size()));
  check_choice(option, results.front());
  into.set(option.name, results.front());
}

void take_options(const std::vector<CLI::App*>& levels, CommandLine& line) {
  for (const OptionSpec& option : global_options()) take_option(option, levels, line.globals);
  if (line.verb == nullptr) return;
  for (const OptionSpec& option : line.verb->options) take_option(option, levels, line.arguments);
}

void take_positionals(CLI::App& app, CommandLine& line) {
  for (const PositionalSpec& positional : line.verb->positionals) {
    const CLI::Option* option = app.get_option_no_throw(std::string(positional.name));
    if (option == nullptr || option->empty()) {
      refuse(fmt::format("{} needs {}: {}{}", command(line.path), positional.name, positional.help,
                         see_help(line.path)));
    }
    if (positional.repeated) {
      line.arguments.set_list(positional.name, option->results());
    } else {
      line.arguments.set(positional.name, option->results().front());
    }
  }
}

void check_required(const CommandLine& line) {
  for (const OptionSpec& option : line.verb->options) {
    if (!option.required || line.arguments.has(option.name)) continue;
    refuse(fmt::format("{} needs {} {}: {}{}", command(line.path), option.name, option.placeholder,
                       option.help, see_help(line.path)));
  }
}

bool is_any_option(std::string_view name) {
  if (option_named(global_options(), name) != nullptr) return true;
  const auto& verbs = all_verbs();
  return std::any_of(verbs.begin(), verbs.end(),
                     [&](const VerbSpec& verb) { return option_named(verb.options, name) != nullptr; });
}

// `--task=` becomes the words `--task` and "", since CLI11 would take the next word for the value.
std::vector<std::string> with_empty_values_split(const std::vector<std::string>& words) {
  std::vector<std::string> result;
  for (const std::string& word : words) {
    if (!word.empty() && word.find('=') == word.size() - 1 &&
        is_any_option(word.substr(0, word.size() - 1))) {
      result.push_back(word.substr(0, word.size() - 1));
      result.emplace_back();
    } else {
      result.push_back(word);
    }
  }
  return result;
}

// CLI11's error message; "" where the words parse. The App keeps what was parsed before the error.
std::string parse(CLI::App& root, const std::vector<std::string>& words) {
  std::vector<std::string> reversed = with_empty_values_split(words);
  std::reverse(reversed.begin(), reversed.end());
  try {
    root.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return "";
}

// The words end where the last option's value should stand.
void check_last_word(const CommandLine& line, const std::vector<std::string>& words,
                     const std::string& parse_error) {
  if (parse_error.empty() || words.empty()) return;
  auto options = options_of(line.verb);
  const OptionSpec* last = option_named(options, words.back());
  if (last != nullptr && !is_flag(*last)) refuse_missing_value(*last);
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& words) {
  CLI::App root;
  fill(root, words);
  std::string parse_error = parse(root, words);
  auto levels = levels_of(root);
  CommandLine line;
  line.path = path_of(levels);
  line.verb = find_verb(line.path);
  if (line.verb == nullptr || levels.back()->count("--help") == 0) {
    check_swallowed_options(line, levels, words);
    check_last_word(line, words, parse_error);
    check_unknown_words(line, levels);
  }
  take_options(levels, line);
  if (line.verb == nullptr || line.globals.has("--help") || line.globals.has("--version")) return line;
  take_positionals(*levels.back(), line);
  check_required(line);
  if (!parse_error.empty()) refuse(parse_error + see_help(line.path));
  return line;
}

bool wants_json(const std::vector<std::string>& words) {
  auto end = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), end, "--json") != end;
}

}  // namespace purser::cli
