// The options of a service as it can work with them.
#pragma once

#include "purser/xai_service.h"

namespace purser::xai {

// Throws usage for what cannot be, also an address.
ServiceOptions checked(ServiceOptions options);

}  // namespace purser::xai
