#include "standin/switches.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace standin {
namespace {

std::string form_of(const Switch& declared) {
  if (declared.words.empty()) return declared.form;
  return fmt::format("{}", fmt::join(declared.words, ", "));
}

bool takes(const Switch& declared, const std::string& value) {
  if (declared.words.empty()) return declared.accepts(value);
  return std::find(declared.words.begin(), declared.words.end(), value) != declared.words.end();
}

void require(const Switch& declared, const std::string& value, std::optional<int> times) {
  if (!takes(declared, value)) {
    throw BadSwitch(fmt::format("{} cannot be \"{}\": it takes {}", declared.name, value, form_of(declared)));
  }
  if (times && !declared.counted) {
    throw BadSwitch(fmt::format("{} is a state: it cannot be set for a number of requests", declared.name));
  }
  if (times && *times < 1) throw BadSwitch("times must be a whole number from 1");
}

// The text in indented lines of at most 100 columns.
std::string folded(const std::string& text, std::string_view indent) {
  constexpr std::size_t kColumns = 100;
  std::string lines, line(indent);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (line.size() + end - begin > kColumns) {
      lines += line + "\n";
      line = indent;
    }
    if (line.size() > indent.size()) line += ' ';
    line.append(text, begin, end - begin);
    begin = end + 1;
  }
  return lines + line + "\n";
}

}  // namespace

void Switches::declare(Switch declared) {
  std::lock_guard lock(mutex_);
  const std::string name = declared.name;
  const std::string initial = declared.initial;
  switches_[name] = State{std::move(declared), initial, std::nullopt, nullptr};
}

void Switches::on_set(const std::string& name, std::function<void(const std::string&)> act) {
  std::lock_guard lock(mutex_);
  find(name).act = std::move(act);
}

void Switches::set(const std::string& name, const std::string& value, std::optional<int> times) {
  std::function<void(const std::string&)> act;
  {
    std::lock_guard lock(mutex_);
    State& state = find(name);
    require(state.declared, value, times);
    state.value = value;
    state.left = times;
    act = state.act;
  }
  if (act) act(value);
}

std::string Switches::use(const std::string& name) {
  std::lock_guard lock(mutex_);
  State& state = find(name);
  std::string value = state.value;
  if (state.left && --*state.left == 0) {
    state.value = state.declared.initial;
    state.left.reset();
  }
  return value;
}

std::string Switches::value(const std::string& name) const {
  std::lock_guard lock(mutex_);
  return find(name).value;
}

std::map<std::string, std::string> Switches::values() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, std::string> all;
  for (const auto& [name, state] : switches_) all.emplace(name, state.value);
  return all;
}

std::string Switches::help() const {
  std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [name, state] : switches_) {
    text += fmt::format("  {} (at first {})\n", name,
                        state.declared.initial.empty() ? "unset" : state.declared.initial);
    text += folded(state.declared.what, "      ");
    text += folded("takes " + form_of(state.declared), "      ");
  }
  return text;
}

Switches::State& Switches::find(const std::string& name) {
  return const_cast<State&>(std::as_const(*this).find(name));
}

const Switches::State& Switches::find(const std::string& name) const {
  const auto found = switches_.find(name);
  if (found != switches_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, state] : switches_) names.push_back(known);
  throw BadSwitch(fmt::format("there is no switch \"{}\": there are {}", name, fmt::join(names, ", ")));
}

bool is_whole_number(const std::string& text, long long least, long long most) {
  long long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= least && number <= most;
}

std::optional<long long> hundredths(const std::string& text) {
  const auto point = text.find('.');
  const std::string whole = text.substr(0, point);
  std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
  if (point != std::string::npos && (fraction.empty() || fraction.size() > 2)) return std::nullopt;
  fraction.resize(2, '0');
  const bool digits =
      std::all_of(fraction.begin(), fraction.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || !is_whole_number(whole, 0, 1'000'000'000)) return std::nullopt;
  return std::stoll(whole) * 100 + std::stoll(fraction);
}

}  // namespace standin
