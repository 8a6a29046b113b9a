// The documents of the tree, and the blocks in them.
#pragma once

#include <algorithm>

#include "cli/command_line_test.h"

namespace purser::test {

// Every *.md of the tree, by its name from the root.
inline Words documents() {
  namespace fs = std::filesystem;
  Words all;
  for (fs::recursive_directory_iterator entry(PURSER_SOURCE), end; entry != end; ++entry) {
    std::string name = entry->path().filename().string();
    if (entry.depth() == 0 && (name == "build" || name[0] == '.')) {
      entry.disable_recursion_pending();
    } else if (entry->path().extension() == ".md") {
      all.push_back(fs::relative(entry->path(), PURSER_SOURCE).string());
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

inline std::string document_text(const std::string& document) {
  return read_file(std::filesystem::path(PURSER_SOURCE) / document);
}

struct DocumentLine {
  int number = 0;
  std::string text;
};

// The lines of all its blocks that begin with ```KIND; the end of a block is an empty line.
inline std::vector<DocumentLine> lines_in_blocks(const std::string& document, const std::string& kind) {
  std::vector<DocumentLine> found;
  std::istringstream text(document_text(document));
  bool inside = false, wanted = false;
  int number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    bool fence = line.starts_with("```");
    if (wanted) found.push_back({number, fence ? "" : line});
    if (!fence) continue;
    inside = !inside;
    wanted = inside && line == "```" + kind;
  }
  return found;
}

}  // namespace purser::test
