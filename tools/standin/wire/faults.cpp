#include "standin/wire/faults.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace standin {
namespace {

constexpr std::size_t kHuge = std::size_t{64} << 20U;

std::string html_page(int status, std::string_view reason) {
  return fmt::format(
      "<html>\r\n<head><title>{0} {1}</title></head>\r\n<body>\r\n<center><h1>{0} {1}</h1></center>\r\n"
      "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
      status, reason);
}

Response html(int status, std::string_view reason) {
  Response response;
  response.status = status;
  response.content_type = "text/html";
  response.body = html_page(status, reason);
  return response;
}

Response redirect(const Request& request) {
  Response response = html(302, "Found");
  response.headers.emplace_back("Location",
                                fmt::format("http://{}{}", request.header("host"), kRedirectTarget));
  return response;
}

Response empty(int status) {
  Response response;
  response.status = status;
  response.content_type.clear();
  return response;
}

// The refusal of a gateway: JSON, but not the service's.
Response gateway(int status) {
  Response response;
  response.status = status;
  response.body = R"({"message":"Forbidden"})";
  return response;
}

Response reset() {
  Response response;
  response.ending = Ending::reset;
  return response;
}

// Adds a member at the end of the service's JSON object.
void add_member(std::string& body, std::string_view value) {
  const auto end = body.rfind('}');
  if (end == std::string::npos) return body.append(value), void();
  body.resize(end);
  body.append(R"(,"filler":)").append(value).append("}");
}

// Python and JavaScript accept these, many other parsers do not: half a surrogate pair, bytes that are not
// UTF-8, a NUL, a number that no double can hold.
constexpr std::string_view kOddBytes = "[\"cut \\ud83d\",\"\xff\xc0\xaf\",\"\\u0000\",1e999]";

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

void replace(Response& response, std::string content_type, std::string body) {
  response.content_type = std::move(content_type);
  response.body = std::move(body);
}

}  // namespace

void declare_faults(Switches& switches, const std::string& service) {
  switches.declare(
      {service + ".fault",
       "none",
       {"none",      "slow",           "reset_before", "reset_after", "html_502",    "html_503",
        "empty_500", "truncated_json", "wrong_length", "stale_date",  "future_date", "redirect",
        "huge",      "hang",           "garbled_gzip", "not_json",    "page",        "gateway",
        "nothing",   "other_status",   "odd_bytes",    "deep",        "huge_header"},
       fmt::format(
           "what goes wrong. Not processed, and so not charged: reset_before (a TCP reset instead of the "
           "answer), html_502, html_503, empty_500, redirect (302), page (HTML with the status "
           "{0}.fault_status, as a proxy sends it), gateway (likewise, JSON that is not the service's), "
           "nothing (likewise, an empty body). Processed and charged: slow (the answer is held for "
           "{0}.slow_ms), reset_after (then a TCP reset), truncated_json (cut in the middle, with a true "
           "length header), wrong_length (less than its length header says, then the end), stale_date and "
           "future_date (its clock is an hour behind, two days ahead), huge (64 MiB), hang (no answer until "
           "the client leaves), garbled_gzip (labelled gzip but not gzip), not_json (200 and some text), "
           "other_status (the usual answer with the status {0}.fault_status), odd_bytes (half a surrogate "
           "pair, bytes that are not UTF-8 and 1e999 in an extra field), deep (a field nested 200000 deep), "
           "huge_header (one of 1 MiB)",
           service)});
  switches.declare({service + ".fault_status",
                    "403",
                    {},
                    "the status of the faults page, gateway, nothing and other_status",
                    "a whole number from 100 to 999",
                    [](const std::string& text) { return is_whole_number(text, 100, 999); },
                    false});
  switches.declare({service + ".slow_ms",
                    "5000",
                    {},
                    "for how long the fault slow holds an answer, in real milliseconds",
                    "a whole number up to 600000",
                    [](const std::string& text) { return is_whole_number(text, 0, 600'000); },
                    false});
  switches.declare({service + ".gzip",
                    "on",
                    {"on", "off", "always"},
                    "whether answers, errors too, are gzipped: on is for clients that accept it, always for "
                    "the others as well",
                    {},
                    {},
                    false});
  switches.declare({service + ".retry_after",
                    "none",
                    {"none", "seconds", "date", "long", "long_date", "absurd", "garbage"},
                    "the header Retry-After of answers with 429 and 503: seconds is 2, date two seconds "
                    "ahead, long 600 seconds and long_date as far ahead, absurd 999999999 seconds"});
}

std::optional<Response> fault_response(const std::string& fault, const Request& request, int fault_status) {
  if (fault == "page") return html(fault_status, "Access denied");
  if (fault == "gateway") return gateway(fault_status);
  if (fault == "nothing") return empty(fault_status);
  if (fault == "reset_before") return reset();
  if (fault == "html_502") return html(502, "Bad Gateway");
  if (fault == "html_503") return html(503, "Service Temporarily Unavailable");
  if (fault == "empty_500") return empty(500);
  if (fault == "redirect") return redirect(request);
  return std::nullopt;
}

std::int64_t skew_ms(const std::string& fault) {
  constexpr std::int64_t kHour = 3'600'000;
  if (fault == "stale_date") return -kHour;
  if (fault == "future_date") return 48 * kHour;
  return 0;
}

void spoil(Response& response, const std::string& fault, std::chrono::milliseconds slow, int fault_status) {
  if (fault == "slow") response.held = slow;
  if (fault == "reset_after") response.ending = Ending::reset;
  if (fault == "hang") response.ending = Ending::never;
  if (fault == "truncated_json") response.body.resize(response.body.size() / 2);
  if (fault == "wrong_length") response.missing_bytes = 64;
  if (fault == "huge") add_member(response.body, '"' + std::string(kHuge, 'x') + '"');
  if (fault == "other_status") response.status = fault_status;
  if (fault == "odd_bytes") add_member(response.body, kOddBytes);
  if (fault == "deep") add_member(response.body, nested(200'000));
  if (fault == "huge_header")
    response.headers.emplace_back("X-Filler", std::string(std::size_t{1} << 20U, 'x'));
  if (fault == "not_json") replace(response, "text/plain", "All is well, only this is no JSON.");
  if (fault == "garbled_gzip") {
    response.body = "these bytes were never compressed";
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
}

void add_retry_after(Response& response, Switches& switches, const std::string& service) {
  if (response.status != 429 && response.status != 503) return;
  const std::string form = switches.use(service + ".retry_after");
  if (form == "none") return;
  std::string value = "soon";
  if (form == "seconds") value = "2";
  if (form == "long") value = "600";
  if (form == "long_date") value = http_date(response.date_ms + 600'000);
  if (form == "absurd") value = "999999999";
  if (form == "date") value = http_date(response.date_ms + 2000);
  response.headers.emplace_back("Retry-After", value);
}

}  // namespace standin
