// Applies migrations inside somebody's transaction: for `create`, which begins with nothing, and
// `migrate_up`.
#pragma once

#include <span>
#include <vector>

#include "purser/migrate.h"
#include "store/connection.h"
#include "store/embedded_sql.h"

namespace purser::store {

// The steps that the file says were applied, oldest first; `changed` where the text differs from `known`.
std::vector<MigrationStep> applied_steps(Connection& connection, std::span<const Migration> known);

MigrationStep pending_step(const Migration& migration);

// The one row of what was chosen for the database.
void store_setting(Connection& connection, Durability durability, Instant now);

// Applies what is newer than the stored version, with records, then makes the views anew. The caller has
// begun a transaction with foreign keys off and commits it; anything thrown means that he rolls back.
std::vector<MigrationStep> apply_pending(Connection& connection, std::span<const Migration> known,
                                         Instant now);

}  // namespace purser::store
