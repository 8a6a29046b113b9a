// What a transport makes of a URL, and of an id that a service gives a request.
#include "http/transport.h"

#include <gtest/gtest.h>

#include "support/matchers.h"

namespace purser::http {
namespace {

TEST(PercentEncoding, LeavesOnlyWhatRfc3986CallsUnreserved) {
  EXPECT_EQ(percent_encoded("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encoded("a b&key=c|+/\r\n\xC3\xA9"), "a%20b%26key%3Dc%7C%2B%2F%0D%0A%C3%A9");
}

TEST(BaseAddress, LosesTheSlashesAtItsEnd) {
  EXPECT_EQ(base_address("https://api.x.ai//"), "https://api.x.ai");
  EXPECT_EQ(base_address("http://localhost:8080/v1/"), "http://localhost:8080/v1");
  EXPECT_EQ(base_address("//"), "");
}

TEST(RequestId, IsLettersDigitsAndHyphensUpTo64) {
  EXPECT_TRUE(is_an_id("5f2b1c7e-93a4"));
  EXPECT_TRUE(is_an_id(std::string(64, 'a')));
  for (const std::string& odd : {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a\nb"),
                                 std::string("\xC3\xA9"), std::string("a\0b", 3)})
    EXPECT_FALSE(is_an_id(odd)) << testing::PrintToString(odd);
  EXPECT_FALSE(is_an_id(std::nullopt));
}

TEST(Transport, RefusesUrlsThatWouldShowAKeyToOthers) {
  for (const char* url :
       {"", "no url", "ftp://localhost/", "http://example.org/", "https://user:key@example.org/"})
    EXPECT_PURSER_ERROR(ErrorCode::usage, Transport().send({.url = url}, {})) << url;
}

}  // namespace
}  // namespace purser::http
