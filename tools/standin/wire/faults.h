// What can go wrong on the wire, the same for every service. Some faults strike before the service has done
// anything, the others spoil the answer to a request that it has done and charged for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "standin/switches.h"
#include "standin/wire/http.h"

namespace standin {

// Declares SERVICE.fault, SERVICE.fault_status, SERVICE.slow_ms, SERVICE.gzip and SERVICE.retry_after.
void declare_faults(Switches& switches, const std::string& service);

// Where the fault "redirect" leads to.
inline constexpr char kRedirectTarget[] = "/redirected";

// The answer in the place of the service's, which does nothing; nullopt: the service is to answer.
std::optional<Answer> answer_instead(const std::string& fault, const Request& request, int fault_status);

// How wrong the service's clock is.
std::int64_t skew_ms(const std::string& fault);

void spoil(Answer& answer, const std::string& fault, std::chrono::milliseconds slow, int fault_status);

// The header Retry-After, to an answer with 429 or 503.
void add_retry_after(Answer& answer, Switches& switches, const std::string& service);

}  // namespace standin
