// `purser key …`: the master key under which secrets are sealed. No output holds one.
#include <fmt/format.h>

#include <cstdlib>

#include "frame/context.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/spapi.h"
#include "purser/spapi.h"
#include "purser/spapi_keys.h"
#include "spapi/text.h"

namespace purser::cli {
namespace {

std::string named_in_environment() {
  const char* file = std::getenv("PURSER_KEY_FILE");
  return file == nullptr ? "" : file;
}

std::string key_source() {
  std::string file = named_in_environment();
  if (!file.empty()) return file;
  return std::getenv("PURSER_KEY") != nullptr ? "PURSER_KEY" : "this environment";
}

std::string key_file(const Arguments& arguments) {
  std::string file = arguments.has("--file") ? arguments.text("--file") : named_in_environment();
  if (!file.empty()) return file;
  throw Error(ErrorCode::usage, "where should the key be? Say --file F, or set PURSER_KEY_FILE");
}

bool is_on_ring(const std::string& key_id) {
  try {
    return KeyRing::from_environment().has(key_id);
  } catch (const Error&) {
    return false;  // there is none, or none that can be read
  }
}

// The key under which the database is sealed, where this environment does not have it; nullopt where it
// has, or where there is no database.
std::optional<std::string> missing_key(Context& context) {
  std::optional<std::string> sealed_under;
  try {
    Database database = context.open_database();
    sealed_under = spapi::sealing_key_id(database);
  } catch (const Error&) {
    return std::nullopt;
  }
  return sealed_under && !is_on_ring(*sealed_under) ? sealed_under : std::nullopt;
}

// A new key would lie where the copy of the missing one belongs, and workers would use it.
void require_no_missing_key(Context& context) {
  auto id = missing_key(context);
  if (!id) return;
  throw Error(ErrorCode::wrong_master_key,
              fmt::format("the database {} is sealed under key {}, which is not in {}, "
                          "and a new key opens nothing of it: put the copy of key {} back; "
                          "for another database, or where that key is lost, --force makes a new one",
                          context.database_options().path.string(), *id, key_source(), *id));
}

int run_generate(Context& context, const Arguments& arguments) {
  std::string file = key_file(arguments);
  if (!arguments.has("--force")) require_no_missing_key(context);
  std::string id = KeyRing::generate(file);
  std::string text =
      fmt::format("made key {} in {}\nkeep a copy of it apart from the database: without it nothing opens\n",
                  id, one_line(file));
  if (named_in_environment() != file)
    text += fmt::format("use it: export PURSER_KEY_FILE={}\n", one_line(file));
  context.answer(json::encode_key_generate(id, file), text);
  return kYes;
}

int run_check(Context& context, const Arguments&) {
  Database database = context.open_database();
  KeyRing ring = spapi::ring_for(database);
  spapi::KeyCheck check = spapi::check_keys(database, ring);
  context.answer(json::encode(check, ring), text_of(check, ring, context.reader()));
  return json::has_failures(check, ring) ? kNo : kYes;
}

std::string text_of(const spapi::Rotation& rotation, const std::string& path) {
  std::string file = one_line(path);
  std::string text = fmt::format("{} sealed texts moved from key {} to key {}\n", rotation.resealed,
                                 rotation.old_key_id, rotation.key_id);
  if (rotation.finished_earlier) {
    return text + fmt::format("that key stood first in {} already: no further one was made\n", file);
  }
  for (const std::string& id : rotation.dropped) text += fmt::format("key {} is no longer in {}\n", id, file);
  return text + fmt::format("keep a copy of {}: both its keys are needed until the next rotation\n", file);
}

int run_rotate(Context& context, const Arguments&) {
  Database database = context.open_database();
  KeyRing ring = spapi::ring_for(database);
  spapi::Rotation rotation = spapi::rotate_keys(database, ring);
  context.answer(json::encode(rotation), text_of(rotation, ring.file().string()));
  return kYes;
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
Where the database is sealed under a key that this environment does not have, none is made (78): a new
key would open nothing of it. Put the copy of the old one back.
)",
       .options = {{.name = "--file",
                    .placeholder = "F",
                    .help = "where (default: $PURSER_KEY_FILE)",
                    .is_file = true},
                   {.name = "--force",
                    .help = "also beside a database that is sealed under a key that is missing"}},
       .examples = {"purser key generate --file /etc/purser/key",
                    "PURSER_KEY_FILE=/etc/purser/key purser key generate --json"},
       .run = run_generate},
      {.group = "key",
       .name = "check",
       .summary = "whether every sealed secret opens with the keys that there are",
       .details =
           R"(Exit status 1 where one does not: it says which, and under which key it was sealed. The keys come
from the file that PURSER_KEY_FILE names, else from PURSER_KEY, else from what systemd loads:
$CREDENTIALS_DIRECTORY/purser-key. It says which (source).
)",
       .examples = {"purser key check", "purser key check --json | jq .unopened"},
       .run = run_check},
      {.group = "key",
       .name = "rotate",
       .summary = "a new master key for all that is sealed, under running workers",
       .details =
           R"(A new key becomes the first of the file that PURSER_KEY_FILE names, the present one stays second, older
ones go. Then every sealed secret moves to the new key, in one transaction. Workers go on meanwhile, and
read the file again by themselves. A secret that does not open stops it, and nothing has changed.

Where the file's first key is not the database's, an earlier rotation was cut short, or another database
has the same file: then all moves to that key, and none is made (finished_earlier). Of several databases
with one file, rotate each of them once before any of them a second time: the second time drops the key
that the others still need.

A backup opens with the keys of its day: keep a copy of the file with it. PURSER_KEY and what systemd or
Kubernetes hand out are copies, which no rotation changes: rotate where the file is kept.
)",
       .examples = {"purser key rotate", "purser key rotate --json | jq -r .key_id"},
       .run = run_rotate},
  };
}

}  // namespace purser::cli
