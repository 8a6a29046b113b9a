// Runs the keepa verbs that call Keepa, in purser-net.
#include <fmt/format.h>

#include "frame/context.h"
#include "frame/verbs.h"
#include "frame/waiting_clock.h"
#include "json/exit_status.h"
#include "json/services.h"
#include "keepa/acquire.h"
#include "keepa/text.h"
#include "purser/keepa_service.h"

namespace purser::cli {
namespace {

// Detaches the reservation, so that it outlives this process: the caller settles it by the id in the answer.
struct ToOutcome {
  keepa::AcquireOutcome operator()(keepa::Spending& spending) const { return spending.detach(); }
  keepa::AcquireOutcome operator()(keepa::Refused& refused) const { return refused; }
  keepa::AcquireOutcome operator()(keepa::Never& never) const { return never; }
};

std::string refresh_text(const keepa::Refresh& refresh, const Reader& reader) {
  std::string what = "refreshed" + drift_text(refresh.observed);
  if (!refresh.refreshed) {
    // The request of less than 30 s ago may have failed: the balance can be much older.
    what = fmt::format("not refreshed: asked less than 30 s ago, observed {}",
                       refresh.observed_at ? from_now(*refresh.observed_at, reader.now) : "never");
  }
  return what + "\n" + text_of(refresh.observed.state);
}

}  // namespace

int run_keepa_refresh(Context& context, const Arguments& arguments) {
  auto options = keepa::ServiceOptions::from_environment();
  WaitingClock clock("Keepa", keepa::kRefreshDeadline);
  Database database = context.open_database(clock);
  keepa::Service service(database, options, context.account());
  auto refresh =
      service.refresh(arguments.has("--new-key") ? keepa::NewKey::accepted : keepa::NewKey::refused);
  context.answer(json::encode(refresh), refresh_text(refresh, context.reader()));
  return kYes;
}

int run_acquire_with_refresh(Context& context, const Arguments& arguments) {
  keepa::AcquireRequest request = acquire_request_of(arguments);
  Duration wait = wait_of(arguments).value_or(Duration{});
  auto options = keepa::ServiceOptions::from_environment();
  WaitingClock clock(asked_text(request), wait);
  clock.end_with_reader();
  Database database = context.open_database(clock);
  keepa::Service service(database, options, context.account());
  show_place(clock, service.ledger(), request);
  keepa::SpendingOutcome outcome = service.acquire(request, wait);
  return answer_after_wait(context, request, std::visit(ToOutcome(), outcome));
}

}  // namespace purser::cli
