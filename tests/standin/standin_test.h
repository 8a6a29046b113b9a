// What the tests of the stand-in share: it runs in simulated time that only the test moves, so that every
// answer is exact.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "standin/client.h"
#include "standin/http.h"

namespace purser::test {

using nlohmann::json;

constexpr std::int64_t kStartMs = 1'767'225'600'000;  // Thu, 01 Jan 2026 00:00:00 GMT

inline std::vector<std::string> in_stepped_time(std::vector<std::string> options, int workers = 1) {
  options.insert(options.end(), {"--stepped", std::to_string(workers), "--start", std::to_string(kStartMs)});
  return options;
}

constexpr char kForm[] = "Content-Type: application/x-www-form-urlencoded;charset=UTF-8";
constexpr char kParticipations[] = "/sellers/v1/marketplaceParticipations";

// A stand-in with the test as its only worker.
class Standin : public standin::Process {
 public:
  explicit Standin(const std::vector<std::string>& options = {})
      : Process(PURSER_STANDIN, in_stepped_time(options)), clock_(clock(), "test") {}

  void pass(Duration time) { clock_.sleep_until(clock_.steady_now() + time); }

  Reply keepa(const std::string& path_and_parameters, const HeaderLines& headers = {}) const {
    const char joint = path_and_parameters.find('?') == std::string::npos ? '?' : '&';
    return get(keepa_url(), path_and_parameters + joint + "key=" + keepa_key(), headers);
  }
  json keepa_json(const std::string& path_and_parameters) const {
    return json::parse(keepa(path_and_parameters).text());
  }

  Reply complete(const json& request, const HeaderLines& headers = {}) const {
    HeaderLines all = headers;
    all.push_back("Authorization: Bearer " + xai_key());
    return post(xai_url(), "/v1/chat/completions", request.dump(), all);
  }

  // A form as a client that encodes well sends it.
  std::string form() const {
    return "grant_type=refresh_token&refresh_token=" + percent_encoded(refresh_token()) +
           "&client_id=" + percent_encoded(client_id()) +
           "&client_secret=" + percent_encoded(client_secret());
  }
  Reply exchange(const std::string& body, const HeaderLines& headers = {kForm}) const {
    return Call(lwa_url(), "POST", "/auth/o2/token", headers, body).reply();
  }
  std::string access_token() const { return json::parse(exchange(form()).text())["access_token"]; }

  std::string question(const std::string& asin, const std::string& more = "&conditionType=used_good",
                       const std::string& marketplace = "ATVPDKIKX0DER") const {
    return "/listings/2021-08-01/restrictions?asin=" + asin + "&sellerId=" + seller_id() +
           "&marketplaceIds=" + marketplace + more;
  }

 private:
  standin::WorkerClock clock_;
};

// Asks SP-API, at either host, as a client does.
inline Reply ask(const std::string& url, const std::string& target, const std::string& token,
                 HeaderLines headers = {"User-Agent: test/1 (Language=C++)"}) {
  if (!token.empty()) headers.push_back("x-amz-access-token: " + token);
  return get(url, target, headers);
}

// As a client asks whether a price is reasonable.
inline json yes_or_no(const std::string& prompt, const std::string& property = "answer") {
  return {{"model", "grok-4.3"},
          {"messages",
           {{{"role", "system"}, {"content", "You judge prices."}}, {{"role", "user"}, {"content", prompt}}}},
          {"response_format",
           {{"type", "json_schema"},
            {"json_schema",
             {{"name", "verdict"},
              {"strict", true},
              {"schema",
               {{"type", "object"},
                {"properties", {{property, {{"type", "boolean"}}}}},
                {"required", {property}},
                {"additionalProperties", false}}}}}}}};
}

}  // namespace purser::test
