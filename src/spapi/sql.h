// All SQL of SP-API's credentials, access tokens and pace. Parameters are numbered. Where the comment of a
// SELECT names a function, that function alone reads its columns, by position.
#pragma once

namespace purser::spapi::sql {

// --- spapi_sealing ---------------------------------------------------------------------------------

// Read by load_sealing.
inline constexpr char kFindSealing[] = "SELECT key_id, salt FROM spapi_sealing WHERE id = 1";

inline constexpr char kStoreKeyId[] = "UPDATE spapi_sealing SET key_id = ?1 WHERE id = 1";

// --- spapi_credential ------------------------------------------------------------------------------

// Read by find_credential.
inline constexpr char kFindCredential[] = R"sql(
  SELECT seller_id, region, client_id_sealed, client_secret_sealed, refresh_token_sealed, key_id, version,
         changed_at_ms, secret_made_at_ms
  FROM spapi_credential
  WHERE account = ?1
)sql";

inline constexpr char kFindVersion[] = "SELECT version FROM spapi_credential WHERE account = ?1";

inline constexpr char kListAccounts[] = "SELECT account FROM spapi_credential ORDER BY account";

inline constexpr char kPutCredential[] = R"sql(
  INSERT INTO spapi_credential (account, seller_id, region, client_id_sealed, client_secret_sealed,
                                refresh_token_sealed, key_id, version, changed_at_ms, secret_made_at_ms)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
  ON CONFLICT (account) DO UPDATE SET
    seller_id = excluded.seller_id,
    region = excluded.region,
    client_id_sealed = excluded.client_id_sealed,
    client_secret_sealed = excluded.client_secret_sealed,
    refresh_token_sealed = excluded.refresh_token_sealed,
    key_id = excluded.key_id,
    version = excluded.version,
    changed_at_ms = excluded.changed_at_ms,
    secret_made_at_ms = excluded.secret_made_at_ms
)sql";

inline constexpr char kRemoveCredential[] = R"sql(
  DELETE FROM spapi_credential
  WHERE account = ?1
  RETURNING account
)sql";

inline constexpr char kCountCredentials[] = "SELECT count(*) FROM spapi_credential";

// Read by stored_sellers; the columns of spapi_access by fill_access, here and in kFindEnvironmentAccess.
inline constexpr char kListSellers[] = R"sql(
  SELECT c.account, c.seller_id, c.region, c.key_id, c.secret_made_at_ms,
         a.environment, a.environment_reason, a.state, a.expires_at_ms, a.next_try_at_ms, a.last_error,
         a.last_error_at_ms
  FROM spapi_credential AS c
  LEFT JOIN spapi_access AS a ON a.name = 'database ' || c.account
  ORDER BY c.account
)sql";

// Read by environment_seller.
inline constexpr char kFindEnvironmentAccess[] = R"sql(
  SELECT key_id,
         environment, environment_reason, state, expires_at_ms, next_try_at_ms, last_error, last_error_at_ms
  FROM spapi_access
  WHERE name = ?1
)sql";

// How many rows hold secrets under another key than the one that seals (no rotation has reached them), how
// many rows hold secrets at all, and the key that seals: one row, also of an empty file.
inline constexpr char kStraySecrets[] = R"sql(
  SELECT count(*) FILTER (WHERE secret.key_id IS DISTINCT FROM seal.key_id), count(*), max(seal.key_id)
  FROM (SELECT max(key_id) AS key_id FROM spapi_sealing WHERE id = 1) AS seal
  CROSS JOIN (
    SELECT key_id FROM spapi_credential
    UNION ALL
    SELECT key_id FROM spapi_access WHERE token_sealed IS NOT NULL
  ) AS secret
)sql";

// --- The predecessor's deals.db: no other of its tables matters here ---------------------------------

// Both limits are above what is accepted: a longer refresh token or table is seen, and refused for its
// length.
inline constexpr char kLegacySellers[] = R"sql(
  SELECT CAST(user_id AS TEXT), substr(refresh_token, 1, 5000)
  FROM user_credentials
  ORDER BY updated_at DESC, user_id
  LIMIT 10001
)sql";

// --- spapi_access ----------------------------------------------------------------------------------

// Read by load_row.
inline constexpr char kFindAccess[] = R"sql(
  SELECT token_sealed, token_id, key_id, refreshed_at_ms, expires_at_ms, state, last_error, failures,
         next_try_at_ms, environment, probed_at_ms
  FROM spapi_access
  WHERE name = ?1
)sql";

// Read by token_opens.
inline constexpr char kFindToken[] = R"sql(
  SELECT token_sealed, key_id
  FROM spapi_access
  WHERE name = ?1 AND token_sealed IS NOT NULL
)sql";

// Read by list_tokens.
inline constexpr char kListTokens[] = R"sql(
  SELECT name, token_sealed, key_id
  FROM spapi_access
  WHERE token_sealed IS NOT NULL
  ORDER BY name
)sql";

inline constexpr char kEnsureAccess[] = R"sql(
  INSERT INTO spapi_access (name, source, credential_version, state, failures, environment)
  VALUES (?1, ?2, ?3, 'ok', 0, 'unknown')
  ON CONFLICT (name) DO NOTHING
)sql";

inline constexpr char kClearLatch[] = R"sql(
  UPDATE spapi_access
  SET state = 'ok', last_error = NULL, last_error_at_ms = NULL, failures = 0, next_try_at_ms = NULL
  WHERE name = ?1
)sql";

inline constexpr char kDropToken[] = R"sql(
  UPDATE spapi_access
  SET token_sealed = NULL, token_id = NULL, key_id = NULL, refreshed_at_ms = NULL, expires_at_ms = NULL
  WHERE name = ?1
)sql";

inline constexpr char kDropEveryToken[] = R"sql(
  UPDATE spapi_access
  SET token_sealed = NULL, token_id = NULL, key_id = NULL, refreshed_at_ms = NULL, expires_at_ms = NULL
)sql";

// What a probe found out with the older credentials does not hold for the new ones.
inline constexpr char kBeginVersion[] = R"sql(
  UPDATE spapi_access
  SET credential_version = ?2, environment = 'unknown', environment_reason = NULL, probed_at_ms = NULL
  WHERE name = ?1
)sql";

inline constexpr char kExpireToken[] = "UPDATE spapi_access SET expires_at_ms = ?2 WHERE name = ?1";

inline constexpr char kStoreToken[] = R"sql(
  UPDATE spapi_access
  SET credential_version = ?2, token_sealed = ?3, token_id = ?4, key_id = ?5, refreshed_at_ms = ?6,
      expires_at_ms = ?7, state = 'ok', last_error = NULL, last_error_at_ms = NULL, failures = 0,
      next_try_at_ms = NULL
  WHERE name = ?1
)sql";

inline constexpr char kStoreFailure[] = R"sql(
  UPDATE spapi_access
  SET credential_version = ?2, state = ?3, last_error = ?4, last_error_at_ms = ?5, failures = ?6,
      next_try_at_ms = ?7
  WHERE name = ?1
)sql";

inline constexpr char kStoreProbe[] = R"sql(
  UPDATE spapi_access
  SET environment = ?2, environment_reason = ?3, probed_at_ms = ?4
  WHERE name = ?1
)sql";

inline constexpr char kResealToken[] = R"sql(
  UPDATE spapi_access
  SET token_sealed = ?2, key_id = ?3
  WHERE name = ?1
)sql";

inline constexpr char kRemoveAccess[] = "DELETE FROM spapi_access WHERE name = ?1";

// Rows of environments whose credentials nobody has used since ?2.
inline constexpr char kForgetOldAccess[] = R"sql(
  DELETE FROM spapi_access
  WHERE source = 'environment'
    AND name <> ?1
    AND coalesce(refreshed_at_ms, 0) < ?2
    AND coalesce(last_error_at_ms, 0) < ?2
    AND coalesce(probed_at_ms, 0) < ?2
)sql";

// --- spapi_pace ------------------------------------------------------------------------------------

// Read by load_pace.
inline constexpr char kFindPace[] = R"sql(
  SELECT due_at_ms, paused_until_ms, interval_ms
  FROM spapi_pace
  WHERE name = ?1 AND operation = ?2
)sql";

inline constexpr char kPutPace[] = R"sql(
  INSERT INTO spapi_pace (name, operation, due_at_ms, paused_until_ms)
  VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (name, operation) DO UPDATE SET
    due_at_ms = excluded.due_at_ms,
    paused_until_ms = excluded.paused_until_ms
)sql";

inline constexpr char kPutInterval[] = R"sql(
  INSERT INTO spapi_pace (name, operation, due_at_ms, interval_ms)
  VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (name, operation) DO UPDATE SET
    interval_ms = excluded.interval_ms
)sql";

inline constexpr char kForgetOldPace[] = "DELETE FROM spapi_pace WHERE due_at_ms < ?1";

}  // namespace purser::spapi::sql
