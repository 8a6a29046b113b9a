#include "maintenance/check_json.h"

namespace purser::cli {

std::vector<Answer> answers_of(const std::vector<Check>& checks) {
  std::vector<Answer> answers;
  answers.reserve(checks.size());
  for (const Check& check : checks) {
    answers.push_back(
        Answer().add("name", check.name).add("passed", check.passed).add("detail", check.detail));
  }
  return answers;
}

}  // namespace purser::cli
