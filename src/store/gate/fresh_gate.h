// The gate of a place where a database may be made. This object's destructor removes the gate's file, unless
// the work succeeded (keep()) or the file was there before: a failure leaves nothing behind.
#pragma once

#include "store/gate/gate.h"

namespace purser::store {

class FreshGate {
 public:
  explicit FreshGate(const std::filesystem::path& database);
  ~FreshGate();
  FreshGate(const FreshGate&) = delete;
  FreshGate& operator=(const FreshGate&) = delete;

  WriteGate* operator->() { return &gate_; }
  void keep() { stays_ = true; }

 private:
  void remove_where_nobody_is_in() const;

  std::filesystem::path file_;
  bool stays_;
  WriteGate gate_;
};

}  // namespace purser::store
