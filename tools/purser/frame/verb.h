// A verb of the command line as data: what it is called, what it takes, what it says of itself, what it
// does. Help, parsing and bash completion are all made from these tables, so they cannot disagree.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace purser::cli {

class Context;

struct OptionSpec {
  std::string_view name = {};         // "--cost"
  std::string_view placeholder = {};  // "N"; empty: a flag, which takes no value
  std::string_view help = {};
  bool required = false;
  std::vector<std::string_view> choices = {};  // where not empty: the only values there are
  bool is_file = false;                        // its value is a path, which completion can offer
};

// Every positional argument is required.
struct PositionalSpec {
  std::string_view name = {};  // "ID"
  std::string_view help = {};
  bool repeated = false;  // the last one of a verb: once or more often
};

// What was said on the command line, by the names of the specs. A flag that was given has the value "".
class Arguments {
 public:
  void set(std::string_view name, std::string value) {
    values_.insert_or_assign(std::string(name), std::move(value));
  }
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  // The value, or "" where the argument was not given.
  std::string text(std::string_view name) const {
    auto found = values_.find(name);
    return found == values_.end() ? std::string() : found->second;
  }

  // Of a repeated positional argument: all of them, in order.
  void set_list(std::string_view name, std::vector<std::string> values) {
    lists_.insert_or_assign(std::string(name), std::move(values));
  }
  std::vector<std::string> list(std::string_view name) const {
    auto found = lists_.find(name);
    return found == lists_.end() ? std::vector<std::string>() : found->second;
  }

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::map<std::string, std::vector<std::string>, std::less<>> lists_;
};

struct VerbSpec {
  std::string_view group = {};  // "keepa", "keepa policy", or "" for a verb of its own
  std::string_view name = {};
  std::string_view summary = {};
  std::string_view details = {};  // whole lines, for the verb's own help
  std::vector<PositionalSpec> positionals = {};
  std::vector<OptionSpec> options = {};
  std::vector<std::string_view> examples = {};
  int (*run)(Context&,
             const Arguments&) = nullptr;  // returns the exit status of an answer; faults are thrown
};

struct GroupSpec {
  std::string_view path = {};  // "keepa policy"
  std::string_view summary = {};
};

inline std::string path_of(const VerbSpec& verb) {
  return verb.group.empty() ? std::string(verb.name) : std::string(verb.group) + " " + std::string(verb.name);
}

}  // namespace purser::cli
