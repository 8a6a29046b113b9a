-- Amazon's Selling Partner API: credentials and access tokens, sealed; who may ask when.

-- One row: which master key seals (NULL before the first secret), and the salt under which credentials of the
-- environment are known by a fingerprint.
CREATE TABLE spapi_sealing (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  key_id TEXT CHECK (length(key_id) = 16 AND key_id NOT GLOB '*[^0-9a-f]*'),
  salt BLOB NOT NULL CHECK (length(salt) = 32)
) STRICT;

INSERT INTO spapi_sealing (id, key_id, salt) VALUES (1, NULL, randomblob(32));

-- The credentials of a seller. The sealed columns open only with the master key key_id, and only in their own row.
CREATE TABLE spapi_credential (
  account TEXT NOT NULL PRIMARY KEY CHECK (length(account) BETWEEN 1 AND 200),
  seller_id TEXT NOT NULL CHECK (length(seller_id) BETWEEN 1 AND 200),
  region TEXT NOT NULL CHECK (region IN ('na', 'eu', 'fe')),
  client_id_sealed BLOB NOT NULL,
  client_secret_sealed BLOB NOT NULL,
  refresh_token_sealed BLOB NOT NULL,
  key_id TEXT NOT NULL CHECK (length(key_id) = 16 AND key_id NOT GLOB '*[^0-9a-f]*'),
  -- counts what `spapi set` changed: the result of a refresh with older credentials is not stored
  version INTEGER NOT NULL CHECK (version >= 1),
  changed_at_ms INTEGER NOT NULL,
  -- Amazon wants a new client secret every 180 days
  secret_made_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The access token of a set of credentials, and what became of the last refresh: of the database's ('database NAME') or
-- of the environment's ('environment FINGERPRINT').
CREATE TABLE spapi_access (
  name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 250),
  source TEXT NOT NULL CHECK (source IN ('database', 'environment')),
  credential_version INTEGER NOT NULL CHECK (credential_version >= 0),
  token_sealed BLOB,
  token_id TEXT CHECK (length(token_id) = 32 AND token_id NOT GLOB '*[^0-9a-f]*'),
  key_id TEXT CHECK (length(key_id) = 16 AND key_id NOT GLOB '*[^0-9a-f]*'),
  refreshed_at_ms INTEGER,
  expires_at_ms INTEGER,
  state TEXT NOT NULL CHECK (state IN ('ok', 'needs_authorization', 'misconfigured')),
  last_error TEXT,
  last_error_at_ms INTEGER,
  -- failed refreshes in a row, and until when nobody tries again
  failures INTEGER NOT NULL CHECK (failures >= 0),
  next_try_at_ms INTEGER,
  environment TEXT NOT NULL CHECK (environment IN ('unknown', 'production', 'sandbox', 'neither')),
  environment_reason TEXT,
  probed_at_ms INTEGER,
  CHECK ((token_sealed IS NULL) = (token_id IS NULL)),
  CHECK ((token_sealed IS NULL) = (key_id IS NULL)),
  CHECK ((token_sealed IS NULL) = (expires_at_ms IS NULL))
) STRICT, WITHOUT ROWID;

-- The usage plan of an operation, shared by all processes: when the next request would be due if requests came evenly
-- (the theoretical arrival time of the generic cell rate algorithm); and until when Amazon's 429 stopped all, also those
-- whose slot had been given.
CREATE TABLE spapi_pace (
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 250),
  operation TEXT NOT NULL CHECK (length(operation) BETWEEN 1 AND 100),
  due_at_ms INTEGER NOT NULL,
  paused_until_ms INTEGER,
  PRIMARY KEY (name, operation)
) STRICT, WITHOUT ROWID;
