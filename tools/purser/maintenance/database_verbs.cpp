// `purser init` and `purser status`: the database file, and everything in it.
#include <fmt/format.h>

#include "frame/context.h"
#include "frame/files.h"
#include "frame/verbs.h"
#include "json/database.h"
#include "json/exit_status.h"
#include "keepa/text.h"
#include "purser/create.h"
#include "purser/keepa.h"
#include "spapi/text.h"
#include "xai/text.h"

namespace purser::cli {
namespace {

int run_init(Context& context, const Arguments& arguments) {
  DatabaseOptions options = context.database_options();
  // Only the default folder is made: in a path that the caller named, a slip must not make another folder.
  if (!context.names_database()) make_private_folder(options.path.parent_path());
  Durability durability = arguments.text("--durability") == "normal" ? Durability::normal : Durability::full;
  bool created = create_database(options, durability);
  Database database = Database::open(options);
  context.answer(json::encode_init(database, options.path, created),
                 fmt::format("{} {} (schema {}, durability {})",
                             created ? "made" : "was there already:", one_line(options.path.string()),
                             database.schema_version(), json::name_of(database.durability())));
  return kYes;
}

int run_status(Context& context, const Arguments&) {
  DatabaseOptions options = context.database_options();
  Database database = Database::open(options);
  auto keepa_status = keepa::Ledger(database, context.account()).status();
  auto xai_status = json::load_xai_status(database);
  auto sellers = spapi::Sellers(database).status();
  Reader reader = context.reader();
  context.answer(json::encode_status(database, keepa_status, xai_status, sellers),
                 fmt::format("{} (schema {}, durability {})\n\n{}\n{}\n{}", one_line(options.path.string()),
                             database.schema_version(), json::name_of(database.durability()),
                             text_of(keepa_status, context.account(), reader), text_of(xai_status, reader),
                             text_of(sellers, reader)));
  return kYes;
}

}  // namespace

std::vector<VerbSpec> database_verbs() {
  return {
      {.name = "init",
       .summary = "make the database, or find it there",
       .details =
           "Without --db and $PURSER_DB its folder is made too. An existing database is left as it is\n"
           "(created: false).\n",
       .options = {{.name = "--durability",
                    .placeholder = "full|normal",
                    .help = "full: what was answered survives a power cut (default); normal: any kill",
                    .choices = {"full", "normal"}}},
       .examples = {"purser init", "purser --db /var/lib/purser/purser.db init --durability normal"},
       .run = run_init},
      {.name = "status",
       .summary = "everything at a glance",
       .examples = {"purser status", "purser status --json"},
       .run = run_status},
  };
}

}  // namespace purser::cli
