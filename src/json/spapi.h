// The answers about SP-API's credentials and the master key as JSON: the fields of each verb's object.
// Scripts rely on their names and order. None holds a secret.
#pragma once

#include <string>
#include <vector>

#include "json/object.h"
#include "purser/spapi.h"
#include "purser/spapi_keys.h"

namespace purser::json {

Object encode(const spapi::SellerStatus& status);
std::vector<Object> encode(const std::vector<spapi::SellerStatus>& sellers);
Object encode_seller_set(const std::string& account, spapi::Region region, bool changed);
Object encode_seller_removal(bool removed);

Object encode(const spapi::KeyCheck& check, const KeyRing& ring);
// True where a sealed text does not open, or where no further secret could be sealed.
bool has_failures(const spapi::KeyCheck& check, const KeyRing& ring);
Object encode_key_generate(const std::string& key_id, const std::string& file);
Object encode(const spapi::Rotation& rotation);

}  // namespace purser::json
