// What xAI is asked: the words of a question as pure functions of it.
//
// Titles come from a market place: anybody can write one. They reach the model as a JSON string inside one
// object, behind the question, under instructions that say that it is data; so a title can be strange, but
// can neither end its string nor come first.
#pragma once

#include <string>

#include "purser/xai_verdicts.h"

namespace purser::xai {

struct Prompt {
  std::string system, user;
};

// `price_reasonable` is a question of ours; any other name of a question is the yes/no question itself, about
// the same book. The price is the last dollar amount of it all.
Prompt prompt_for(const Question& question);

}  // namespace purser::xai
