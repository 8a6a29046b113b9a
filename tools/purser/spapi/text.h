// The credentials of SP-API, and the keys that seal them, as text for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frame/human.h"
#include "purser/spapi.h"
#include "purser/spapi_keys.h"

namespace purser::cli {

std::string text_of(const spapi::SellerStatus& status, const Reader& reader);
std::string text_of(const std::vector<spapi::SellerStatus>& sellers, const Reader& reader);
std::string text_of(const spapi::KeyCheck& check, const KeyRing& ring, const Reader& reader);

}  // namespace purser::cli
