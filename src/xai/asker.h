// Who asks, as a pause knows him: 128 bits of BLAKE2b over the address, the key and the model, in hex. A key
// has some 64 random characters, so nothing leads back from the hash.
#pragma once

#include <string>

#include "purser/xai_service.h"

namespace purser::xai {

std::string asker_of(const ServiceOptions& options);

}  // namespace purser::xai
