#include "store/row_check.h"

#include <string>

#include "purser/error.h"

namespace purser::store {

void refuse_row(const char* what) {
  throw Error(ErrorCode::corrupt, "a row makes no sense (" + std::string(what) + "): restore a backup");
}

}  // namespace purser::store
