#include "store/context.h"

namespace purser::store {

void Context::log(LogLevel level, std::string_view text) const noexcept {
  if (sink_ == nullptr) return;
  try {
    sink_->line(level, text);
  } catch (...) {
    return;
  }
}

}  // namespace purser::store
