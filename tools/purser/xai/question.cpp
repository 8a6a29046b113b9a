#include "xai/question.h"

#include "frame/values.h"

namespace purser::cli {

xai::Question question_of(const Arguments& arguments) {
  xai::Question question;
  question.title = arguments.text("--title");
  question.category = arguments.text("--category");
  question.season = arguments.text("--season");
  question.price = price_option(arguments, "--price").value_or(Cents{});
  if (arguments.has("--question")) question.question = arguments.text("--question");
  return question;
}

std::vector<OptionSpec> question_options(std::vector<OptionSpec> more) {
  std::vector<OptionSpec> options = {
      {.name = "--title", .placeholder = "T", .help = "exactly as it is; may be empty", .required = true},
      {.name = "--category", .placeholder = "C", .help = "exactly as it is; may be empty", .required = true},
      {.name = "--season", .placeholder = "S", .help = "exactly as it is; may be empty", .required = true},
      {.name = "--price",
       .placeholder = "P",
       .help = "US dollars: 49.9 and 49.90 are one price",
       .required = true},
      {.name = "--question", .placeholder = "Q", .help = "what is asked (default: price_reasonable)"},
  };
  for (OptionSpec& option : more) options.push_back(std::move(option));
  return options;
}

OptionSpec verdict_option() {
  return {.name = "--verdict",
          .placeholder = "true|false",
          .help = "what xAI answered",
          .required = true,
          .choices = {"true", "false"}};
}

OptionSpec model_option() {
  return {.name = "--model", .placeholder = "M", .help = "that gave it, for cache list and cache prune"};
}

bool verdict_of(const Arguments& arguments) { return arguments.text("--verdict") == "true"; }

}  // namespace purser::cli
