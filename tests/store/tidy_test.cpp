// The rules of the house that a compiler does not know, over the source tree.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <vector>

namespace purser {
namespace {

namespace fs = std::filesystem;

struct Source {
  std::string name;  // from the root of the tree: "src/store/gate/gate.cpp"
  std::vector<std::string> lines;
};

bool begins_with(const std::string& text, const std::string& prefix) { return text.rfind(prefix, 0) == 0; }
bool is_under(const Source& source, const std::vector<std::string>& places) {
  return std::any_of(places.begin(), places.end(),
                     [&](const std::string& place) { return begins_with(source.name, place); });
}

std::vector<Source> sources(const std::vector<std::string>& folders,
                            const std::set<std::string>& extensions) {
  std::vector<Source> all;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(PURSER_SOURCE) / folder)) {
      if (!entry.is_regular_file() || extensions.count(entry.path().extension().string()) == 0) continue;
      Source source{fs::relative(entry.path(), PURSER_SOURCE).generic_string(), {}};
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) source.lines.push_back(line);
      all.push_back(std::move(source));
    }
  }
  return all;
}

const std::vector<Source>& code() {
  static const auto all = sources({"include", "src", "tools", "tests"}, {".h", ".cpp"});
  return all;
}

std::string without_comment(const std::string& line) { return line.substr(0, line.find("//")); }

// Each line of `where` that matches, as "file:line: text".
std::vector<std::string> offences(const std::regex& pattern,
                                  const std::function<bool(const Source&)>& where) {
  std::vector<std::string> found;
  for (const Source& source : code()) {
    if (!where(source)) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      if (!std::regex_search(without_comment(source.lines[i]), pattern)) continue;
      found.push_back(source.name + ":" + std::to_string(i + 1) + ": " + source.lines[i]);
    }
  }
  return found;
}

const std::vector<std::string> kNone;

std::vector<std::string> includes_of(const Source& source) {
  static const std::regex include(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<std::string> all;
  for (const std::string& line : source.lines) {
    std::smatch match;
    if (std::regex_search(line, match, include)) all.push_back(match[1]);
  }
  return all;
}

TEST(Tidy, TheTreeIsThere) {
  for (const char* folder : {"include/", "src/base/", "src/store/", "src/keepa/", "tools/", "tests/store/"}) {
    EXPECT_TRUE(std::any_of(code().begin(), code().end(), [&](const Source& s) {
      return begins_with(s.name, folder);
    })) << folder;
  }
}

TEST(Tidy, OnlyTheStoreKnowsSqlite) {
  std::regex engine(R"(#\s*include\s*[<"](sqlite3|SQLiteCpp)|\bsqlite3_\w+\s*\(|\bSQLite::)");
  auto outside = [](const Source& s) { return !is_under(s, {"src/store/", "tools/bench/", "tests/"}); };
  EXPECT_EQ(offences(engine, outside), kNone);
}

// There it is made defensive, and distrusts the schema of the file.
TEST(Tidy, SqliteIsOpenedInOnePlace) {
  std::regex opens(R"(\bSQLite::Database\s+\w+\s*[({]|make_\w+<SQLite::Database>|\bsqlite3_open\w*\s*\()");
  auto elsewhere = [](const Source& s) {
    return is_under(s, {"src/"}) && s.name != "src/store/sqlite/sqlite_file.cpp";
  };
  EXPECT_EQ(offences(opens, elsewhere), kNone);
}

TEST(Tidy, OnlyTheStoreTalksToTheEngine) {
  std::regex talk(R"(\bPRAGMA\b|\bBEGIN\b|\bCOMMIT\b|\bROLLBACK\b|\bVACUUM\b|\bATTACH\b)");
  auto outside = [](const Source& s) {
    return is_under(s, {"src/", "include/", "tools/"}) && !is_under(s, {"src/store/", "tools/bench/"});
  };
  EXPECT_EQ(offences(talk, outside), kNone);
}

// What a second engine would not have stands behind the seam (connection.h), and no domain sees it.
TEST(Tidy, DomainsSeeTheStoreThroughItsSeam) {
  std::regex behind(R"(#\s*include\s*"store/(gate|durability|sqlite|schema|copy)/)");
  auto domains = [](const Source& s) {
    bool is_of_the_importer = s.name == "src/spapi/import.cpp";  // reads the predecessor's database
    return is_under(s, {"src/keepa/", "src/xai/", "src/spapi/", "src/http/", "src/json/"}) &&
           !is_of_the_importer;
  };
  EXPECT_EQ(offences(behind, domains), kNone);
}

// Care of the state (sums, prune, findings) goes with any engine, care of the file with SQLite alone.
TEST(Tidy, CareOfTheStateKnowsNoFile) {
  std::regex files(R"(#\s*include\s*"(maintenance/file|store/(gate|durability|files|copy|sqlite))/)");
  EXPECT_EQ(offences(files, [](const Source& s) { return is_under(s, {"src/maintenance/state/"}); }), kNone);
}

TEST(Tidy, FilesAreLookedAtWithoutSqlite) {
  std::regex engine(R"(#\s*include\s*[<"](sqlite3|SQLiteCpp|store/sqlite/))");
  EXPECT_EQ(offences(engine,
                     [](const Source& s) {
                       return is_under(s, {"src/store/files/", "src/store/gate/gate"});
                     }),
            kNone);
}

TEST(Tidy, OnlyTheStoreNamesItsTables) {
  std::regex own(R"(\b(FROM|INTO|UPDATE|JOIN)\s+(lease|database_setting|schema_migration)\b)");
  auto outside = [](const Source& s) { return is_under(s, {"src/"}) && !is_under(s, {"src/store/"}); };
  EXPECT_EQ(offences(own, outside), kNone);
}

TEST(Tidy, SqlStandsWhereSqlStands) {
  std::regex sql(R"(\bSELECT\s|\bINSERT INTO\b|\bUPDATE \w+ SET\b|\bDELETE FROM\b)");
  auto elsewhere = [](const Source& s) {
    bool is_sql = fs::path(s.name).filename() == "sql.h";
    return is_under(s, {"src/", "include/"}) && !is_under(s, {"src/store/"}) && !is_sql;
  };
  EXPECT_EQ(offences(sql, elsewhere), kNone);
}

TEST(Tidy, TimeComesInThroughTheClock) {
  std::regex clock(R"(_clock::now\b|\bclock_gettime\b|\bgettimeofday\b|\btime\s*\(\s*(NULL|nullptr|0)\s*\))");
  auto outside = [](const Source& s) {
    // What waits in the kernel for other processes waits in real time.
    return is_under(s, {"src/", "include/"}) &&
           !is_under(s, {"src/base/", "src/store/gate/gate.cpp", "src/store/sqlite/sqlite_connection.cpp",
                         "src/store/files/folder_watch.cpp", "src/store/gate/shared_page.cpp"});
  };
  EXPECT_EQ(offences(clock, outside), kNone);
}

TEST(Tidy, NothingInTheLibrarySleepsBesideTheClock) {
  std::regex sleep(R"(\bsleep_for\b|this_thread::sleep|\b(u|nano)?sleep\s*\()");
  EXPECT_EQ(offences(sleep,
                     [](const Source& s) {
                       return is_under(s, {"src/", "include/"}) && !is_under(s, {"src/base/"});
                     }),
            kNone);
}

TEST(Tidy, NoTestSleepsToSynchronise) {
  std::regex sleep(R"(\bsleep_for\b|this_thread::sleep|\b(u|nano)?sleep\s*\()");
  EXPECT_EQ(offences(sleep,
                     [](const Source& s) {
                       return is_under(s, {"tests/base/", "tests/store/", "tests/keepa/"}) &&
                              s.name != "tests/store/tidy_test.cpp";
                     }),
            kNone);
}

TEST(Tidy, TheLibraryNeverPrints) {
  std::regex print(R"(\b(std::cout|std::cerr|std::clog|fmt::print|printf|puts|fputs|syslog)\b)");
  EXPECT_EQ(offences(print, [](const Source& s) { return is_under(s, {"src/", "include/"}); }), kNone);
}

// What came from elsewhere is made safe to print in these two.
TEST(Tidy, TheProgramWritesInOnePlaceForAnswersAndOneForTalk) {
  std::regex print(
      R"(\bstd::(cout|cerr|clog)\b|\bfmt::print\b|\b(v|d|f)?printf\s*\(|\b(f?puts|fwrite|putchar|fputc|perror|psignal)\s*\(|[^_a-z]writev?\s*\(|\bSTD(OUT|ERR)_FILENO\b\s*,)");
  auto elsewhere = [](const Source& s) {
    return is_under(s, {"tools/purser/"}) &&
           !is_under(s, {"tools/purser/frame/output.cpp", "tools/purser/frame/talk.cpp"});
  };
  EXPECT_EQ(offences(print, elsewhere), kNone);
}

// It moves; what is open does not (DatabaseLink).
TEST(Tidy, NobodyKeepsAReferenceToADatabase) {
  std::regex kept(R"(^\s*(const )?Database\s*[&*]\s*\w+(\s*=\s*nullptr)?;)");
  EXPECT_EQ(offences(kept, [](const Source& s) { return is_under(s, {"src/", "include/"}); }), kNone);
}

// The one place that calls the sink catches what it throws.
TEST(Tidy, TheLogSinkIsCalledInOnePlace) {
  std::regex call(R"((->|\.)line\()");
  auto found = offences(call, [](const Source& s) { return is_under(s, {"src/"}); });
  ASSERT_EQ(found.size(), 1U) << found.front();
  EXPECT_TRUE(begins_with(found[0], "src/store/context.cpp")) << found[0];
}

// --- One definition --------------------------------------------------------------------------------------

// Where the comment, the string or the character ends that begins at `from`; else `from`.
std::size_t end_of_noise(const std::string& text, std::size_t from) {
  auto after = [&](const std::string& ending, std::size_t begin) {
    std::size_t found = text.find(ending, begin);
    return found == std::string::npos ? text.size() : found + ending.size();
  };
  if (text.compare(from, 2, "//") == 0) return after("\n", from) - 1;
  if (text.compare(from, 2, "/*") == 0) return after("*/", from + 2);
  if (text.compare(from, 2, "R\"") == 0) {
    std::size_t open = text.find('(', from);
    std::string ending = text.substr(from + 2, open - from - 2);
    ending.insert(ending.begin(), ')');
    ending.push_back('"');
    return after(ending, open);
  }
  bool is_separator =
      text[from] == '\'' && from > 0 && std::isxdigit(static_cast<unsigned char>(text[from - 1])) != 0;
  if ((text[from] != '"' && text[from] != '\'') || is_separator) return from;
  std::size_t end = from + 1;
  while (end < text.size() && text[end] != text[from]) end += text[end] == '\\' ? 2 : 1;
  return end + 1;
}

// The text without comments, strings and preprocessor lines, so that braces are braces.
std::string bare_code(const Source& source) {
  std::string all, bare;
  for (const std::string& line : source.lines) {
    std::size_t first = line.find_first_not_of(' ');
    bool is_directive = first != std::string::npos && line[first] == '#';
    if (!is_directive) all += line + "\n";
  }
  for (std::size_t i = 0; i < all.size();) {
    std::size_t end = end_of_noise(all, i);
    bare += end == i ? all[i] : ' ';
    i = std::max(end, i + 1);
  }
  return bare;
}

// Each type that it defines outside functions and unnamed namespaces, by its qualified name.
std::vector<std::string> types_of(const Source& source) {
  static const std::regex token(
      R"(\bnamespace\b\s*([\w:]*)\s*\{|\b(?:struct|class|union|enum(?:\s+class)?)\s+((?:\w+::)*\w+)\s*(?:final\s*)?(?::[^;{}()]*)?\{|[{}])");
  std::string text = bare_code(source);
  std::vector<std::string> types, scopes;  // a scope: its name, or "" where nothing in it has a name outside
  auto in_the_open = [&] { return std::find(scopes.begin(), scopes.end(), "") == scopes.end(); };
  for (std::sregex_iterator match(text.begin(), text.end(), token), end; match != end; ++match) {
    if (match->str() == "}") {
      if (!scopes.empty()) scopes.pop_back();
      continue;
    }
    std::string type = (*match)[2], name = type.empty() ? (*match)[1].str() : type;
    if (!type.empty() && in_the_open()) {
      std::string qualified;
      for (const std::string& scope : scopes) qualified += scope + "::";
      types.push_back(qualified + type);
    }
    scopes.push_back(name);
  }
  return types;
}

// What is linked into one program: a folder of tools or of tests, with the library beside it.
std::string program_of(const std::string& name) {
  if (!begins_with(name, "tools/") && !begins_with(name, "tests/")) return "";
  std::string folder = name.substr(0, name.find('/', 6));
  bool is_unit_test = std::set<std::string>{"tests/base", "tests/store",       "tests/keepa", "tests/spapi",
                                            "tests/xai",  "tests/maintenance", "tests/import"}
                          .count(folder) != 0;
  return is_unit_test ? "tests/unit_tests" : folder;
}

// Two types of one name in one program: the linker takes members of either for both, and says nothing.
TEST(Tidy, NoTwoTypesOfOneProgramHaveOneName) {
  std::map<std::string, std::vector<const Source*>> places;
  for (const Source& source : code()) {
    for (const std::string& type : types_of(source)) places[type].push_back(&source);
  }
  EXPECT_EQ(places["purser::keepa::Ledger"].size(), 1U);  // it does find them
  EXPECT_EQ(places["purser::KeyRing::Keys"].size(), 1U);
  EXPECT_GT(places.size(), 300U);
  for (const auto& [type, sources] : places) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      for (std::size_t k = i + 1; k < sources.size(); ++k) {
        std::string one = program_of(sources[i]->name), other = program_of(sources[k]->name);
        bool together = one == other || one.empty() || other.empty();
        EXPECT_FALSE(together) << type << " is defined in " << sources[i]->name << " and in "
                               << sources[k]->name;
      }
    }
  }
}

TEST(Tidy, NoFloatingPointInState) {
  std::regex floating(R"(\b(double|float)\b)");
  auto state = [](const Source& s) { return is_under(s, {"include/", "src/base/", "src/store/"}); };
  EXPECT_EQ(offences(floating, state), kNone);
}

// Arrows point down only: base <- store <- a domain <- maintenance <- json <- tools; domains do not know each
// other.
TEST(Tidy, IncludesPointDown) {
  const std::map<std::string, int> ranks = {{"base", 0},        {"http", 1},   {"store", 1},
                                            {"keepa", 2},       {"xai", 2},    {"spapi", 2},
                                            {"maintenance", 3}, {"import", 3}, {"json", 4}};
  for (const Source& source : code()) {
    if (!is_under(source, {"src/"})) continue;
    std::string own = source.name.substr(4, source.name.find('/', 4) - 4);
    ASSERT_EQ(ranks.count(own), 1U) << source.name << " stands in a folder without a rank";
    for (const std::string& include : includes_of(source)) {
      auto folder = ranks.find(include.substr(0, include.find('/')));
      if (include.find('/') == std::string::npos || folder == ranks.end()) continue;
      bool points_down = folder->second < ranks.at(own) || folder->first == own;
      EXPECT_TRUE(points_down) << source.name << " includes " << include;
    }
  }
}

// A header and the source of its name are one: "src/store/gate".
std::string unit_of(const std::string& name) { return fs::path(name).replace_extension().generic_string(); }

using Includes = std::map<std::string, std::set<std::string>>;

// Within the library, and within each folder of tools and tests, whose includes begin elsewhere.
Includes includes_among_units() {
  std::set<std::string> units;
  for (const Source& source : code()) units.insert(unit_of(source.name));
  Includes all;
  for (const Source& source : code()) {
    std::string own = unit_of(source.name);
    std::string folder = fs::path(source.name).parent_path().generic_string();
    for (const std::string& include : includes_of(source)) {
      for (const std::string& root : {std::string("src"), std::string("include"), std::string("tests"),
                                      std::string("tools"), std::string("tools/purser"), folder}) {
        std::string unit = unit_of(root + "/" + include);
        if (unit != own && units.count(unit) != 0) all[own].insert(unit);
      }
    }
  }
  return all;
}

// The way from `unit` back to it, "a -> b -> a"; empty for none. `seen`: those from which no way leads on.
std::string circle_from(const std::string& unit, const Includes& includes, std::vector<std::string>& way,
                        std::set<std::string>& seen) {
  auto met = std::find(way.begin(), way.end(), unit);
  if (met != way.end()) {
    std::string text;
    for (; met != way.end(); ++met) text += *met + " -> ";
    return text + unit;
  }
  if (!seen.insert(unit).second) return "";
  auto found = includes.find(unit);
  if (found == includes.end()) return "";
  way.push_back(unit);
  for (const std::string& next : found->second) {
    std::string circle = circle_from(next, includes, way, seen);
    if (!circle.empty()) return circle;
  }
  way.pop_back();
  return "";
}

std::string circle_in(const Includes& includes) {
  std::set<std::string> seen;
  for (const auto& entry : includes) {
    std::vector<std::string> way;
    std::string circle = circle_from(entry.first, includes, way, seen);
    if (!circle.empty()) return circle;
  }
  return "";
}

TEST(Tidy, NoCircleOfIncludes) {
  auto includes = includes_among_units();
  EXPECT_EQ(includes["src/store/sqlite/sqlite_connection"].count("src/store/gate/gate"), 1U);
  EXPECT_EQ(includes["src/store/gate/gate"].count("include/purser/error"), 1U);
  EXPECT_EQ(circle_in(includes), "");
}

TEST(Tidy, ACircleOfIncludesIsFound) {
  EXPECT_EQ(circle_in({{"a", {"b", "c"}}, {"b", {"c"}}}), "");
  EXPECT_EQ(circle_in({{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}}), "b -> c -> b");
}

// But for the benchmark, which runs the very statements of the library beside it; and the program has its
// answers encoded by the library.
TEST(Tidy, ToolsSeeTheLibraryAsAWorkerDoes) {
  std::regex inner(
      R"re(#\s*include\s*"((base|store|http|import|json|keepa|xai|spapi|maintenance)/[^"]+)")re");
  for (const Source& source : code()) {
    if (!is_under(source, {"tools/"}) || is_under(source, {"tools/bench/"})) continue;
    for (const std::string& line : source.lines) {
      std::smatch match;
      if (!std::regex_search(line, match, inner)) continue;
      // The program has folders of the domains' names.
      bool is_allowed =
          is_under(source, {"tools/purser/"}) &&
          (match[2] == "json" || fs::exists(fs::path(PURSER_SOURCE) / "tools/purser" / match[1].str()));
      EXPECT_TRUE(is_allowed) << source.name << ": " << line;
    }
  }
}

TEST(Tidy, PublicHeadersNeedTheStandardLibraryAlone) {
  std::regex standard("[a-z_]+");
  for (const Source& source : code()) {
    if (!is_under(source, {"include/"})) continue;
    for (const std::string& include : includes_of(source)) {
      EXPECT_TRUE(begins_with(include, "purser/") || std::regex_match(include, standard))
          << source.name << " includes " << include;
    }
  }
}

TEST(Tidy, HeadersAreIncludedOnce) {
  for (const Source& source : code()) {
    if (fs::path(source.name).extension() != ".h") continue;
    EXPECT_NE(std::find(source.lines.begin(), source.lines.end(), "#pragma once"), source.lines.end())
        << source.name;
  }
}

TEST(Tidy, LinesFitBesideEachOther) {
  constexpr std::size_t kColumns = 110;  // as in .clang-format
  for (const Source& source : code()) {
    if (!is_under(source, {"src/", "include/"})) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      // A character of several bytes is one column.
      auto bytes = source.lines[i];
      auto columns = std::count_if(bytes.begin(), bytes.end(),
                                   [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
      EXPECT_LE(static_cast<std::size_t>(columns), kColumns) << source.name << ":" << i + 1;
    }
  }
}

TEST(Tidy, NothingIsLeftToDo) {
  std::regex left(
      "\\b(TO"
      "DO|FIX"
      "ME|XX"
      "X)\\b");
  auto everything = sources({"include", "src", "tools", "tests", "migrations", "schema"},
                            {".h", ".cpp", ".sql", ".cmake", ".txt", ""});
  for (const Source& source : everything) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      EXPECT_FALSE(std::regex_search(source.lines[i], left))
          << source.name << ":" << i + 1 << ": " << source.lines[i];
    }
  }
}

TEST(Tidy, FilesEndWithANewlineAndLinesWithoutBlanks) {
  for (const Source& source : sources({"include", "src", "tools", "tests", "migrations", "schema"},
                                      {".h", ".cpp", ".sql", ".txt"})) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string& line = source.lines[i];
      EXPECT_EQ(line.find('\t'), std::string::npos) << source.name << ":" << i + 1;
      EXPECT_TRUE(line.empty() || line.back() != ' ') << source.name << ":" << i + 1;
    }
  }
}

}  // namespace
}  // namespace purser
