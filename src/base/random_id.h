// Ids that cannot be mistaken: 32 lower-case hex digits, 12 of the time in milliseconds and 20 random.
// The time in front keeps new rows together in the B-tree (a random key would touch a page of its own
// for every row of a large table); the 80 random bits make an id of a restored backup unrepeatable.
#pragma once

#include <string>

#include "purser/clock.h"

namespace purser {

// Throws Error(internal) where the kernel has no randomness to give.
std::string random_id(Instant at);

}  // namespace purser
