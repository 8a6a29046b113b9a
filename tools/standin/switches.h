// Named switches: one for each fault, and for each behaviour of the real services that is not known for
// certain. They are set at the start by an option and at run time through the control port.
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
  std::string initial;             // the value at first, and after a number of requests
  std::vector<std::string> words;  // the values that it takes; empty: see `accepts`
  std::string what;                // a line for --help
  std::string form = {};           // describes the values if there are no words: "a whole number"
  std::function<bool(const std::string&)> accepts = {};
  bool counted = true;  // it can be set for a number of requests
};

// There is no such name or value; what() says which there are.
class BadSwitch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Switches {
 public:
  void declare(Switch declared);
  // `act` is called, outside the lock, with each value that is set.
  void on_set(const std::string& name, std::function<void(const std::string&)> act);

  // With `times`, for that many requests that it affects; then it has its initial value again.
  void set(const std::string& name, const std::string& value, std::optional<int> times = std::nullopt);

  // The value for a request that it affects; counts the request if it is set for a number of them.
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
// The hundredths, such as cents, of "60", "0.9", "59.99"; nullopt if `text` is not such a number.
std::optional<long long> hundredths(const std::string& text);

}  // namespace standin
