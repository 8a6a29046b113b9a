// What doctor says, put together: an error as a finding, checks as findings.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "purser/health.h"

namespace purser::maintenance {

using Findings = std::vector<Finding>;

void add(Findings& all, Findings some);

Finding fault_of(const char* name, const Error& fault);

// Each check as a finding; one that failed is a problem with its advice.
Findings findings_of(const std::vector<Check>& checks,
                     const std::function<std::string(const Check&)>& advice_for);

// What cannot be read is a finding, and doctor goes on to the next one.
template <typename Look>
void attempt(Findings& all, const char* name, Look&& look) {
  try {
    add(all, look());
  } catch (const Error& fault) {
    all.push_back(fault_of(name, fault));
  }
}

}  // namespace purser::maintenance
