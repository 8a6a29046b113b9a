// What the documents name is there.
#include <regex>
#include <set>

#include "cli/documents.h"

namespace purser::test {
namespace {

namespace fs = std::filesystem;

// The first group of each match.
Words all_of(const std::string& pattern, const std::string& text) {
  Words all;
  std::regex compiled(pattern);
  for (std::sregex_iterator found(text.begin(), text.end(), compiled), end; found != end; ++found) {
    all.push_back((*found)[1]);
  }
  return all;
}

// What a link to a heading says: lower case, without punctuation, "-" for a space.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (char letter : heading) {
    auto c = static_cast<unsigned char>(letter);
    if (std::isalnum(c) || c == '-') anchor += static_cast<char>(std::tolower(c));
    if (c == ' ') anchor += '-';
  }
  return anchor;
}

TEST(DocumentNames, FilesInBackquotesExist) {
  for (const std::string& document : documents()) {
    std::string text = document_text(document);
    for (const std::string& name :
         all_of("`((?:src|include|tools|tests|schema|migrations|\\.ci)/[\\w./-]*)", text)) {
      EXPECT_TRUE(fs::exists(fs::path(PURSER_SOURCE) / name)) << document << ": " << name;
    }
    for (const std::string& name : all_of("#include <(purser/[\\w.]+)>", text)) {
      EXPECT_TRUE(fs::exists(fs::path(PURSER_SOURCE) / "include" / name)) << document << ": " << name;
    }
  }
}

TEST(DocumentNames, LinksLeadSomewhere) {
  for (const std::string& document : documents()) {
    for (const std::string& link : all_of("\\]\\(([^):]*)\\)", document_text(document))) {
      fs::path target = link.substr(0, link.find('#'));
      std::string file = target.empty() ? document : (fs::path(document).parent_path() / target).string();
      EXPECT_TRUE(fs::exists(fs::path(PURSER_SOURCE) / file)) << document << ": " << link;
      if (link.find('#') == std::string::npos) continue;
      std::set<std::string> anchors;
      for (const std::string& heading : all_of("\n#+ ([^\n]*)", document_text(file))) {
        anchors.insert(anchor_of(heading));
      }
      EXPECT_EQ(anchors.count(link.substr(link.find('#') + 1)), 1U) << document << ": " << link;
    }
  }
}

// A row for each view, with its columns in their order.
TEST_F(CommandLineTest, TheSchemasDocumentHasEveryColumnOfEveryView) {
  init();
  Finished done = run({.words = {"sqlite3", "-readonly", database(),
                                 "SELECT '| `' || v.name || '` | ' || group_concat(c.name, ', ') || ' |' "
                                 "FROM sqlite_schema AS v, pragma_table_info(v.name) AS c "
                                 "WHERE v.type = 'view' GROUP BY v.name"}});
  ASSERT_EQ(done.exit_status, 0) << done.err;
  std::string text = document_text("schema/README.md");
  for (const std::string& row : lines(done.out)) {
    EXPECT_NE(text.find(row), std::string::npos) << "schema/README.md lacks\n" << row;
  }
}

}  // namespace
}  // namespace purser::test
