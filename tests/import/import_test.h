// Files of the predecessor, made for a test, and the database that they come into.
#pragma once

#include <algorithm>

#include "purser/import_legacy.h"
#include "purser/xai_verdicts.h"
#include "spapi/spapi_test.h"

namespace purser {

class ImportTest : public spapi::SpapiTest {
 protected:
  ImportTest() { environment_.set("PURSER_KEY_FILE", folder_.file("key").string()); }

  std::filesystem::path make(const std::string& name, const std::string& text) {
    std::ofstream(folder_.file(name), std::ios::binary) << text;
    return folder_.file(name);
  }
  std::filesystem::path deals(const std::string& rows, const std::string& more = "") {
    auto file = folder_.file("deals.db");
    test::ForeignTool tool(file);
    tool.run(
        "CREATE TABLE IF NOT EXISTS user_credentials (user_id TEXT PRIMARY KEY, refresh_token TEXT NOT NULL, "
        "updated_at TIMESTAMP);");
    if (!rows.empty()) tool.run("INSERT INTO user_credentials VALUES " + rows);
    tool.run(more);
    return file;
  }

  // Imports, and holds the report to what every report keeps; a dry run before changes nothing and says the
  // same, the same again afterwards brings nothing in.
  std::vector<ImportReport> import(const ImportFiles& files, const ImportOptions& how = {}) {
    ImportOptions dry = how;
    dry.dry_run = true;
    auto before = content();
    auto said = import_legacy(options(), files, dry);
    EXPECT_EQ(content(), before);
    auto reports = import_legacy(options(), files, how);
    EXPECT_EQ(figures(said), figures(reports));
    for (const ImportReport& report : reports) {
      EXPECT_EQ(report.entries, report.imported + report.already_there + skipped(report)) << report.source;
    }
    auto after = content();
    for (const ImportReport& report : import_legacy(options(), files, how)) EXPECT_EQ(report.imported, 0);
    EXPECT_EQ(content(), after);
    return reports;
  }
  ImportReport import_one(const ImportFiles& files, const ImportOptions& how = {}) {
    auto reports = import(files, how);
    EXPECT_EQ(reports.size(), 1U);
    return reports.front();
  }
  // Refused with words that name the file, and nothing has changed.
  void expect_refused(const ImportFiles& files, ErrorCode code, const std::string& fragment) {
    auto before = content();
    std::string message = test::message_of(code, [&] { import_legacy(options(), files); });
    EXPECT_NE(message.find(fragment), std::string::npos) << message << ", and not: " << fragment;
    EXPECT_EQ(content(), before);
  }

  static std::int64_t skipped(const ImportReport& report) {
    std::int64_t all = 0;
    for (const ImportSkip& skip : report.skipped) all += skip.count;
    return all;
  }
  static std::int64_t skipped(const ImportReport& report, const std::string& reason) {
    for (const ImportSkip& skip : report.skipped) {
      if (skip.reason == reason) return skip.count;
    }
    return 0;
  }
  static std::string examples(const ImportReport& report, const std::string& reason) {
    std::string all;
    for (const ImportSkip& skip : report.skipped) {
      if (skip.reason != reason) continue;
      for (const std::string& example : skip.examples) all += example + "\n";
    }
    return all;
  }
  // All that is told of them, so that nothing told can hide a secret.
  static std::string everything(const std::vector<ImportReport>& reports) {
    std::string text;
    for (const ImportReport& report : reports) {
      text += report.source + report.file.string();
      for (const ImportSkip& skip : report.skipped)
        text += skip.reason + skip.detail + examples(report, skip.reason);
      for (const std::string& change : report.changes) text += change;
    }
    return text;
  }
  static std::vector<std::vector<std::int64_t>> figures(const std::vector<ImportReport>& reports) {
    std::vector<std::vector<std::int64_t>> all;
    for (const ImportReport& report : reports) {
      all.push_back({report.entries, report.imported, report.already_there, skipped(report)});
    }
    return all;
  }

  // Every row that an import could touch.
  std::string content() {
    std::string all;
    for (const char* rows :
         {"SELECT group_concat(daily_limit || time_zone || last_reset_date || no_credits) FROM xai_quota",
          "SELECT group_concat(date || ':' || calls_today) FROM xai_day",
          "SELECT group_concat(id || date || kind || count) FROM xai_unit",
          "SELECT group_concat(id || title || verdict || stored_at_ms) FROM xai_verdict",
          "SELECT group_concat(account || seller_id || region || hex(refresh_token_sealed)) FROM "
          "spapi_credential",
          "SELECT coalesce(key_id, '') FROM spapi_sealing"}) {
      all += shell_.text(std::string("SELECT coalesce((") + rows + "), '')") + "\n";
    }
    return all;
  }
};

}  // namespace purser
