#include "http/transport.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "purser/error.h"

namespace purser::http {
namespace {

// "AppId/Version (Language=…; Platform=…)", the form that Amazon asks for; the other services get the same.
constexpr char kUserAgent[] = "purser/" PURSER_VERSION " (Language=C++; Platform=Linux)";

constexpr std::size_t kMaxIdBytes = 64;

// Anyone who can set SSLKEYLOGFILE would get the secrets of every TLS connection, in a file that all users
// may read. libcurl reads the variable once, when it starts; newer versions of OpenSSL at each connection.
void forget_key_log() {
  constexpr char kKeyLog[] = "SSLKEYLOGFILE";
  if (std::getenv(kKeyLog) != nullptr) unsetenv(kKeyLog);
}

// Starts libcurl once for the process, at the first use, and not in the constructor of a static object.
void require_curl() {
  static const CURLcode ready = (forget_key_log(), curl_global_init(CURL_GLOBAL_DEFAULT));
  if (ready != CURLE_OK) throw Error(ErrorCode::internal, "libcurl does not start");
}

struct UrlParts {
  std::string scheme, host;
  bool has_user = false;  // a user name or a password
};

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool is_there(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  bool is = curl_url_get(url, part, &text, 0) == CURLUE_OK;  // also an empty part: "https://@host"
  curl_free(text);
  return is;
}

std::optional<UrlParts> parts_of(const std::string& text) {
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  if (url == nullptr || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    return std::nullopt;
  bool has_user = is_there(url.get(), CURLUPART_USER) || is_there(url.get(), CURLUPART_PASSWORD) ||
                  is_there(url.get(), CURLUPART_OPTIONS);
  return UrlParts{part_of(url.get(), CURLUPART_SCHEME), part_of(url.get(), CURLUPART_HOST), has_user};
}

// Recognises a loopback number, and localhost, the one name that libcurl resolves without asking a server. A
// name such as "127.example.com" may be any machine's.
bool is_this_machine(const std::string& host) {
  constexpr std::uint32_t kLoopback = 127;
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24U == kLoopback;
  return host == "localhost" || host == "[::1]";
}

void require_safe(const Request& request, const std::optional<UrlParts>& url) {
  if (!url || (url->scheme != "https" && url->scheme != "http")) {
    throw Error(ErrorCode::usage, fmt::format("{}: its base address is no http(s) address", request.name));
  }
  if (url->has_user) {
    throw Error(
        ErrorCode::usage,
        fmt::format("{}: its base address holds a user name or a password before an '@', which would be "
                    "sent as a login: leave them out of it",
                    request.name));
  }
  if (url->scheme == "http" && !is_this_machine(url->host)) {
    throw Error(ErrorCode::usage,
                fmt::format("{}: plain http would show the credentials to everybody on the way: use https "
                            "(http is for this machine's own addresses)",
                            request.name));
  }
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The response as it arrives: the body, and the headers that Purser uses.
struct Arrival {
  explicit Arrival(std::size_t most) : most_body_bytes(most) {}

  std::size_t most_body_bytes;
  std::size_t header_bytes = 0;
  bool body_too_large = false, headers_too_large = false, out_of_memory = false;
  Response response = {};

  bool take_body(const char* bytes, std::size_t count) {
    body_too_large = body_too_large || response.body.size() + count > most_body_bytes;
    if (!body_too_large) response.body.append(bytes, count);
    return !body_too_large;
  }
  bool take_header(std::string_view line) {
    header_bytes += line.size();
    headers_too_large = headers_too_large || header_bytes > kMaxHeaderBytes;
    auto colon = line.find(':');
    if (colon != std::string_view::npos) note(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    return !headers_too_large;
  }

 private:
  void note(std::string_view name, std::string_view value) {
    if (equal_ignoring_case(name, "retry-after")) response.retry_after = value;
    if (equal_ignoring_case(name, "date")) response.date = value;
    if (equal_ignoring_case(name, "x-amzn-ratelimit-limit")) response.rate_limit = value;
    if (equal_ignoring_case(name, "x-request-id") || equal_ignoring_case(name, "x-amzn-requestid")) {
      response.request_id = value;
    }
  }
};

// libcurl, a C library, calls the functions below: no exception may pass through it. A returned count that is
// too small ends the transfer.
template <typename Take>
std::size_t taken(Arrival& arrival, std::size_t count, const Take& take) noexcept {
  try {
    return take() ? count : 0;
  } catch (...) {
    arrival.out_of_memory = true;  // no other exception can be thrown there
    return 0;
  }
}

std::size_t body_arrived(char* bytes, std::size_t, std::size_t count, void* to) noexcept {
  auto& arrival = *static_cast<Arrival*>(to);
  return taken(arrival, count, [&] { return arrival.take_body(bytes, count); });
}

std::size_t header_arrived(char* bytes, std::size_t, std::size_t count, void* to) noexcept {
  auto& arrival = *static_cast<Arrival*>(to);
  return taken(arrival, count, [&] { return arrival.take_header({bytes, count}); });
}

class HeaderList {
 public:
  explicit HeaderList(const Request& request) {
    for (const auto& [name, value] : request.headers) append(fmt::format("{}: {}", name, value));
    append("Expect:");  // keeps libcurl from waiting for "100 Continue" before it sends a body
  }
  ~HeaderList() { curl_slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  const curl_slist* get() const { return list_; }

 private:
  void append(const std::string& line) {
    curl_slist* longer = curl_slist_append(list_, line.c_str());
    if (longer == nullptr) throw Error(ErrorCode::internal, "out of memory for a header");
    list_ = longer;
  }
  curl_slist* list_ = nullptr;
};

long in_ms(Duration duration) { return std::max<long>(1, static_cast<long>(duration.count())); }

void set_safety(CURL* curl, const UrlParts& url, const Request& request) {
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // a library must not touch the process's signals
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (is_this_machine(url.host)) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  long own_connection = request.repeat == Repeat::harmful ? 1L : 0L;
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, own_connection);
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, own_connection);
}

void set_request(CURL* curl, const Request& request, const HeaderList& headers) {
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, kUserAgent);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  if (request.method == Method::get) return;
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
}

void set_arrival(CURL* curl, const Limits& limits, Arrival& arrival) {
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, in_ms(std::min(limits.connect, limits.total)));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, in_ms(limits.total));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, body_arrived);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &arrival);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, header_arrived);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &arrival);
}

// REQUEST_SIZE counts the bytes of requests that libcurl has issued: if it is 0, the server cannot have read
// any part of the request.
Fate fate_of(CURL* curl) {
  long sent = 0;
  if (curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent) != CURLE_OK) return Fate::no_answer;
  return sent == 0 ? Fate::never_sent : Fate::no_answer;
}

// libcurl itself ends the transfer at a header line of 100 kB, and older versions report that as out of
// memory. Between the request and the body libcurl allocates hardly anything else, so an "out of memory"
// there is taken for such a line.
bool is_header_too_long(CURLcode code, const Arrival& arrival, Fate fate) {
  constexpr int kTooLarge = 100;  // CURLE_TOO_LARGE, which the header of Debian 12 does not have yet
  if (static_cast<int>(code) == kTooLarge) return true;
  return code == CURLE_OUT_OF_MEMORY && fate == Fate::no_answer && arrival.response.body.empty();
}

Cause cause_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT: return Cause::unreachable;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM: return Cause::insecure;
    case CURLE_OPERATION_TIMEDOUT: return Cause::timed_out;
    case CURLE_BAD_CONTENT_ENCODING: return Cause::garbled;
    default: return Cause::broken;
  }
}

std::string_view words_for(Cause cause, Fate fate) {
  switch (cause) {
    case Cause::unreachable: return "no connection";
    case Cause::insecure: return "no trustworthy TLS connection";
    case Cause::timed_out: return fate == Fate::never_sent ? "no connection in time" : "no answer in time";
    case Cause::too_large: break;  // failure_of words it, with the limit
    case Cause::garbled: return "the answer's encoding is broken";
    case Cause::broken:
      return fate == Fate::never_sent ? "no connection" : "the connection broke before the whole answer came";
  }
  return "";
}

// The words come from libcurl's table of codes: its error buffer could quote a URL.
Failure failure_of(CURL* curl, CURLcode code, const Request& request, const Arrival& arrival) {
  constexpr std::size_t kKiB = 1024;
  Fate fate = fate_of(curl);
  auto failure = [&](Cause cause, const std::string& words) {
    return Failure{fate, cause, fmt::format("{}: {}", request.name, words)};
  };
  if (arrival.out_of_memory) {
    return failure(Cause::broken, "there is not enough memory here for its answer");
  }
  if (arrival.body_too_large) {
    return failure(Cause::too_large,
                   fmt::format("its answer is longer than {} KiB, unzipped: none is expected to be",
                               arrival.most_body_bytes / kKiB));
  }
  if (arrival.headers_too_large || is_header_too_long(code, arrival, fate)) {
    return failure(Cause::too_large, fmt::format("the headers of its answer are longer than {} KiB: none are "
                                                 "expected to be",
                                                 kMaxHeaderBytes / kKiB));
  }
  Cause cause = cause_of(code);
  std::string words(words_for(cause, fate));
  if (cause != Cause::garbled)
    words += fmt::format(" ({})", curl_easy_strerror(code));  // for `garbled` it would mislead
  return failure(cause, words);
}

bool is_unreserved(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte < 0x80 && (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~');
}

}  // namespace

struct Transport::Handle {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(), curl_easy_cleanup};
};

Transport::Transport() {
  require_curl();
  handle_ = std::make_unique<Handle>();
  if (handle_->curl == nullptr) throw Error(ErrorCode::internal, "libcurl gives no handle");
}

Transport::~Transport() = default;
Transport::Transport(Transport&&) noexcept = default;
Transport& Transport::operator=(Transport&&) noexcept = default;

Result Transport::send(const Request& request, const Limits& limits) {
  auto url = parts_of(request.url);
  require_safe(request, url);
  CURL* curl = handle_->curl.get();
  curl_easy_reset(curl);  // resets the options only: kept connections stay open
  HeaderList headers(request);
  Arrival arrival(limits.body_bytes);
  set_safety(curl, *url, request);
  set_request(curl, request, headers);
  set_arrival(curl, limits, arrival);
  CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) return failure_of(curl, code, request, arrival);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  arrival.response.status = static_cast<int>(status);
  return std::move(arrival.response);
}

bool is_an_id(const std::optional<std::string>& text) {
  return text && !text->empty() && text->size() <= kMaxIdBytes &&
         std::all_of(text->begin(), text->end(),
                     [](unsigned char c) { return c == '-' || (c < 0x80 && std::isalnum(c) != 0); });
}

std::string base_address(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return encoded;
}

}  // namespace purser::http
