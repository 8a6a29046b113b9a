// The keepa verbs that call Keepa, in purser-net.
#include "frame/context.h"
#include "frame/service_text.h"
#include "frame/service_verbs.h"
#include "frame/waiting_clock.h"
#include "json/exit_status.h"
#include "json/services.h"
#include "keepa/acquire.h"
#include "keepa/text.h"
#include "purser/keepa_service.h"

namespace purser::cli {
namespace {

// The caller settles later, by the id in the answer: the reservation outlives this process.
struct Handed {
  keepa::AcquireOutcome operator()(keepa::Spending& spending) const { return spending.detach(); }
  keepa::AcquireOutcome operator()(keepa::Refused& refused) const { return refused; }
  keepa::AcquireOutcome operator()(keepa::Never& never) const { return never; }
};

}  // namespace

int run_keepa_refresh(Context& context, const Arguments& arguments) {
  auto options = keepa::ServiceOptions::from_environment();
  WaitingClock clock("Keepa", keepa::kRefreshDeadline);
  Database database = context.open_database(clock);
  keepa::Service service(database, options, context.account());
  auto refresh =
      service.refresh(arguments.has("--new-key") ? keepa::NewKey::accepted : keepa::NewKey::refused);
  context.answer(json::encode(refresh), text_of(refresh, context.reader()));
  return kYes;
}

int run_acquire_with_refresh(Context& context, const Arguments& arguments) {
  keepa::AcquireRequest request = acquire_request_of(arguments);
  Duration wait = wait_of(arguments).value_or(Duration{});
  auto options = keepa::ServiceOptions::from_environment();
  WaitingClock clock(asked_text(request), wait);
  clock.end_with_audience();
  Database database = context.open_database(clock);
  keepa::Service service(database, options, context.account());
  tell_place(clock, service.ledger(), request);
  keepa::SpendingOutcome outcome = service.acquire(request, wait);
  return answer_waited(context, request, std::visit(Handed(), outcome));
}

}  // namespace purser::cli
