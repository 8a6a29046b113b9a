// `purser keepa afford`: what a task could have now, and what calls of a kind really cost.
#pragma once

#include "frame/context.h"

namespace purser::cli {

int run_afford(Context& context, const Arguments& arguments);

}  // namespace purser::cli
