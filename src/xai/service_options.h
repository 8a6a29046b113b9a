// The options of a service as it works with them.
#pragma once

#include <string>

#include "purser/xai_service.h"

namespace purser::xai {

// The options with a tidy base address. Throws usage for values that are not possible, also an address.
ServiceOptions checked(ServiceOptions options);

// The asker as a pause knows it: 128 bits of BLAKE2b over the address, the key and the model, in hex. A key
// has some 64 random characters, so nothing leads back from the hash.
std::string asker_of(const ServiceOptions& options);

}  // namespace purser::xai
