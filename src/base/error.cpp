#include "purser/error.h"

namespace purser {

std::string_view error_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage: return "usage";
    case ErrorCode::invalid_text: return "invalid_text";
    case ErrorCode::invalid_response: return "invalid_response";
    case ErrorCode::timestamp_ahead: return "timestamp_ahead";
    case ErrorCode::idempotency_conflict: return "idempotency_conflict";
    case ErrorCode::invalid_import: return "invalid_import";
    case ErrorCode::invalid_backup: return "invalid_backup";
    case ErrorCode::unknown_reservation: return "unknown_reservation";
    case ErrorCode::unknown_grant: return "unknown_grant";
    case ErrorCode::unknown_flight: return "unknown_flight";
    case ErrorCode::unknown_time_zone: return "unknown_time_zone";
    case ErrorCode::no_database: return "no_database";
    case ErrorCode::foreign_database: return "foreign_database";
    case ErrorCode::schema_older: return "schema_older";
    case ErrorCode::schema_newer: return "schema_newer";
    case ErrorCode::schema_changed: return "schema_changed";
    case ErrorCode::unknown_account: return "unknown_account";
    case ErrorCode::network_file_system: return "network_file_system";
    case ErrorCode::unsafe_files: return "unsafe_files";
    case ErrorCode::migration_changed: return "migration_changed";
    case ErrorCode::no_api_key: return "no_api_key";
    case ErrorCode::another_key: return "another_key";
    case ErrorCode::unknown_model: return "unknown_model";
    case ErrorCode::no_credentials: return "no_credentials";
    case ErrorCode::no_master_key: return "no_master_key";
    case ErrorCode::unsafe_key_file: return "unsafe_key_file";
    case ErrorCode::wrong_master_key: return "wrong_master_key";
    case ErrorCode::needs_authorization: return "needs_authorization";
    case ErrorCode::no_services: return "no_services";
    case ErrorCode::unreachable: return "unreachable";
    case ErrorCode::no_answer: return "no_answer";
    case ErrorCode::service_failed: return "service_failed";
    case ErrorCode::request_refused: return "request_refused";
    case ErrorCode::refused_content: return "refused_content";
    case ErrorCode::rate_limited: return "rate_limited";
    case ErrorCode::no_credits: return "no_credits";
    case ErrorCode::credentials_refused: return "credentials_refused";
    case ErrorCode::busy: return "busy";
    case ErrorCode::disk_full: return "disk_full";
    case ErrorCode::io_error: return "io_error";
    case ErrorCode::read_only: return "read_only";
    case ErrorCode::cannot_open: return "cannot_open";
    case ErrorCode::in_use: return "in_use";
    case ErrorCode::already_exists: return "already_exists";
    case ErrorCode::not_a_database: return "not_a_database";
    case ErrorCode::file_replaced: return "file_replaced";
    case ErrorCode::corrupt: return "corrupt";
    case ErrorCode::migration_failed: return "migration_failed";
    case ErrorCode::wrong_process: return "wrong_process";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

}  // namespace purser
