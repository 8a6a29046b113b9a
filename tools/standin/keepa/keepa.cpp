#include "standin/keepa/keepa.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "standin/keepa/requests.h"
#include "standin/wire/encoding.h"
#include "standin/wire/faults.h"

namespace standin {
namespace {

using nlohmann::json;

struct Refusal {
  std::string_view type, message;
};

Refusal refusal_of(int status) {
  static const std::map<int, Refusal> all = {
      {200, {"invalidParameter", "The parameter domain is missing or invalid."}},
      {400, {"invalidParameter", "You used an invalid parameter for this API call."}},
      {402, {"paymentRequired", "Your subscription does not include this request."}},
      {404, {"notFound", "There is no such request."}},
      {405, {"methodNotAllowed", "A parameter is out of its range."}},
      {429, {"notEnoughTokens", "Not enough tokens left to process this request."}},
      {500, {"internalServerError", "An unexpected error occurred."}}};
  return all.at(status);
}

json error_of(int status) {
  const auto [type, message] = refusal_of(status);
  return {{"type", type}, {"message", message}, {"details", ""}};
}

Response with(int status, const json& body, std::int64_t at_ms) {
  Response response;
  response.status = status;
  response.content_type = "application/json;charset=UTF-8";
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  response.date_ms = at_ms;
  return response;
}

std::string without_trailing_slash(std::string path) {
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

void declare_keepa(Switches& switches) {
  declare_faults(switches, "keepa");
  switches.declare({"keepa.applies_to",
                    "any",
                    {"any", "paid", "token"},
                    "which requests keepa.fault and keepa.answer concern: token is the free one",
                    {},
                    {},
                    false});
  switches.declare({"keepa.answer",
                    "normal",
                    {"normal", "ok_with_error", "402", "404", "405", "429", "500", "402_bare", "404_bare",
                     "405_bare", "500_bare"},
                    "the answer to a request with the right key; all but normal consume nothing. "
                    "ok_with_error is 200 with an error and no payload; bare ones have no token fields"});
  switches.declare({"keepa.429_body",
                    "plain",
                    {"plain", "typed", "html"},
                    "the body of a 429: the token fields, these and an error, or an HTML page"});
  switches.declare(
      {"keepa.cost",
       "table",
       {},
       "what a paid request really costs, instead of the price in Keepa's list",
       "table or a whole number up to 1000000",
       [](const std::string& text) { return text == "table" || is_whole_number(text, 0, 1'000'000); }});
  switches.declare({"keepa.tokens",
                    "",
                    {},
                    "sets the balance of the account, at once",
                    "a whole number from -1000000 to 1000000",
                    [](const std::string& text) { return is_whole_number(text, -1'000'000, 1'000'000); },
                    false});
  switches.declare({"keepa.rate",
                    "",
                    {},
                    "sets the tokens a minute (as --rate does), and so the cap of 60 times that",
                    "a whole number up to 100000",
                    [](const std::string& text) { return is_whole_number(text, 0, 100'000); },
                    false});
  switches.declare({"keepa.flow_reduction",
                    "0",
                    {},
                    "sets the tokens a minute that trackings take from the refill",
                    "a decimal with at most two places",
                    [](const std::string& text) { return hundredths(text).has_value(); },
                    false});
}

Keepa::Keepa(const KeepaAccount& account, Now now, Switches& switches)
    : key_(account.key),
      now_(std::move(now)),
      switches_(switches),
      bucket_(account.tokens, account.rate, now_() + account.refill_in_ms) {
  const auto on_set = [&](const std::string& name, auto change) {
    switches_.on_set(name, [this, change](const std::string& value) {
      std::lock_guard lock(mutex_);
      bucket_.advance(now_());
      change(bucket_, value);
    });
  };
  on_set("keepa.tokens",
         [](KeepaBucket& bucket, const std::string& value) { bucket.set_tokens(std::stoll(value)); });
  on_set("keepa.rate",
         [](KeepaBucket& bucket, const std::string& value) { bucket.set_rate(std::stoll(value)); });
  on_set("keepa.flow_reduction", [](KeepaBucket& bucket, const std::string& value) {
    bucket.set_flow_reduction(hundredths(value).value());
  });
}

Response Keepa::respond(const Request& request) {
  Response response = respond_uncompressed(request);
  compress(response, request, switches_.value("keepa.gzip"));
  return response;
}

Response Keepa::respond_uncompressed(const Request& request) {
  const std::string path = without_trailing_slash(request.path);
  std::lock_guard lock(mutex_);
  const std::int64_t now_ms = now_();
  bucket_.advance(now_ms);
  if (path == kRedirectTarget) return redirected(request, {now_ms, now_ms});
  ++counts_.requests;
  ++(path == "/token" ? counts_.token_requests : counts_.paid_requests);
  const std::string fault = applies_to(path) ? switches_.use("keepa.fault") : "none";
  const int fault_status = std::stoi(switches_.value("keepa.fault_status"));
  const Moment at{now_ms, now_ms + skew_ms(fault)};
  Response response;
  if (auto instead = fault_response(fault, request, fault_status)) {
    response = std::move(*instead);
    response.date_ms = at.reported_ms;
  } else {
    response = respond_without_fault(path, request, at);
    spoil(response, fault, std::chrono::milliseconds(std::stoll(switches_.value("keepa.slow_ms"))),
          fault_status);
  }
  add_retry_after(response, switches_, "keepa");
  return response;
}

Response Keepa::respond_without_fault(const std::string& path, const Request& request, Moment at) {
  if (request.parameter("key") != key_) return wrong_key(at);
  const std::string how = applies_to(path) ? switches_.use("keepa.answer") : "normal";
  return how == "normal" ? do_request(path, request, at) : refuse(how, at);
}

Response Keepa::do_request(const std::string& path, const Request& request, Moment at) {
  Priced price = priced(path, request);
  if (price.status != 200) return refuse(std::to_string(price.status), at);
  if (path != "/token") {
    const std::string real_cost = switches_.use("keepa.cost");
    if (real_cost != "table") price.cost = std::stoll(real_cost);
    if (!bucket_.consume(price.cost)) {
      ++counts_.refused;
      return not_enough_tokens(at);
    }
  }
  json body = envelope(at, price.cost);
  add_payload(body, path, request);
  return with(200, body, at.reported_ms);
}

// `how` is a value of the switch keepa.answer. Consumes nothing.
Response Keepa::refuse(const std::string& how, Moment at) {
  if (how == "429") return not_enough_tokens(at);
  if (how == "500_bare") {
    Response response = with(500, json(), at.reported_ms);
    response.content_type = "text/plain";
    response.body = "Internal Server Error";
    return response;
  }
  const int status = how == "ok_with_error" ? 200 : std::stoi(how);
  const bool is_bare = how.find("_bare") != std::string::npos;
  json body = is_bare ? json::object() : envelope(at, 0);
  body["error"] = error_of(status);
  return with(status, body, at.reported_ms);
}

Response Keepa::not_enough_tokens(Moment at) {
  const std::string form = switches_.use("keepa.429_body");
  json body = envelope(at, 0);
  if (form == "typed") body["error"] = error_of(429);
  Response response = with(429, body, at.reported_ms);
  if (form == "html") {
    response.content_type = "text/html";
    response.body = "<html><body><h1>429 Too Many Requests</h1></body></html>\n";
  }
  return response;
}

// All figures are zero: they say nothing about the account.
Response Keepa::wrong_key(Moment at) {
  ++counts_.wrong_key;
  return with(400,
              {{"error", error_of(400)},
               {"processingTimeInMs", 0},
               {"refillIn", 0},
               {"refillRate", 0},
               {"timestamp", at.reported_ms},
               {"tokenFlowReduction", 0.0},
               {"tokensConsumed", 0},
               {"tokensLeft", 0}},
              at.reported_ms);
}

Response Keepa::redirected(const Request& request, Moment at) {
  ++counts_.redirects_followed;
  if (request.parameter("key") == key_) ++counts_.redirects_with_key;
  return with(200, envelope(at, 0), at.reported_ms);
}

bool Keepa::applies_to(const std::string& path) const {
  const std::string which = switches_.value("keepa.applies_to");
  return which == "any" || (which == "token") == (path == "/token");
}

json Keepa::envelope(Moment at, std::int64_t consumed) const {
  return {{"timestamp", at.reported_ms},
          {"tokensLeft", bucket_.figures().tokens},
          {"refillIn", bucket_.refill_in_ms(at.actual_ms)},
          {"refillRate", bucket_.rate()},
          {"tokenFlowReduction", bucket_.flow_reduction()},
          {"tokensConsumed", consumed},
          {"processingTimeInMs", 3}};
}

json Keepa::state() {
  std::lock_guard lock(mutex_);
  bucket_.advance(now_());
  const KeepaBucket::Figures& figures = bucket_.figures();
  return {{"tokens", figures.tokens},
          {"rate", bucket_.rate()},
          {"opening", figures.opening},
          {"generated", figures.generated},
          {"expired_unused", figures.expired_unused},
          {"consumed", figures.consumed},
          {"adjusted", figures.adjusted},
          {"lowest", figures.lowest},
          {"requests", counts_.requests},
          {"paid_requests", counts_.paid_requests},
          {"token_requests", counts_.token_requests},
          {"refused", counts_.refused},
          {"wrong_key", counts_.wrong_key},
          {"redirects_followed", counts_.redirects_followed},
          {"redirects_with_key", counts_.redirects_with_key}};
}

void Keepa::reset() {
  std::lock_guard lock(mutex_);
  bucket_.advance(now_());
  bucket_.reset_figures();
  counts_ = Counts{};
}

}  // namespace standin
