#include "keepa/afford.h"

#include "frame/exit_status.h"
#include "frame/values.h"
#include "keepa/json.h"
#include "keepa/text.h"
#include "purser/keepa_status.h"

namespace purser::cli {
namespace {

keepa::AffordQuery question_of(const Arguments& arguments) {
  keepa::AffordQuery question;
  question.task = arguments.text("--task");
  question.cost = tokens_option(arguments, "--cost", kCosts);
  question.kind = arguments.text("--kind");
  if (arguments.has("--kind") && question.kind.empty()) {
    throw Error(ErrorCode::usage, "--kind is empty: leave it away, or name one");
  }
  return question;
}

}  // namespace

// "Not now" is an answer here, and nothing was refused: 75 is acquire's.
int run_afford(Context& context, const Arguments& arguments) {
  keepa::AffordQuery question = question_of(arguments);
  Database database = context.open_database();
  auto affordable = keepa::Ledger(database, context.account()).afford(question);
  context.answer(answer_of(affordable, question), text_of(affordable, question, context.reader()));
  return question.cost && affordable.never ? kImpossible : kYes;
}

}  // namespace purser::cli
