// `purser init` against itself, and against its own death.
#include <set>
#include <thread>

#include "processes/process_test.h"
#include "purser/create.h"

namespace purser::test {
namespace {

class CreateProcesses : public ProcessTest {
 protected:
  void expect_whole_database() const {
    Database database = open();
    EXPECT_EQ(database.schema_version(), migrate_version());
    observe(database, 100);
    keepa::Ledger ledger(database);
    EXPECT_TRUE(acquire(ledger, "backfiller", 80));
    EXPECT_TRUE(all_add_up(ledger.verify()));
  }

  // Whatever `create` of this build makes, undisturbed.
  static int migrate_version() {
    static const int version = [] {
      ScratchFolder folder;
      const DatabaseOptions fresh{.path = folder.file("purser.db")};
      create_database(fresh);
      return Database::open(fresh).schema_version();
    }();
    return version;
  }

  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }
};

TEST_F(CreateProcesses, OfEightAtOnceExactlyOneMakesIt) {
  StartLine start;
  std::vector<Child> children;
  children.reserve(8);
  for (int i = 0; i < 8; ++i) {
    children.emplace_back([&] {
      start.wait_in_child();
      const bool created = create_database(options());
      open();  // whoever comes back from create finds it complete
      return created ? 1 : 0;
    });
  }
  start.go();
  int created = 0;
  for (Child& child : children) {
    const int status = child.wait();
    ASSERT_TRUE(status == 0 || status == 1) << status;
    created += status;
  }
  EXPECT_EQ(created, 1);
  expect_whole_database();
}

TEST_F(CreateProcesses, KilledAtAnyMomentItCanBeRepeated) {
  // The moments are spread over the time that an undisturbed create takes here.
  const auto began = std::chrono::steady_clock::now();
  Child([&] { return create_database(options()) ? 0 : 1; }).wait();
  const auto undisturbed = std::chrono::steady_clock::now() - began;

  constexpr int kKills = 60;
  for (int kill = 0; kill < kKills; ++kill) {
    std::filesystem::remove_all(folder_.path());
    std::filesystem::create_directory(folder_.path());
    {
      Child child([&] { return create_database(options()) ? 0 : 1; });
      std::this_thread::sleep_for(undisturbed * kill / kKills);  // the destructor kills it here
    }
    create_database(options());
    ASSERT_NO_FATAL_FAILURE(expect_whole_database());
    for (const std::string& name : files()) {
      EXPECT_EQ(name.find("unfinished"), std::string::npos) << "a killed create left " << name;
    }
  }
}

}  // namespace
}  // namespace purser::test
