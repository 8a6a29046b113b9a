// What makes an observation fit to be believed, whoever brings it.
#pragma once

#include "purser/keepa.h"

namespace purser::keepa {

// Throws usage where a field is out of range.
void require_valid(const Observation& observation);

// A bad key's answer has only zeros: it says nothing of the bucket.
bool says_nothing(const Observation& observation);

// Throws timestamp_ahead for a server time more than a day ahead of `now`, unless forced.
void require_not_ahead(const Observation& observation, Instant now, bool force);

}  // namespace purser::keepa
