#include "frame/verbs.h"

#include <algorithm>
#include <string>

namespace purser::cli {
namespace {

void append(std::vector<VerbSpec>& all, std::vector<VerbSpec> some) {
  for (VerbSpec& verb : some) all.push_back(std::move(verb));
}

std::vector<VerbSpec> collect_verbs() {
  std::vector<VerbSpec> all;
  append(all, database_verbs());
  append(all, copy_verbs());
  append(all, keepa_verbs());
  append(all, keepa_policy_verbs());
  append(all, xai_verbs());
  append(all, xai_flight_verbs());
  append(all, xai_cache_verbs());
  append(all, xai_service_verbs());
  append(all, spapi_verbs());
  append(all, key_verbs());
  append(all, migrate_verbs());
  append(all, import_verbs());
  append(all, prune_verbs());
  append(all, doctor_verbs());
  append(all, completion_verbs());
  return all;
}

std::string_view last_word(std::string_view path) {
  auto space = path.rfind(' ');
  return space == std::string_view::npos ? path : path.substr(space + 1);
}

std::string_view parent_of(std::string_view path) {
  auto space = path.rfind(' ');
  return space == std::string_view::npos ? std::string_view() : path.substr(0, space);
}

}  // namespace

const std::vector<VerbSpec>& all_verbs() {
  static const std::vector<VerbSpec> verbs = collect_verbs();
  return verbs;
}

const std::vector<GroupSpec>& all_groups() {
  static const std::vector<GroupSpec> groups = {
      {.path = "keepa", .summary = "Keepa's token bucket: ask before a call, say afterwards what it cost"},
      {.path = "keepa policy", .summary = "how the tasks are decided: one set for the database"},
      {.path = "xai", .summary = "today's quota of paid calls to xAI, and what it answered already"},
      {.path = "xai cache", .summary = "the verdicts that xAI gave"},
      {.path = "spapi",
       .summary = "Amazon SP-API: the sellers' credentials, sealed, and the calls with them"},
      {.path = "key", .summary = "the master key under which secrets are sealed"},
      {.path = "migrate", .summary = "upgrades of the database file"},
      {.path = "completion", .summary = "completion for a shell"},
  };
  return groups;
}

const std::vector<OptionSpec>& global_options() {
  static const std::vector<OptionSpec> options = {
      {.name = "--db",
       .placeholder = "PATH",
       .help = "the database; else $PURSER_DB, else $XDG_STATE_HOME/purser/purser.db",
       .is_file = true},
      {.name = "--account",
       .placeholder = "NAME",
       .help = "the Keepa account or the SP-API seller (default: default)"},
      {.name = "--worker", .placeholder = "NAME", .help = "who asks (default: host and parent's process id)"},
      {.name = "--json",
       .help = "answer with one JSON object (lists: one object a line); an error too, its text on stderr"},
      {.name = "--help", .help = "this text; also -h"},
      {.name = "--version", .help = "the version of this program"},
  };
  return options;
}

const VerbSpec* find_verb(std::string_view path) {
  const auto& verbs = all_verbs();
  auto found =
      std::find_if(verbs.begin(), verbs.end(), [&](const VerbSpec& verb) { return path_of(verb) == path; });
  return found == verbs.end() ? nullptr : &*found;
}

const GroupSpec* find_group(std::string_view path) {
  const auto& groups = all_groups();
  auto found =
      std::find_if(groups.begin(), groups.end(), [&](const GroupSpec& group) { return group.path == path; });
  return found == groups.end() ? nullptr : &*found;
}

std::vector<std::string_view> words_after(std::string_view group) {
  std::vector<std::string_view> words;
  for (const VerbSpec& verb : all_verbs()) {
    if (verb.group == group) words.push_back(verb.name);
  }
  for (const GroupSpec& inner : all_groups()) {
    if (parent_of(inner.path) == group && inner.path != group) words.push_back(last_word(inner.path));
  }
  return words;
}

}  // namespace purser::cli
