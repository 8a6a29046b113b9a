// What can go wrong on the wire, the same for every service. Some faults come before the service has done
// anything; the others spoil its answer to a request that it has carried out and charged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "standin/switches.h"
#include "standin/wire/http.h"

namespace standin {

// Declares SERVICE.fault, SERVICE.fault_status, SERVICE.slow_ms, SERVICE.gzip and SERVICE.retry_after.
void declare_faults(Switches& switches, const std::string& service);

// Where the fault "redirect" leads.
inline constexpr char kRedirectTarget[] = "/redirected";

// The response of a fault for which the service does nothing; nullopt if the service is to answer.
std::optional<Response> fault_response(const std::string& fault, const Request& request, int fault_status);

// By how much the fault makes the service's clock wrong.
std::int64_t skew_ms(const std::string& fault);

// Applies a fault that concerns the response of the service.
void spoil(Response& response, const std::string& fault, std::chrono::milliseconds slow, int fault_status);

// Adds the header Retry-After to a response with status 429 or 503, as the switch says.
void add_retry_after(Response& response, Switches& switches, const std::string& service);

}  // namespace standin
