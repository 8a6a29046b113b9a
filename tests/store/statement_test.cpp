// Bytes that are no text go in and out as they are.
#include "store/statement.h"

#include <gtest/gtest.h>

#include "store/transaction.h"
#include "support/foreign_tool.h"
#include "support/scratch.h"

namespace purser::store {
namespace {

class BlobTest : public test::DatabaseTest {
 protected:
  void SetUp() override {
    test::ForeignTool(folder_.file("purser.db")).run("CREATE TABLE probe (bytes BLOB) STRICT");
  }
};

TEST_F(BlobTest, EveryByteComesBack) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  Database database = open();
  for (const std::string& bytes : {all, std::string(), std::string(1, '\0'), std::string("text")}) {
    Transaction change(database.connection());
    change.run("INSERT INTO probe (bytes) VALUES (?1)", Blob{bytes});
    {
      auto row = change.rows("SELECT bytes, typeof(bytes) FROM probe");
      ASSERT_TRUE(row.step());
      EXPECT_EQ(row.get<Blob>(0).bytes, bytes);
      EXPECT_EQ(row.get<std::string>(1), "blob");
    }
  }
}

TEST_F(BlobTest, NothingIsNull) {
  Database database = open();
  Transaction change(database.connection());
  change.run("INSERT INTO probe (bytes) VALUES (?1)", std::optional<Blob>());
  change.run("INSERT INTO probe (bytes) VALUES (?1)", std::optional(Blob{"x"}));
  auto row = change.rows("SELECT bytes FROM probe ORDER BY rowid");
  ASSERT_TRUE(row.step());
  EXPECT_FALSE(row.get<std::optional<Blob>>(0));
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.get<std::optional<Blob>>(0)->bytes, "x");
}

}  // namespace
}  // namespace purser::store
