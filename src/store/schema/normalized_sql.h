// SQL without what makes no difference to SQLite: comments, blanks, the quotes around a name.
#pragma once

#include <string>
#include <string_view>

namespace purser::store {

std::string normalized_sql(std::string_view sql);

}  // namespace purser::store
