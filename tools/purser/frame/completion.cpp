// `purser completion bash`: prints a script that is made from the tables of verbs. It uses nothing of the
// bash-completion package, so it works with and without it.
#include <fmt/format.h>

#include "frame/context.h"
#include "frame/verbs.h"
#include "json/exit_status.h"

namespace purser::cli {
namespace {

std::string joined(const std::vector<std::string_view>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

std::string case_line(const std::string& pattern, const std::string& variable, const std::string& words) {
  return fmt::format("    '{}') {}='{}' ;;\n", pattern, variable, words);
}

// The words that may follow each group; '' is the program itself.
std::string group_cases() {
  std::string lines = case_line("", "words", joined(words_after("")));
  for (const GroupSpec& group : all_groups()) {
    lines += case_line(std::string(group.path), "words", joined(words_after(group.path)));
  }
  return lines;
}

std::string option_cases() {
  std::string lines;
  for (const VerbSpec& verb : all_verbs()) {
    std::vector<std::string_view> names;
    for (const OptionSpec& option : verb.options) names.push_back(option.name);
    if (!names.empty()) lines += case_line(path_of(verb), "options", joined(names));
  }
  return lines;
}

void add_value_case(std::string& lines, const std::string& path, const OptionSpec& option) {
  if (option.placeholder.empty()) return;
  std::string words = option.is_file ? "FILE" : joined(option.choices);
  lines += fmt::format("    '{}{}') values='{}'; return 0 ;;\n", path, option.name, words);
}

// Every option of a verb that takes a value, with its choices.
std::string value_cases() {
  std::string lines;
  for (const VerbSpec& verb : all_verbs()) {
    for (const OptionSpec& option : verb.options) add_value_case(lines, path_of(verb) + " ", option);
  }
  return lines;
}

std::string global_value_cases() {
  std::string lines;
  for (const OptionSpec& option : global_options()) add_value_case(lines, "", option);
  return lines;
}

std::string global_names() {
  std::vector<std::string_view> names;
  for (const OptionSpec& option : global_options()) names.push_back(option.name);
  return joined(names);
}

constexpr std::string_view kScript = R"(# bash completion for purser
# In ~/.bashrc: source <(purser completion bash)

# Sets `values` and succeeds where the option takes a value after these words.
_purser_option_values() {{
  values=''
  case "$2" in
{global_values}  esac
  case "$1 $2" in
{values}  esac
  return 1
}}

# Sets `words` to what may follow: the verbs of a group, or nothing after a verb.
_purser_words() {{
  words=''
  case "$1" in
{groups}  esac
}}

_purser() {{
  local path='' words='' options='' values='' word cur="${{COMP_WORDS[COMP_CWORD]}}" previous='' i
  COMPREPLY=()
  # The verb so far: the words before this one that are neither options, nor their values, nor an ID.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    if [[ $word == -* ]]; then
      if _purser_option_values "$path" "$word"; then
        [[ ${{COMP_WORDS[i + 1]}} == '=' ]] && ((i++))
        previous="$word"
        ((i++))
        ((i < COMP_CWORD)) && previous=''
      fi
    else
      _purser_words "$path"
      [[ -n $words ]] && path="${{path:+$path }}$word"
    fi
  done
  [[ $cur == '=' ]] && cur=''
  if [[ -n $previous ]] && _purser_option_values "$path" "$previous"; then
    if [[ $values == FILE ]]; then
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    else
      mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
    fi
    return 0
  fi
  _purser_words "$path"
  case "$path" in
{options}  esac
  if [[ $cur == -* || -z $words ]]; then
    words="$options {globals}"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}}

complete -F _purser purser
)";

int run_bash(Context& context, const Arguments&) {
  std::string script = fmt::format(kScript, fmt::arg("global_values", global_value_cases()),
                                   fmt::arg("values", value_cases()), fmt::arg("groups", group_cases()),
                                   fmt::arg("options", option_cases()), fmt::arg("globals", global_names()));
  context.answer(json::Object().add("shell", "bash").add("script", script), script);
  return kYes;
}

}  // namespace

std::vector<VerbSpec> completion_verbs() {
  return {
      {.group = "completion",
       .name = "bash",
       .summary = "print the completion script for bash",
       .examples = {"source <(purser completion bash)",
                    "purser completion bash > ~/.local/share/bash-completion/completions/purser"},
       .run = run_bash},
  };
}

}  // namespace purser::cli
