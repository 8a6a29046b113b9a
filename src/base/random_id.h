// Ids that are never given twice: 32 lower-case hex digits, 12 of the time in milliseconds and 20 random.
// The time in front keeps new rows together in the B-tree (a random key would touch a page of its own for
// every row of a large table). Because of the 80 random bits no id that was given after a backup is given
// again after its restore.
#pragma once

#include <string>

#include "purser/clock.h"

namespace purser {

// Throws internal where the kernel cannot give random bytes.
std::string random_id(Instant at);

}  // namespace purser
