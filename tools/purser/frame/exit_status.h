// The exit statuses that scripts build on (after sysexits.h), and which fault has which.
#pragma once

#include "purser/error.h"

namespace purser::cli {

inline constexpr int kYes = 0;             // done, granted
inline constexpr int kNo = 1;              // a miss, an unknown id, a check that found something
inline constexpr int kUsage = 64;          // unknown option, malformed value
inline constexpr int kImpossible = 65;     // the input can never succeed
inline constexpr int kService = 69;        // a remote service cannot be reached, or failed
inline constexpr int kBug = 70;            // ours
inline constexpr int kDisk = 74;           // the database, the disk or the output failed
inline constexpr int kRefused = 75;        // for now
inline constexpr int kPermission = 77;     // credentials are refused; a person must act
inline constexpr int kConfiguration = 78;  // somebody has to set something up

int exit_status(ErrorCode code);

}  // namespace purser::cli
