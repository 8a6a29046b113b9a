// A real file, a real stand-in on real sockets, and a Service between the two. Waits are on a clock that
// jumps through them; the deadlines of requests are real.
#pragma once

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "purser/create.h"
#include "purser/xai_service.h"
#include "services/service_test.h"
#include "standin/client.h"
#include "support/scratch.h"

namespace purser::xai {

using test::HookedClock;
using test::KeptLines;

inline Question book(const std::string& title = "Eragon", Cents price = {4990}) {
  return {.title = title, .category = "Books > Subjects", .season = "Sep", .price = price};
}

// One database of one worker.
class Bench {
 public:
  explicit Bench(const standin::Process& standin) {
    create_database(file_options());
    database_.emplace(Database::open(file_options()));
    service_options.api_key = standin.xai_key();
    service_options.base_url = standin.xai_url();
    service_options.deadline = std::chrono::seconds(20);
    service_options.tries = 3;
  }

  DatabaseOptions file_options(const std::string& worker = "test:1") {
    DatabaseOptions all;
    all.path = folder_.file("purser.db");
    all.worker = worker;
    all.clock = &clock;
    all.log = &log;
    return all;
  }
  Database& database() { return *database_; }
  Service service() { return {*database_, service_options}; }
  Judgement judge(const Question& question = book(), const JudgeOptions& how = {}) {
    Judgement judgement = service().judge(question, how);
    said += judgement.message + "\n";
    return judgement;
  }
  QueryReply query(const std::string& prompt = "Why is the sky blue?",
                   const std::string& purpose = "guided_learning") {
    return service().query(prompt, purpose);
  }
  Quota quota() { return Quota(*database_); }
  Verdicts verdicts() { return Verdicts(*database_); }
  std::filesystem::path path() const { return folder_.file("purser.db"); }

  // Everything that was said, logged or written, to the last byte of the file. The database is gone then.
  std::string every_byte() {
    database_.reset();
    std::string all = said + log.all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }

  HookedClock clock;
  KeptLines log;
  ServiceOptions service_options;
  std::string said;

 private:
  test::ScratchFolder folder_;
  std::optional<Database> database_;
};

}  // namespace purser::xai
