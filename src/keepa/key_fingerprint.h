// Which Keepa key an account belongs to, without keeping the key: 128 bits of BLAKE2b, in hex. A key has some
// 64 random characters, so nothing leads back from the hash.
#pragma once

#include <string>

namespace purser::keepa {

std::string fingerprint_of(const std::string& api_key);

}  // namespace purser::keepa
