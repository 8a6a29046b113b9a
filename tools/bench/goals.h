// What is to be reached (the goals of the project's benchmark issue), and whether it was.
#pragma once

#include <string>
#include <vector>

#include "bench/measured.h"

namespace bench {

enum class Reached { pass, fall, stretch_missed, not_measured };

struct Goal {
  std::string number;    // "G3"
  std::string text;      // what is measured
  std::string wanted;    // ">= 2.00x"
  std::string measured;  // "2.61x [2.30-2.84]", or why it was not
  Reached reached = Reached::not_measured;
};

std::vector<Goal> goals_of(const Measured& measured);

std::string name_of(Reached reached);  // "pass", "FALL", "missed", "not measured"

}  // namespace bench
