#include "standin/control.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace standin {
namespace {

using nlohmann::json;

Response with(int status, const json& body) {
  Response response;
  response.status = status;
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return response;
}

Response bad_request(const std::string& why) { return with(400, {{"error", why}}); }

// Numbers and booleans are accepted like their text.
std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

}  // namespace

Control::Control(Now now, Switches& switches, Services services)
    : now_(std::move(now)), switches_(switches), services_(services) {}

Response Control::respond(const Request& request) {
  const std::string what = request.method + " " + request.path;
  Response response =
      with(404, {{"error", "there are GET /state, GET /switches, POST /switch and POST /reset"}});
  if (what == "GET /state") {
    response = with(200, state());
  } else if (what == "GET /switches") {
    response = with(200, json(switches_.values()));
  } else if (what == "POST /switch") {
    response = set_switch(request);
  } else if (what == "POST /reset") {
    reset();
    response = with(200, json::object());
  }
  response.date_ms = now_();
  return response;
}

json Control::state() {
  return {{"now_ms", now_()},
          {"keepa", services_.keepa.state()},
          {"xai", services_.xai.state()},
          {"lwa", services_.lwa.state()},
          {"spapi", services_.spapi.state()},
          {"sandbox", services_.sandbox.state()}};
}

void Control::reset() {
  services_.keepa.reset();
  services_.xai.reset();
  services_.lwa.reset();
  services_.spapi.reset();
  services_.sandbox.reset();
}

Response Control::set_switch(const Request& request) {
  const json wanted = json::parse(request.body, nullptr, false);
  if (!wanted.is_object() || !wanted.value("name", json()).is_string() || !wanted.contains("value")) {
    return bad_request(
        R"(expected {"name":"keepa.fault","value":"slow","times":1}; "times" may be left out)");
  }
  std::optional<int> times;
  if (wanted.contains("times")) {
    if (!is_whole_number(wanted["times"].dump(), 1, 1'000'000))
      return bad_request("times must be a whole number from 1");
    times = wanted["times"].get<int>();
  }
  try {
    switches_.set(wanted["name"], text_of(wanted["value"]), times);
  } catch (const BadSwitch& error) {
    return bad_request(error.what());
  }
  return with(200, json::object());
}

}  // namespace standin
