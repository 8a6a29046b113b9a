// Answers as the real services send them to whoever accepts it: gzipped.
#pragma once

#include <string>

#include "standin/wire.h"

namespace standin {

std::string gzipped(const std::string& bytes);

// By `mode`: "on" (when the client accepts it), "off", "always". An answer that is encoded already stays.
void compress(Answer& answer, const Request& request, const std::string& mode);

}  // namespace standin
