// All SQL of SP-API's credentials, access tokens and pace. Parameters are numbered.
#pragma once

namespace purser::spapi::sql {

// --- spapi_sealing ---------------------------------------------------------------------------------

inline constexpr char kFindSealing[] = "SELECT key_id, salt FROM spapi_sealing WHERE id = 1";

inline constexpr char kStoreKeyId[] = "UPDATE spapi_sealing SET key_id = ?1 WHERE id = 1";

// --- spapi_credential ------------------------------------------------------------------------------

inline constexpr char kFindCredential[] =
    "SELECT seller_id, region, client_id_sealed, client_secret_sealed, refresh_token_sealed, key_id, "
    "version, "
    "changed_at_ms, secret_made_at_ms FROM spapi_credential WHERE account = ?1";

inline constexpr char kFindVersion[] = "SELECT version FROM spapi_credential WHERE account = ?1";

inline constexpr char kListAccounts[] = "SELECT account FROM spapi_credential ORDER BY account";

inline constexpr char kPutCredential[] =
    "INSERT INTO spapi_credential (account, seller_id, region, client_id_sealed, client_secret_sealed, "
    "refresh_token_sealed, key_id, version, changed_at_ms, secret_made_at_ms) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (account) DO UPDATE SET "
    "seller_id = excluded.seller_id, region = excluded.region, client_id_sealed = excluded.client_id_sealed, "
    "client_secret_sealed = excluded.client_secret_sealed, "
    "refresh_token_sealed = excluded.refresh_token_sealed, key_id = excluded.key_id, "
    "version = excluded.version, changed_at_ms = excluded.changed_at_ms, "
    "secret_made_at_ms = excluded.secret_made_at_ms";

inline constexpr char kRemoveCredential[] =
    "DELETE FROM spapi_credential WHERE account = ?1 RETURNING account";

inline constexpr char kCountCredentials[] = "SELECT count(*) FROM spapi_credential";

inline constexpr char kListSellers[] =
    "SELECT c.account, c.seller_id, c.region, c.key_id, c.secret_made_at_ms, a.environment, "
    "a.environment_reason, a.state, a.expires_at_ms, a.next_try_at_ms, a.last_error, a.last_error_at_ms "
    "FROM spapi_credential AS c LEFT JOIN spapi_access AS a ON a.name = 'database ' || c.account "
    "ORDER BY c.account";

inline constexpr char kFindEnvironmentAccess[] =
    "SELECT key_id, environment, environment_reason, state, expires_at_ms, next_try_at_ms, last_error, "
    "last_error_at_ms FROM spapi_access WHERE name = ?1";

// The rows of secrets that no rotation of the key has reached, all rows of secrets, the key that seals.
inline constexpr char kStraySecrets[] =
    "SELECT count(*) FILTER (WHERE secret.key_id IS DISTINCT FROM seal.key_id), count(*), seal.key_id "
    "FROM (SELECT max(key_id) AS key_id FROM spapi_sealing WHERE id = 1) AS seal CROSS JOIN "
    "(SELECT key_id FROM spapi_credential UNION ALL "
    "SELECT key_id FROM spapi_access WHERE token_sealed IS NOT NULL) AS secret";

// --- The predecessor's deals.db, which has no other tables that matter here -----------------------------

// No refresh token is that long; what is, is refused for its length.
inline constexpr char kLegacySellers[] =
    "SELECT CAST(user_id AS TEXT), substr(refresh_token, 1, 5000) FROM user_credentials "
    "ORDER BY updated_at DESC, user_id LIMIT 10001";

// --- spapi_access ----------------------------------------------------------------------------------

inline constexpr char kFindAccess[] =
    "SELECT token_sealed, token_id, key_id, refreshed_at_ms, expires_at_ms, state, last_error, failures, "
    "next_try_at_ms, environment, environment_reason, last_error_at_ms, probed_at_ms FROM spapi_access "
    "WHERE name = ?1";

inline constexpr char kListTokens[] =
    "SELECT name, token_sealed, key_id FROM spapi_access WHERE token_sealed IS NOT NULL ORDER BY name";

inline constexpr char kEnsureAccess[] =
    "INSERT INTO spapi_access (name, source, credential_version, state, failures, environment) "
    "VALUES (?1, ?2, ?3, 'ok', 0, 'unknown') ON CONFLICT (name) DO NOTHING";

inline constexpr char kClearLatch[] =
    "UPDATE spapi_access SET state = 'ok', last_error = NULL, last_error_at_ms = NULL, failures = 0, "
    "next_try_at_ms = NULL WHERE name = ?1";

inline constexpr char kDropToken[] =
    "UPDATE spapi_access SET token_sealed = NULL, token_id = NULL, key_id = NULL, refreshed_at_ms = NULL, "
    "expires_at_ms = NULL WHERE name = ?1";

inline constexpr char kDropEveryToken[] =
    "UPDATE spapi_access SET token_sealed = NULL, token_id = NULL, key_id = NULL, refreshed_at_ms = NULL, "
    "expires_at_ms = NULL";

// What was found with the credentials before does not hold for others.
inline constexpr char kBeginVersion[] =
    "UPDATE spapi_access SET credential_version = ?2, environment = 'unknown', environment_reason = NULL, "
    "probed_at_ms = NULL WHERE name = ?1";

inline constexpr char kExpireToken[] = "UPDATE spapi_access SET expires_at_ms = ?2 WHERE name = ?1";

inline constexpr char kStoreToken[] =
    "UPDATE spapi_access SET credential_version = ?2, token_sealed = ?3, token_id = ?4, key_id = ?5, "
    "refreshed_at_ms = ?6, expires_at_ms = ?7, state = 'ok', last_error = NULL, last_error_at_ms = NULL, "
    "failures = 0, next_try_at_ms = NULL WHERE name = ?1";

inline constexpr char kStoreFailure[] =
    "UPDATE spapi_access SET credential_version = ?2, state = ?3, last_error = ?4, last_error_at_ms = ?5, "
    "failures = ?6, next_try_at_ms = ?7 WHERE name = ?1";

inline constexpr char kStoreProbe[] =
    "UPDATE spapi_access SET environment = ?2, environment_reason = ?3, probed_at_ms = ?4 WHERE name = ?1";

inline constexpr char kResealToken[] =
    "UPDATE spapi_access SET token_sealed = ?2, key_id = ?3 WHERE name = ?1";

inline constexpr char kRemoveAccess[] = "DELETE FROM spapi_access WHERE name = ?1";

// The credentials of an environment that nobody uses any more.
inline constexpr char kForgetOldAccess[] =
    "DELETE FROM spapi_access WHERE source = 'environment' AND name <> ?1 AND "
    "max(coalesce(refreshed_at_ms, 0), coalesce(last_error_at_ms, 0), coalesce(probed_at_ms, 0)) < ?2";

// Whoever is just refreshing with what was removed stores nothing any more.
inline constexpr char kRemoveLease[] = "DELETE FROM lease WHERE name = ?1";

// --- spapi_pace ------------------------------------------------------------------------------------

inline constexpr char kFindPace[] =
    "SELECT due_at_ms, paused_until_ms, interval_ms FROM spapi_pace WHERE name = ?1 AND operation = ?2";

inline constexpr char kPutPace[] =
    "INSERT INTO spapi_pace (name, operation, due_at_ms, paused_until_ms) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (name, operation) DO UPDATE SET due_at_ms = excluded.due_at_ms, "
    "paused_until_ms = excluded.paused_until_ms";

inline constexpr char kPutInterval[] =
    "INSERT INTO spapi_pace (name, operation, due_at_ms, interval_ms) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (name, operation) DO UPDATE SET interval_ms = excluded.interval_ms";

inline constexpr char kForgetOldPace[] = "DELETE FROM spapi_pace WHERE due_at_ms < ?1";

}  // namespace purser::spapi::sql
