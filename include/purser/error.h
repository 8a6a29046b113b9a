// Faults: a call that could not do its work throws purser::Error, for a broken disk, a busy or foreign
// database, a malformed argument. A refused token, a miss or a denied call is an answer, and so a *value*
// (see keepa.h).
//
//   try {
//     auto outcome = ledger.acquire({.task = "backfiller", .cost = purser::tokens(80)});
//   } catch (const purser::Error& e) {
//     if (e.retryable()) ...            // busy: the same call may succeed later
//     std::fputs(e.what(), stderr);     // one sentence that says what to do; never a secret
//   }
//
// The code is stable: the program's `--json` has its name (`error_name`), and its exit status follows from
// it. New codes may be added; a caller treats an unknown one like `internal`.
// When a call throws, its transaction has been rolled back: nothing of it was stored. Except in these cases:
//   io_error       may come after the commit, where the disk does not confirm it (database.h, durability):
//                  the change is stored in the file, and may not survive a power cut.
//   file_replaced  likewise, where the file or its log was removed between the commit and its sync.
//   internal       and any exception that is no purser::Error (std::bad_alloc): the change may be stored.
//   the services   (keepa_service.h, xai_service.h, spapi_service.h) take several steps, each a transaction:
//                  those before the one that threw are stored. Their headers say what is counted then.
//   callbacks      of the caller may throw. The library catches an exception of a LogSink (log.h). One of a
//                  Progress (progress.h) or of restrictions' on_answer (spapi_service.h) ends the work and
//                  reaches the caller. One of a Clock's sleep_until reaches the caller of the call that
//                  waits, which holds no lock then; a Clock's other functions must not throw.
// A caller that does not know what was stored repeats the call. An acquire with the same idempotency key
// returns the grant that was stored; settle, release, observe, put, answer and abandon may be repeated, since
// a second one changes nothing. A unit of xAI's quota whose id was lost stays counted, and a flight whose id
// was lost lapses: neither leads to a call beyond the quota.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace purser {

enum class ErrorCode {
  // The caller's mistake: the same call will always fail.
  usage,                 // a value is missing, malformed or out of range
  invalid_text,          // TEXT with NUL or invalid UTF-8; refused before SQLite sees it
  invalid_response,      // a service's answer that is no JSON, or whose fields make no sense
  timestamp_ahead,       // an envelope more than a day ahead of this clock (force applies it)
  idempotency_conflict,  // the key was used with another task or cost
  invalid_import,        // a file to import that has another form than its option says
  invalid_backup,        // a file to restore that is no sound database of purser's
  unknown_reservation,   // no such id in this account
  unknown_grant,         // no such unit of xAI's quota
  unknown_flight,        // no such flight, or it ended more than a day ago
  // Configuration: a person must set something up.
  no_database,          // run `purser init`
  foreign_database,     // a SQLite file, but not Purser's (application_id)
  schema_older,         // run `purser migrate up`
  schema_newer,         // the file is newer than this library
  schema_changed,       // migrated while this connection was open: reopen
  unknown_account,      // no such Keepa account
  unknown_time_zone,    // this machine has no such IANA zone
  network_file_system,  // WAL needs shared memory, which a network mount does not give
  unsafe_files,         // the file has a second name, or one beside it another owner: the message says which
  migration_changed,    // a migration was edited after it was applied
  no_api_key,           // a call to a service needs a key, and none is set (KEEPA_API_KEY, XAI_API_KEY)
  another_key,          // the account belongs to another Keepa key: `purser keepa refresh --new-key`
  unknown_model,        // xAI has no such model, or not for this key: set XAI_MODEL
  no_credentials,       // neither the database nor the environment has SP-API credentials: `purser spapi set`
  no_master_key,        // none is set to seal or open a secret: `purser key generate`, PURSER_KEY_FILE
  unsafe_key_file,      // others may read or write the file of the master key
  wrong_master_key,     // the key ring does not hold the key that sealed this, or the sealed text is damaged
  no_services,          // this installation lacks the program that calls services
  // A remote service.
  unreachable,          // nothing was sent: no connection, no name, no trustworthy TLS
  no_answer,            // sent, and no whole answer came in time: the service may have worked and charged
  service_failed,       // the service answered with a failure of its own, or with what it never sends
  request_refused,      // the service refuses the request as such, or its address is wrong: do not repeat
  refused_content,      // xAI refuses what was asked for its content
  rate_limited,         // too many requests, also after the repeats that are allowed
  no_credits,           // xAI's credits are used up
  needs_authorization,  // the seller has to authorise the application again: a new refresh token
  credentials_refused,  // the key is wrong, blocked, or lacks a permission: a person must act
  // The database or the disk.
  busy,  // the gate or a foreign tool's lock outlasted the deadline
  disk_full,
  io_error,
  read_only,  // this user may read but not write the file or its folder
  cannot_open,
  in_use,            // other processes have the database open: stop them first
  already_exists,    // a file is there, and none is ever replaced
  not_a_database,    // no SQLite file, or an empty one
  file_replaced,     // removed or replaced while it was open: open it again
  corrupt,           // SQLite or an invariant says that the content is damaged
  migration_failed,  // an SQL error in a migration; everything was rolled back
  // Bugs, in the library or in the caller.
  wrong_process,  // a connection was carried over fork: open your own in the child
  internal,
};

// The stable snake_case name: "busy", "no_database", ...
std::string_view error_name(ErrorCode code);

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

  ErrorCode code() const noexcept { return code_; }
  // True where the same call may succeed a moment later, without a person doing anything.
  bool retryable() const noexcept {
    return code_ == ErrorCode::busy || code_ == ErrorCode::unreachable || code_ == ErrorCode::no_answer ||
           code_ == ErrorCode::service_failed || code_ == ErrorCode::rate_limited;
  }

 private:
  ErrorCode code_;
};

}  // namespace purser
