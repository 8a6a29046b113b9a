#include "store/statement.h"

#include "base/text.h"
#include "purser/error.h"

namespace purser::store {

Statement::Statement(KeptStatement& kept) : kept_(&kept) {
  if (kept.in_use) {
    throw Error(ErrorCode::internal, "a kept statement was used while in use: " + kept.sql());
  }
  kept.in_use = true;
}

void Statement::bind(int parameter, const std::string& text, Binding binding) {
  if (!is_storable_text(text)) {
    throw Error(ErrorCode::invalid_text, "this text is not valid UTF-8 without NUL, it cannot be stored");
  }
  kept_->bind_text(parameter, text, binding);
}

}  // namespace purser::store
