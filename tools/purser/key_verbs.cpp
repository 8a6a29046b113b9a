// `purser key …`: the master key under which secrets are sealed. No output holds one.
#include <fmt/format.h>

#include <cstdlib>

#include "context.h"
#include "exit_status.h"
#include "purser/spapi.h"
#include "spapi_answers.h"
#include "spapi_text.h"
#include "verbs.h"

namespace purser::cli {
namespace {

std::string named_in_environment() {
  const char* file = std::getenv("PURSER_KEY_FILE");
  return file == nullptr ? "" : file;
}

std::string key_file(const Arguments& arguments) {
  std::string file = arguments.has("--file") ? arguments.text("--file") : named_in_environment();
  if (!file.empty()) return file;
  throw Error(ErrorCode::usage, "where should the key be? Say --file F, or set PURSER_KEY_FILE");
}

int run_generate(Context& context, const Arguments& arguments) {
  std::string file = key_file(arguments);
  std::string id = KeyRing::generate(file);
  std::string text = fmt::format(
      "made key {} in {}\nkeep a copy of it apart from the database: without it nothing opens\n", id, file);
  if (named_in_environment() != file) text += fmt::format("use it: export PURSER_KEY_FILE={}\n", file);
  context.answer(Answer().add("key_id", id).add("file", file), text);
  return kYes;
}

int run_check(Context& context, const Arguments&) {
  KeyRing ring = KeyRing::from_environment();
  Database database = context.open_database();
  spapi::KeyCheck check = spapi::check_keys(database, ring);
  context.answer(answer_of(check, ring), text_of(check, ring, context.reader()));
  return found_something(check, ring) ? kNo : kYes;
}

}  // namespace

std::vector<VerbSpec> key_verbs() {
  return {
      {.group = "key",
       .name = "generate",
       .summary = "make a file with a new master key",
       .details =
           R"(The file is for this user alone (0600); one that is there already is never replaced (exit status 74).
The key itself is not printed: its id is, which stands with everything that it seals.
)",
       .options = {{.name = "--file",
                    .placeholder = "F",
                    .help = "where (default: $PURSER_KEY_FILE)",
                    .is_file = true}},
       .examples = {"purser key generate --file /etc/purser/key",
                    "PURSER_KEY_FILE=/etc/purser/key purser key generate --json"},
       .run = run_generate},
      {.group = "key",
       .name = "check",
       .summary = "does every sealed secret open with the keys that there are?",
       .details = "Exit status 1 where one does not: it says which, and under which key it was sealed.\n",
       .examples = {"purser key check", "purser key check --json | jq .unopened"},
       .run = run_check},
  };
}

}  // namespace purser::cli
