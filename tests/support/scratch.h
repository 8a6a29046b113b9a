// What most tests need: a folder of their own, a clock that stands until it is told, and a fresh database.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "purser/create.h"
#include "purser/database.h"
#include "purser/keepa.h"
#include "support/matchers.h"

namespace purser::test {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "purser-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Stands still until moved; sleeping moves it. The wall clock may jump apart from the steady one.
class TestClock final : public Clock {
 public:
  Instant now() const override { return wall_; }
  SteadyInstant steady_now() const override { return steady_; }
  void sleep_until(SteadyInstant when) override {
    naps_in_vain_ = when > steady_ ? 0 : naps_in_vain_ + 1;
    if (naps_in_vain_ > kMostInVain)
      throw std::logic_error("a wait never ends: it sleeps again and again until an instant that has come");
    if (when > steady_) advance(std::chrono::ceil<Duration>(when - steady_));
  }
  void advance(Duration by) {
    wall_ += by;
    steady_ += by;
  }
  void jump(Duration by) { wall_ += by; }  // either way, as an operator or NTP would
  void set(Instant wall) { wall_ = wall; }

 private:
  static constexpr int kMostInVain = 10'000;

  int naps_in_vain_ = 0;
  Instant wall_{std::chrono::milliseconds(1'767'225'600'000)};  // 2026-01-01T00:00:00Z
  SteadyInstant steady_{std::chrono::hours(1)};
};

// A fresh database with an injected clock.
class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest() { create_database(options()); }

  DatabaseOptions options(const std::string& worker = "test:1") {
    DatabaseOptions all;
    all.path = folder_.file("purser.db");
    all.worker = worker;
    all.clock = &clock_;
    return all;
  }
  Database open(const std::string& worker = "test:1") { return Database::open(options(worker)); }

  ScratchFolder folder_;
  TestClock clock_;
};

}  // namespace purser::test
