// What the documents show of a shell is what a shell prints.
//
// The ```console blocks of a document run in order, in one bash, in a scratch folder, against the stand-in of
// the services. A command begins with "$ "; a `\` at the end of a line continues it. It exits with 0, or with
// the N of a comment "# exit N". The paths /home/ada (where it runs), /var and /etc lie in the scratch
// folder. What is shown is compared after both sides went through `comparable`; `…` stands for any text. A
// block within <!-- --> runs too: it prepares what the next one needs. A block that no test can run (root,
// systemd, a package manager) is a ```sh block, and is only parsed.
#include <regex>

#include "cli/documents.h"
#include "cli/service_command_test.h"

namespace purser::test {
namespace {

struct Step {
  int line = 0;
  std::string command, shown;

  int exit_status() const {
    std::smatch match;
    return std::regex_search(command, match, std::regex("# exit (\\d+)")) ? std::stoi(match[1]) : 0;
  }
};

std::vector<Step> steps_of(const std::string& document) {
  std::vector<Step> steps;
  bool continued = false;
  for (const auto& [number, text] : lines_in_blocks(document, "console")) {
    bool begins = text.starts_with("$ ");
    if (begins) {
      steps.push_back({number, text.substr(2), ""});
    } else if (steps.empty()) {
      ADD_FAILURE() << document << ":" << number << ": a console block begins with a command";
    } else if (continued) {
      steps.back().command += "\n" + text;
    } else {
      steps.back().shown += text + "\n";
    }
    continued = (begins || continued) && text.ends_with('\\');
  }
  return steps;
}

// Without what differs from run to run: instants, ids, processes, durations, sizes, and the width of columns.
std::string comparable(std::string text) {
  static const std::vector<std::pair<std::regex, std::string>> rules = {
      {std::regex(R"(\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?|\d{8}T\d{6}(\.\d+)?Z)"), "DATE"},
      {std::regex(R"(\b([0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\b)"), "ID"},
      {std::regex(R"([\w.-]+:\d+\b)"), "WORKER"},
      {std::regex(R"((_ms":)\d+)"), "$1N"},
      {std::regex(R"(\b\d+ (ms|s|min|h|bytes)( \d+ (s|min))?\b)"), "AMOUNT"},
      {std::regex(R"((─)+)"), "─"},
      {std::regex(R"( +)"), " "},
      {std::regex(R"( ?\n)"), "\n"}};
  for (const auto& [pattern, stand_in] : rules) text = std::regex_replace(text, pattern, stand_in);
  return text.substr(0, text.find_last_not_of('\n') + 1);
}

// Whether `text` is `shown`, in which each `…` is any text.
bool is_shown(const std::string& text, std::string shown) {
  static const std::string any = "…";
  std::size_t at = 0, mark = shown.find(any);
  if (mark == std::string::npos) return text == shown;
  if (!text.starts_with(shown.substr(0, mark))) return false;
  for (; mark != std::string::npos; mark = shown.find(any)) {
    std::size_t found = text.find(shown.substr(0, mark), at);
    if (found == std::string::npos) return false;
    at = found + mark;
    shown.erase(0, mark + any.size());
  }
  return text.size() >= at + shown.size() && text.ends_with(shown);
}

class DocumentBlocks : public ServiceCommandTest, public ::testing::WithParamInterface<std::string> {
 protected:
  DocumentBlocks() {
    environment_["HOME"] = root_ + "/home/ada";
    environment_["PURSER_DB"] = std::nullopt;
    for (const auto& [name, value] : standin_.environment()) environment_[name] = value;
    environment_["PATH"] =
        std::filesystem::path(PURSER_PROGRAM).parent_path().string() + ":" + getenv("PATH");
  }
  void SetUp() override {
    for (const char* folder : {"/home/ada", "/var/lib/purser", "/var/backups/purser", "/etc/purser"}) {
      std::filesystem::create_directories(root_ + folder);
    }
  }

  // One script of all steps. What they print goes to one file, with a mark around each exit status. An id in
  // a command is the one that was really printed where the document shows it, as the Nth of all.
  std::string script_of(const std::vector<Step>& steps) const {
    static const std::regex id("[0-9a-f]{32}"), path("(^|[\\s=])/(var|etc)/");
    std::string shown = "'" + root_ + "/shown'";
    std::string script = "exec >" + shown + " 2>&1 </dev/null\ncd\nid() { grep -oE '[0-9a-f]{32}' " + shown +
                         " | awk '!seen[$0]++' | sed -n \"$1p\"; }\n";
    Words ids;
    for (const Step& step : steps) {
      std::string command = std::regex_replace(step.command, path, "$1" + root_ + "/$2/");
      for (std::size_t i = 0; i < ids.size(); ++i) {
        command = std::regex_replace(command, std::regex(ids[i]), "$$(id " + std::to_string(i + 1) + ")");
      }
      script += command + "\nprintf '\\036%d\\036' $?\n";
      for (std::sregex_iterator found(step.shown.begin(), step.shown.end(), id), end; found != end; ++found) {
        if (std::find(ids.begin(), ids.end(), found->str()) == ids.end()) ids.push_back(found->str());
      }
    }
    return script;
  }

  std::string root_ = folder_.file("root").string();
};

TEST_P(DocumentBlocks, OfAConsolePrintWhatTheyShow) {
  std::vector<Step> steps = steps_of(GetParam());
  write_file(root_ + "/script", script_of(steps));
  Finished done = run({.words = {"bash", root_ + "/script"}, .environment = environment_});
  ASSERT_EQ(done.err, "");
  std::istringstream printed(std::regex_replace(read_file(root_ + "/shown"), std::regex(root_), ""));
  for (const Step& step : steps) {
    SCOPED_TRACE(GetParam() + ":" + std::to_string(step.line) + ": " + step.command);
    std::string text, exit_status;
    std::getline(printed, text, '\036');
    std::getline(printed, exit_status, '\036');
    EXPECT_EQ(exit_status, std::to_string(step.exit_status()));
    EXPECT_TRUE(is_shown(comparable(text), comparable(step.shown))) << "it prints\n" << text;
  }
}

Words documents_with_a_console() {
  Words all;
  for (const std::string& document : documents()) {
    if (!lines_in_blocks(document, "console").empty()) all.push_back(document);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Of, DocumentBlocks, ::testing::ValuesIn(documents_with_a_console()),
                         [](const auto& instance) {
                           return std::regex_replace(instance.param, std::regex("[^A-Za-z]"), "_");
                         });

TEST(DocumentShellBlocks, AreParsed) {
  for (const std::string& document : documents()) {
    std::string script;
    for (const auto& [number, text] : lines_in_blocks(document, "sh")) script += text + "\n";
    Finished done = run({.words = {"bash", "-n"}, .input = script});
    EXPECT_EQ(done.exit_status, 0) << document << "\n" << done.err;
  }
}

}  // namespace
}  // namespace purser::test
