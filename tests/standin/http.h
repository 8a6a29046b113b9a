// HTTP by hand, to see what really comes over the wire: each call has a connection to itself and reads to its
// end, whatever that is.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace purser::test {

struct Reply {
  enum class Ending { closed, reset, silent };

  Ending ending = Ending::silent;
  int status = 0;                              // 0: no answer came
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // as it came

  std::string header(const std::string& name) const;
  // The body, unpacked where it is gzip. Throws where it says so and is not.
  std::string text() const;
};

using HeaderLines = std::vector<std::string>;  // "Accept-Encoding: gzip"

class Call {
 public:
  // Sends the request to `base`, "http://127.0.0.1:PORT". Throws std::runtime_error where nobody listens.
  Call(const std::string& base, const std::string& method, const std::string& target,
       const HeaderLines& headers = {}, const std::string& body = "");
  ~Call();
  Call(Call&& other) noexcept;
  Call& operator=(Call&&) = delete;

  // Reads until the connection ends, or nothing comes for so long.
  Reply reply(int patience_ms = 20'000);

 private:
  int socket_;
};

Reply get(const std::string& base, const std::string& target, const HeaderLines& headers = {});
Reply post(const std::string& base, const std::string& target, const std::string& json,
           const HeaderLines& headers = {});

std::string percent_encoded(const std::string& text);
std::string gunzipped(const std::string& bytes);

}  // namespace purser::test
