#include "store/inspect.h"

namespace purser::store {
namespace {

constexpr char kFreePages[] = "PRAGMA freelist_count";
constexpr char kPageBytes[] = "PRAGMA page_size";

std::int64_t number(Snapshot& view, Sql sql) {
  auto row = view.statement(sql);
  row.step();
  return row.get<std::int64_t>(0);
}

}  // namespace

std::int64_t free_bytes(Snapshot& view) { return number(view, kFreePages) * number(view, kPageBytes); }

}  // namespace purser::store
