// How a verb ends: the exit statuses that scripts rely on (after sysexits.h), the status of each error, and
// errors as JSON.
#pragma once

#include <string_view>

#include "json/object.h"
#include "purser/error.h"

namespace purser {

inline constexpr int kYes = 0;             // done, or granted
inline constexpr int kNo = 1;              // a miss, an unknown id, or a check that found something
inline constexpr int kUsage = 64;          // an unknown option, a malformed value
inline constexpr int kImpossible = 65;     // the input can never succeed
inline constexpr int kService = 69;        // a remote service cannot be reached, or failed
inline constexpr int kBug = 70;            // a bug in purser
inline constexpr int kDisk = 74;           // the database, the disk or the output failed
inline constexpr int kRefused = 75;        // refused for now: the same call may succeed later
inline constexpr int kPermission = 77;     // credentials are refused; a person must act
inline constexpr int kConfiguration = 78;  // a person must set something up

}  // namespace purser

namespace purser::json {

int exit_status(ErrorCode code);

// {"error":{"code":"busy","message":"…","retryable":true}}
Object encode_error(ErrorCode code, std::string_view message, bool retryable);

}  // namespace purser::json
