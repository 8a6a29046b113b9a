#include "json/spapi.h"

namespace purser::json {

Object encode(const spapi::SellerStatus& status) {
  return Object()
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

std::vector<Object> encode(const std::vector<spapi::SellerStatus>& sellers) {
  return encode_each(sellers, [](const spapi::SellerStatus& seller) { return encode(seller); });
}

Object encode_seller_set(const std::string& account, spapi::Region region, bool changed) {
  return Object().add("account", account).add("region", spapi::name_of(region)).add("changed", changed);
}

Object encode_seller_removal(bool removed) { return Object().add("removed", removed); }

bool has_failures(const spapi::KeyCheck& check, const KeyRing& ring) {
  return !check.unopened.empty() || (check.stored_key_id && !ring.has(*check.stored_key_id));
}

Object encode(const spapi::KeyCheck& check, const KeyRing& ring) {
  return Object()
      .add("source", ring.source())
      .add("key_ids", ring.ids())
      .add("stored_key_id", check.stored_key_id)
      .add("opened", check.opened)
      .add("unopened", check.unopened);
}

Object encode_key_generate(const std::string& key_id, const std::string& file) {
  return Object().add("key_id", key_id).add("file", file);
}

Object encode(const spapi::Rotation& rotation) {
  return Object()
      .add("old_key_id", rotation.old_key_id)
      .add("key_id", rotation.key_id)
      .add("resealed", rotation.resealed)
      .add("dropped", rotation.dropped)
      .add("finished_earlier", rotation.finished_earlier);
}

}  // namespace purser::json
