// A verb of the command line as data: its name, its arguments, its help, the function that runs it. Help,
// parsing and bash completion are all made from these tables, so they cannot disagree.
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
  std::vector<std::string_view> choices = {};  // the only values that are accepted; empty: any
  bool is_file = false;                        // the value is a path, which completion can offer
};

// Every positional argument is required.
struct PositionalSpec {
  std::string_view name = {};  // "ID"
  std::string_view help = {};
  bool repeated = false;  // one or more; only the last one of a verb
};

// The arguments that were given, by the names of their specs. A flag that was given has the value "".
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

  // All values of a repeated positional argument, in order.
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
  std::string_view group = {};  // "keepa", "keepa policy"; "" for a verb without a group
  std::string_view name = {};
  std::string_view summary = {};
  std::string_view details = {};  // whole lines, for the help of this verb
  std::vector<PositionalSpec> positionals = {};
  std::vector<OptionSpec> options = {};
  std::vector<std::string_view> examples = {};
  // Returns the exit status of an answer; throws errors.
  int (*run)(Context&, const Arguments&) = nullptr;
};

struct GroupSpec {
  std::string_view path = {};  // "keepa policy"
  std::string_view summary = {};
};

inline std::string path_of(const VerbSpec& verb) {
  return verb.group.empty() ? std::string(verb.name) : std::string(verb.group) + " " + std::string(verb.name);
}

}  // namespace purser::cli
