// Answers of the real Keepa as people have published them, byte for byte. Each names where it is from.
#pragma once

#include <string_view>

namespace demo {

struct RecordedAnswer {
  int status;
  std::string_view what;
  std::string_view body;
};

// GET /token, on a plan of 20 tokens a minute. Published at experience-memory.com/keepa-api-tokenleft-json,
// and with the same fields in a translation of Keepa's own page at tonokokko.com/?p=285. A 429 has these
// fields too, with the true counts and without an error.
inline constexpr RecordedAnswer kTokenAnswer{
    200, "GET /token",
    R"({"timestamp":1594177158252,"tokensLeft":0,"refillIn":38205,"refillRate":20,"tokenFlowReduction":0,)"
    R"("tokensConsumed":0,"processingTimeInMs":0})"};

// A request that was understood and refused, on a plan of 5 tokens a minute: status 200, no payload and no
// timestamp. Published by a user, who left the message out.
inline constexpr RecordedAnswer kOkWithError{
    200, "200 with an error",
    R"({"error":{"message":"…","type":"invalidParameter"},"tokensLeft":59,"tokensConsumed":0,"refillIn":26645,)"
    R"("refillRate":5})"};

// A wrong API key: zeros everywhere, which say nothing of anybody's tokens. Published by a user.
inline constexpr RecordedAnswer kWrongKey{
    400, "400, a wrong API key",
    R"({"error":{"details":"","message":"You used an invalid parameter for this API call.",)"
    R"("type":"invalidParameter"},"processingTimeInMs":0,"refillIn":0,"refillRate":0,"timestamp":1790277678673,)"
    R"("tokenFlowReduction":0.0,"tokensConsumed":0,"tokensLeft":0})"};

}  // namespace demo
