// When a request may be repeated: back-off, jitter, Retry-After.
#include "http/retry.h"

#include <gtest/gtest.h>

namespace purser::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, DoublesUpToItsLimitWithJitterInItsUpperHalf) {
  Backoff backoff{10, seconds(1), seconds(8)};
  struct Case {
    int next;
    Duration least, most;
  };
  // 1, 2, 4, 8, 8 ... seconds, of which jitter takes up to a half.
  for (const Case& c : {Case{2, milliseconds(500), seconds(1)}, Case{3, seconds(1), seconds(2)},
                        Case{4, seconds(2), seconds(4)}, Case{5, seconds(4), seconds(8)},
                        Case{6, seconds(4), seconds(8)}, Case{1000, seconds(4), seconds(8)}}) {
    EXPECT_EQ(backoff_before(c.next, backoff, 0), c.least) << c.next;
    EXPECT_GT(backoff_before(c.next, backoff, 999), c.most - milliseconds(10)) << c.next;
    EXPECT_LE(backoff_before(c.next, backoff, 999), c.most) << c.next;
  }
}

TEST(Backoff, JitterIsInItsRangeAndNotAlwaysTheSame) {
  int first = random_jitter();
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    int jitter = random_jitter();
    EXPECT_GE(jitter, 0);
    EXPECT_LT(jitter, 1000);
    differs = differs || jitter != first;
  }
  EXPECT_TRUE(differs);
}

// 2026-11-24T08:00:00Z
constexpr Instant kNow{milliseconds(1'795'507'200'000)};

std::optional<Duration> read(const std::string& header, const std::string& date = "") {
  Response response;
  response.retry_after = header;
  if (!date.empty()) response.date = date;
  return retry_after_of(response, kNow);
}

TEST(RetryAfter, IsReadInBothFormsAndClamped) {
  EXPECT_EQ(retry_after_of(Response{}, kNow), std::nullopt);
  EXPECT_EQ(read("0"), seconds(0));
  EXPECT_EQ(read("7"), seconds(7));
  EXPECT_EQ(read("300"), seconds(300));
  EXPECT_EQ(read("999999999"), kLongestRetryAfter);
  EXPECT_EQ(read("99999999999999999999999999"), kLongestRetryAfter);
  EXPECT_EQ(read("-5"), seconds(0));
  EXPECT_EQ(read("Tue, 24 Nov 2026 08:00:30 GMT"), seconds(30));
  EXPECT_EQ(read("Tue, 24 Nov 2026 07:00:30 GMT"), seconds(0));
  EXPECT_EQ(read("Wed, 24 Nov 2027 08:00:30 GMT"), kLongestRetryAfter);
}

TEST(RetryAfter, WhoCanWaitLongerSaysSo) {
  Response response;
  response.retry_after = "600";
  EXPECT_EQ(retry_after_of(response, kNow, std::chrono::hours(1)), seconds(600));
  response.retry_after = "999999999";
  EXPECT_EQ(retry_after_of(response, kNow, std::chrono::hours(1)), std::chrono::hours(1));
}

TEST(Retry, WhatPassesByItself) {
  for (int status : {408, 409, 425, 500, 502, 503, 504, 529}) EXPECT_TRUE(is_passing(status)) << status;
  for (int status : {200, 302, 400, 401, 402, 403, 404, 405, 410, 413, 422, 429})
    EXPECT_FALSE(is_passing(status)) << status;
}

TEST(RetryAfter, ADateIsComparedWithTheServersOwnClock) {
  EXPECT_EQ(read("Tue, 24 Nov 2026 06:00:30 GMT", "Tue, 24 Nov 2026 06:00:00 GMT"), seconds(30));
  EXPECT_EQ(read("Tue, 24 Nov 2026 08:00:30 GMT", "nonsense"), seconds(30));
}

TEST(RetryAfter, WhatIsNeitherSaysNothing) {
  for (const char* header : {"", "soon", "1.5", "5 s", "Tue, 24 Nov", "NaN"})
    EXPECT_EQ(read(header), std::nullopt) << header;
}

}  // namespace
}  // namespace purser::http
