#include "json/exit_status.h"

namespace purser::json {

int exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage: return kUsage;
    case ErrorCode::invalid_text:
    case ErrorCode::invalid_response:
    case ErrorCode::timestamp_ahead:
    case ErrorCode::invalid_import:
    case ErrorCode::invalid_backup:
    case ErrorCode::refused_content:
    case ErrorCode::idempotency_conflict: return kImpossible;
    case ErrorCode::unknown_reservation:
    case ErrorCode::unknown_grant:
    case ErrorCode::unknown_flight: return kNo;
    case ErrorCode::no_database:
    case ErrorCode::foreign_database:
    case ErrorCode::schema_older:
    case ErrorCode::schema_newer:
    case ErrorCode::schema_changed:
    case ErrorCode::unknown_account:
    case ErrorCode::unknown_time_zone:
    case ErrorCode::network_file_system:
    case ErrorCode::unsafe_files:
    case ErrorCode::migration_changed:
    case ErrorCode::no_api_key:
    case ErrorCode::another_key:
    case ErrorCode::unknown_model:
    case ErrorCode::no_credentials:
    case ErrorCode::no_master_key:
    case ErrorCode::unsafe_key_file:
    case ErrorCode::wrong_master_key:
    case ErrorCode::no_services: return kConfiguration;
    case ErrorCode::unreachable:
    case ErrorCode::no_answer:
    case ErrorCode::service_failed:
    case ErrorCode::request_refused: return kService;
    case ErrorCode::rate_limited:
    case ErrorCode::no_credits: return kRefused;
    case ErrorCode::needs_authorization:
    case ErrorCode::credentials_refused: return kPermission;
    case ErrorCode::busy:
    case ErrorCode::disk_full:
    case ErrorCode::io_error:
    case ErrorCode::read_only:
    case ErrorCode::cannot_open:
    case ErrorCode::in_use:
    case ErrorCode::already_exists:
    case ErrorCode::not_a_database:
    case ErrorCode::file_replaced:
    case ErrorCode::corrupt:
    case ErrorCode::migration_failed: return kDisk;
    case ErrorCode::wrong_process:
    case ErrorCode::internal: return kBug;
  }
  return kBug;  // the library has a code that this program does not know
}

Object encode_error(ErrorCode code, std::string_view message, bool retryable) {
  return Object().add(
      "error", Object().add("code", error_name(code)).add("message", message).add("retryable", retryable));
}

}  // namespace purser::json
