// The prompt for a question: a pure function.
//
// Titles come from a market place, so anybody can write one. They reach the model as JSON strings of one
// object, behind the question, under instructions which say that the object is data. So a title can be
// strange, but it can neither end its string nor come first.
#pragma once

#include <string>

#include "purser/xai_verdicts.h"

namespace purser::xai {

struct Prompt {
  std::string system, user;
};

// `price_reasonable` stands for a question of this library's; any other name is itself the yes/no question
// about the book. The price is the last dollar amount in the prompt.
Prompt prompt_for(const Question& question);

}  // namespace purser::xai
