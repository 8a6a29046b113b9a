#include "spapi/json.h"

namespace purser::cli {

Answer answer_of(const spapi::SellerStatus& status) {
  return Answer()
      .add("account", status.account)
      .add("seller_id", status.seller_id)
      .add("region", spapi::name_of(status.region))
      .add("source", spapi::name_of(status.source))
      .add("environment", spapi::name_of(status.environment))
      .add("environment_reason", status.environment_reason)
      .add("state", spapi::name_of(status.state))
      .add("access_token_expires_at", status.access_token_expires_at)
      .add("next_try_at", status.next_try_at)
      .add("last_error", status.last_error)
      .add("last_error_at", status.last_error_at)
      .add("secret_age_days", status.secret_age_days)
      .add("key_id", status.key_id);
}

std::vector<Answer> answers_of(const std::vector<spapi::SellerStatus>& sellers) {
  std::vector<Answer> answers;
  answers.reserve(sellers.size());
  for (const auto& seller : sellers) answers.push_back(answer_of(seller));
  return answers;
}

bool found_something(const spapi::KeyCheck& check, const KeyRing& ring) {
  return !check.unopened.empty() || (check.stored_key_id && !ring.has(*check.stored_key_id));
}

Answer answer_of(const spapi::KeyCheck& check, const KeyRing& ring) {
  return Answer()
      .add("source", ring.source())
      .add("key_ids", ring.ids())
      .add("stored_key_id", check.stored_key_id)
      .add("opened", check.opened)
      .add("unopened", check.unopened);
}

}  // namespace purser::cli
