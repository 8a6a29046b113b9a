// A .env file, as python-dotenv reads it: NAME=value, perhaps after `export`, perhaps in quotation marks,
// with comments, CRLF or a byte order mark. A report never has a value of it, and of names only the known
// ones: the text before an equals sign may be the end of a secret that was pasted over two lines.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "import/report.h"
#include "import/sources.h"
#include "spapi/sealing.h"

namespace purser::legacy {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

enum class Role { value, region, url, service_key, aws, elsewhere };

struct Variable {
  std::string_view name;
  Role role;
  std::string EnvFile::*value = nullptr;
};
constexpr Variable kVariables[] = {
    {"SP_API_CLIENT_ID", Role::value, &EnvFile::client_id},
    {"SP_API_CLIENT_SECRET", Role::value, &EnvFile::client_secret},
    {"SP_API_REFRESH_TOKEN", Role::value, &EnvFile::refresh_token},
    {"SP_API_SELLER_ID", Role::value, &EnvFile::seller_id},
    {"SP_API_REGION", Role::region},
    {"SP_API_URL", Role::url},
    {"KEEPA_API_KEY", Role::service_key},
    {"XAI_TOKEN", Role::service_key},
    {"XAI_API_KEY", Role::service_key},
    {"SP_API_AWS_REGION", Role::aws},
    {"SP_API_AWS_ACCESS_KEY_ID", Role::aws},
    {"SP_API_AWS_SECRET_KEY", Role::aws},
    {"AWS_ACCESS_KEY_ID", Role::aws},
    {"AWS_SECRET_ACCESS_KEY", Role::aws},
    {"SP_API_APP_ID", Role::elsewhere},
    {"REDIS_URL", Role::elsewhere},
    {"DATABASE_URL", Role::elsewhere},
};

const Variable* variable_named(std::string_view name) {
  auto found = std::find_if(std::begin(kVariables), std::end(kVariables),
                            [&](const Variable& variable) { return variable.name == name; });
  return found == std::end(kVariables) ? nullptr : found;
}

bool is_name(std::string_view text) {
  auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_comment_or_nothing(std::string_view text) {
  text = trimmed(text);
  return text.empty() || text.front() == '#';
}

// The text within quotation marks; nullopt where anything but a comment follows them.
std::optional<std::string> quoted_value(std::string_view text) {
  const char mark = text.front();
  std::string value;
  value.reserve(text.size());
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == mark) {
      if (is_comment_or_nothing(text.substr(i + 1))) return value;
      break;
    }
    if (mark == '"' && text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  spapi::wipe(value);
  return std::nullopt;
}

std::string unquoted_value(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '#' && is_blank(text[i - 1])) return std::string(trimmed(text.substr(0, i)));
  }
  return std::string(text);
}

struct Assignment {
  std::string_view name;
  std::string value;
};

// nullopt: this is no assignment.
std::optional<Assignment> assignment_in(std::string_view line) {
  constexpr std::string_view kExport = "export";
  bool exports = line.substr(0, kExport.size()) == kExport && line.size() > kExport.size() &&
                 is_blank(line[kExport.size()]);
  if (exports) line = trimmed(line.substr(kExport.size()));
  std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  std::string_view name = trimmed(line.substr(0, equals)), value = trimmed(line.substr(equals + 1));
  if (!is_name(name)) return std::nullopt;
  if (value.empty() || value.front() == '#') return Assignment{name, ""};
  if (value.front() != '"' && value.front() != '\'') return Assignment{name, unquoted_value(value)};
  auto inside = quoted_value(value);
  return inside ? std::optional(Assignment{name, std::move(*inside)}) : std::nullopt;
}

class EnvReader {
 public:
  EnvReader(EnvFile& env, const ImportFile& file) : env_(env), file_(file) {
    env_.report.source = "env_file";
    env_.report.file = file.path;
    env_.written_at = file.written_at;
  }

  void read() {
    if (!is_storable_text(file_.text)) refuse(file_.path, "is no UTF-8 text");
    std::string_view rest = file_.text;
    if (rest.substr(0, kByteOrderMark.size()) == kByteOrderMark) rest.remove_prefix(kByteOrderMark.size());
    for (int number = 1; !rest.empty(); ++number) {
      std::size_t end = std::min(rest.find('\n'), rest.size());
      read_line(trimmed(rest.substr(0, end)), fmt::format("line {}", number));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (assignments_ == 0)
      refuse(file_.path, "has no line NAME=value: is this the .env of the program before purser?");
  }

 private:
  void read_line(std::string_view line, const std::string& place) {
    if (is_comment_or_nothing(line)) return;
    ++env_.report.entries;
    auto assignment = assignment_in(line);
    if (!assignment) {
      skip(env_.report, "malformed", "lines that are no NAME=value, or whose quotation mark is not closed",
           place);
      return;
    }
    ++assignments_;
    const Variable* variable = variable_named(assignment->name);
    if (variable == nullptr) {
      skip(env_.report, "not_ours", "variables that purser does not know", place);
    } else {
      take(*variable, assignment->value, place);
    }
    spapi::wipe(assignment->value);
  }

  void take(const Variable& variable, const std::string& value, const std::string& place) {
    std::string example = fmt::format("{} ({})", variable.name, place);
    switch (variable.role) {
      case Role::service_key:
        return skip(env_.report, "stays_in_environment",
                    "the keys of Keepa and xAI are not stored: workers have them in their environment, as "
                    "KEEPA_API_KEY and as XAI_API_KEY or XAI_TOKEN",
                    example, kNames);
      case Role::aws:
        return skip(env_.report, "obsolete", "Amazon's SP-API has needed no AWS keys since 2023: delete them",
                    example, kNames);
      case Role::elsewhere:
        return skip(env_.report, "not_needed",
                    "purser needs none of these (deals.db comes in with --deals-db; Keepa's balance is asked "
                    "anew, with `purser keepa refresh`)",
                    example, kNames);
      case Role::value: return take_value(variable, value, example);
      case Role::region: return take_region(spapi::region_named(value), example);
      case Role::url: return take_region(spapi::region_of_url(value), example);
    }
  }

  void take_value(const Variable& variable, const std::string& value, const std::string& example) {
    if (value.empty()) return skip(env_.report, "empty", "variables without a value", example, kNames);
    std::string& kept = env_.*variable.value;
    if (!kept.empty())
      skip(env_.report, "repeated", "given again further down, which holds", example, kNames);
    spapi::wipe(kept);
    kept = value;
  }

  void take_region(std::optional<spapi::Region> region, const std::string& example) {
    if (!region) {
      return skip(env_.report, "unknown_region",
                  "this names none of Amazon's regions na, eu and fe (--region does)", example, kNames);
    }
    env_.region = region;
    ++env_.region_variables;
  }

  EnvFile& env_;
  const ImportFile& file_;
  int assignments_ = 0;
};

}  // namespace

EnvFile::~EnvFile() {
  for (std::string* secret : {&client_id, &client_secret, &refresh_token}) spapi::wipe(*secret);
}

void parse_env(EnvFile& env, const ImportFile& file) { EnvReader(env, file).read(); }

}  // namespace purser::legacy
