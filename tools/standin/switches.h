// What can be switched: each point of the real services that is not settled, and each fault, by a name.
// They are set at the start by an option and at run time through the control port.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace standin {

struct Switch {
  std::string name;                // "keepa.fault"
  std::string initial;             // what it falls back to
  std::vector<std::string> words;  // what it can be set to; empty: see `accepts`
  std::string what;                // a line for --help
  std::string form = {};           // in the place of words: "a whole number"
  std::function<bool(const std::string&)> accepts = {};
  bool counted = true;  // requests use it up: it can be set for a number of them
};

// A name or a value that there is not; what() says which there are.
class BadSwitch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Switches {
 public:
  void declare(Switch declared);
  // Called, outside the lock, with each value that is set.
  void on_set(const std::string& name, std::function<void(const std::string&)> act);

  // `times`: for as many requests that it affects, then what it was at first.
  void set(const std::string& name, const std::string& value, std::optional<int> times = std::nullopt);

  // The value for a request that it affects: used up by one where it was set for a number of them.
  std::string use(const std::string& name);
  std::string value(const std::string& name) const;

  std::map<std::string, std::string> values() const;
  std::string help() const;

 private:
  struct State {
    Switch declared;
    std::string value;
    std::optional<int> left;
    std::function<void(const std::string&)> act;
  };
  State& find(const std::string& name);
  const State& find(const std::string& name) const;

  mutable std::mutex mutex_;
  std::map<std::string, State> switches_;
};

bool is_whole_number(const std::string& text, long long least, long long most);
// Cents or hundredths: "60", "0.9", "59.99". nullopt where it is none.
std::optional<long long> hundredths(const std::string& text);

}  // namespace standin
