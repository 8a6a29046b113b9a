// Eight workers of two tasks over ten simulated hours, on real sockets and a real file, by three rules: the
// demonstration itself, which exits 1 where a request met a 429, the balance fell below what the policy
// allows, a sum was wrong, or the controlled deficit used no more of Keepa's tokens than the other rules.
#include <gtest/gtest.h>

#include <iostream>

#include "support/run.h"
#include "support/scratch.h"

namespace purser::test {
namespace {

TEST(Strategy, TheControlledDeficitUsesMoreOfWhatKeepaGives) {
  ScratchFolder folder;
  Finished demo = run({.words = {PURSER_DEMO, "--db", folder.file("purser.db").string(), "--books",
                                 std::string(PURSER_SOURCE) + "/tools/demo/books.json"}});
  EXPECT_EQ(demo.exit_status, 0) << demo.err;
  EXPECT_EQ(demo.out.find("WRONG"), std::string::npos);
  auto table = demo.out.find("The same fleet");
  ASSERT_NE(table, std::string::npos) << demo.out;
  std::cout << demo.out.substr(table);
}

}  // namespace
}  // namespace purser::test
