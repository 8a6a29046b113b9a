// What `purser migrate` answers: for scripts and for people.
#pragma once

#include <string>

#include "frame/answer.h"
#include "frame/human.h"
#include "purser/health.h"
#include "purser/migrate.h"

namespace purser::cli {

Answer answer_of(const MigrationReport& report, const std::string& database);
std::string text_of(const MigrationReport& report, const std::string& database);

enum class MigrateVerb { up, down };

Answer answer_of(const Migrated& done, MigrateVerb verb);
std::string text_of(const Migrated& done, MigrateVerb verb);
Answer rehearsal_answer_of(const Migrated& rehearsed);
std::string rehearsal_text_of(const Migrated& rehearsed, MigrateVerb verb);

Answer answer_of(const Verification& found, const std::string& database);
std::string text_of(const Verification& found, bool colour);

}  // namespace purser::cli
