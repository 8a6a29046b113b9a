// What holds of every file: what none is, how large one may be, and that all come in or none.
#include <sys/stat.h>

#include "import/import_test.h"
#include "support/forked.h"

namespace purser {
namespace {

namespace fs = std::filesystem;

class ImportFilesTest : public ImportTest {
 protected:
  static std::vector<ImportFiles> as_each_source(const fs::path& file) {
    return {
        {.xai_state = file}, {.xai_cache = file}, {.settings = file}, {.env_file = file}, {.deals_db = file}};
  }
};

TEST_F(ImportFilesTest, WhatIsNoFileWithContentIsRefused) {
  fs::create_directory(folder_.file("a folder"));
  ASSERT_EQ(mkfifo(folder_.file("pipe").c_str(), 0600), 0);
  make("empty", "");
  for (const ImportFiles& files : as_each_source(folder_.file("a folder"))) {
    expect_refused(files, ErrorCode::invalid_import, "a folder: is a folder");
  }
  for (const ImportFiles& files : as_each_source(folder_.file("pipe"))) {
    expect_refused(files, ErrorCode::invalid_import, "pipe: is no plain file");
  }
  for (const ImportFiles& files : as_each_source(folder_.file("empty"))) {
    expect_refused(files, ErrorCode::invalid_import, "empty: is empty");
  }
  for (const ImportFiles& files : as_each_source(folder_.file("missing"))) {
    expect_refused(files, ErrorCode::io_error, "cannot read");
  }
  expect_refused({}, ErrorCode::usage, "at least one file");
}

TEST_F(ImportFilesTest, AGigabyteIsNotRead) {
  auto file = make("huge", "{");
  fs::resize_file(file, std::uintmax_t{1} << 30U);
  for (const ImportFiles& files : as_each_source(file)) {
    if (files.deals_db) continue;
    expect_refused(files, ErrorCode::invalid_import, "1073741824 bytes");
  }
  expect_refused({.deals_db = file}, ErrorCode::invalid_import, "huge");
}

TEST_F(ImportFilesTest, PursersOwnDatabaseIsNoInput) {
  fs::create_symlink(folder_.file("purser.db"), folder_.file("link"));
  for (const char* name : {"purser.db", "purser.db-wal", "purser.db-shm", "link"}) {
    for (const ImportFiles& files : as_each_source(folder_.file(name))) {
      expect_refused(files, ErrorCode::invalid_import, "purser's own");
    }
  }
}

TEST_F(ImportFilesTest, AllComeInOrNone) {
  ImportFiles files;
  files.settings = make("settings.json", R"({"max_xai_calls_per_day": 7})");
  files.xai_cache = make("cache.json", R"({"reasonableness:a|Books|Sep|9.99": "True"})");
  files.xai_state = make("state.json", R"({"last_reset_date": "2027-01-01", "calls_today": 5})");
  expect_refused(files, ErrorCode::invalid_import, "state.json");
  files.xai_state = make("state.json", R"({"last_reset_date": "2026-01-01", "calls_today": 5})");
  files.env_file = make(
      ".env", "SP_API_CLIENT_ID=a\nSP_API_CLIENT_SECRET=b\nSP_API_REFRESH_TOKEN=c\nSP_API_SELLER_ID=d\n");
  environment_.set("PURSER_KEY_FILE", folder_.file("no key").string());
  expect_refused(files, ErrorCode::no_master_key, "purser key generate");
  environment_.set("PURSER_KEY_FILE", folder_.file("key").string());
  auto reports = import(files);
  ASSERT_EQ(reports.size(), 4U);
  EXPECT_EQ(reports[0].source, "xai_state");
  EXPECT_EQ(reports[3].source, "env_file");
  EXPECT_EQ(xai::Quota(database_).status().calls_today, 5);
}

TEST_F(ImportFilesTest, AKeyRingIsOnlyNeededForCredentials) {
  environment_.set("PURSER_KEY_FILE", folder_.file("no key").string());
  EXPECT_EQ(import_one({.settings = make("s.json", R"({"max_xai_calls_per_day": 7})")}).imported, 1);
  EXPECT_EQ(import_one({.env_file = make(".env", "KEEPA_API_KEY=x\n")}).imported, 0);
}

TEST_F(ImportFilesTest, AnOlderSchemaIsRefused) {
  shell_.run("PRAGMA user_version = 5");
  EXPECT_PURSER_ERROR(
      ErrorCode::schema_older,
      import_legacy(options(), {.settings = make("s.json", R"({"max_xai_calls_per_day": 7})")}));
}

}  // namespace
}  // namespace purser
