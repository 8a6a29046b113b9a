#include "bench/rivals/rivals.h"

#include <fmt/format.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include "bench/measure/client.h"

namespace bench {
namespace {

namespace fs = std::filesystem;

constexpr char kSchema[] = R"sql(
CREATE TABLE account (
  id integer PRIMARY KEY, balance bigint NOT NULL, held bigint NOT NULL CHECK (held >= 0),
  remainder bigint NOT NULL, as_of bigint NOT NULL, rate bigint NOT NULL, capacity bigint NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE reservation (
  id text PRIMARY KEY, account_id integer NOT NULL, task text NOT NULL, worker text NOT NULL,
  cost bigint NOT NULL, created_at bigint NOT NULL, expires_at bigint NOT NULL, ended_at bigint, ending text
);
CREATE INDEX reservation_open ON reservation (account_id, expires_at) WHERE ended_at IS NULL;
CREATE TABLE ledger (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id integer NOT NULL, at bigint NOT NULL,
  kind text NOT NULL, balance_change bigint NOT NULL, held_change bigint NOT NULL, balance bigint NOT NULL,
  held bigint NOT NULL, task text, worker text, reservation text
);
INSERT INTO account VALUES (1, 1000000000, 0, 0, 0, 0, 0);
)sql";

// One statement and one transaction: projects the bucket, decides about the grant, and writes the bucket, the
// reservation and the row of the ledger. $1 is the id, $2 is now.
constexpr char kAcquire[] = R"sql(
WITH moved AS (
  UPDATE account
  SET balance = CASE WHEN balance < capacity
                THEN least(capacity, balance + (rate * ($2::bigint - as_of) + remainder) / 60000)
                ELSE balance END,
      remainder = CASE WHEN balance < capacity THEN (rate * ($2::bigint - as_of) + remainder) % 60000
                  ELSE remainder END,
      held = held + 80000, as_of = $2::bigint
  WHERE id = 1 AND CASE WHEN balance < capacity
                   THEN least(capacity, balance + (rate * ($2::bigint - as_of) + remainder) / 60000)
                   ELSE balance END - held >= 50000
  RETURNING id, balance, held
), reserved AS (
  INSERT INTO reservation (id, account_id, task, worker, cost, created_at, expires_at)
  SELECT $1, id, 'backfiller', 'bench:1', 80000, $2::bigint, $2::bigint + 600000 FROM moved
)
INSERT INTO ledger (account_id, at, kind, balance_change, held_change, balance, held, task, worker,
                    reservation)
SELECT id, $2::bigint, 'hold', 0, 80000, balance, held, 'backfiller', 'bench:1', $1 FROM moved
RETURNING id
)sql";

constexpr char kRelease[] = R"sql(
WITH ended AS (
  UPDATE reservation SET ended_at = $2::bigint, ending = 'release' WHERE id = $1 AND ended_at IS NULL
  RETURNING account_id, cost
), moved AS (
  UPDATE account SET held = held - ended.cost FROM ended WHERE account.id = ended.account_id
  RETURNING account.id, account.balance, account.held, ended.cost
)
INSERT INTO ledger (account_id, at, kind, balance_change, held_change, balance, held, task, worker,
                    reservation)
SELECT id, $2::bigint, 'release', 0, -cost, balance, held, 'backfiller', 'bench:1', $1 FROM moved
RETURNING id
)sql";

struct Free {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Free>;

class Connection {
 public:
  explicit Connection(const fs::path& folder)
      : connection_(
            PQconnectdb(fmt::format("host='{}' user=bench dbname=postgres", folder.string()).c_str())) {}

  bool is_open() const { return PQstatus(connection_.get()) == CONNECTION_OK; }

  void run(const char* script) const { require(Result(PQexec(connection_.get(), script))); }
  void prepare(const char* name, const char* sql) const {
    require(Result(PQprepare(connection_.get(), name, sql, 2, nullptr)));
  }
  // Returns the number of rows that the statement returned.
  int call(const char* name, const std::string& id, std::int64_t now) const {
    const std::string instant = std::to_string(now);
    const std::array<const char*, 2> values{id.c_str(), instant.c_str()};
    return PQntuples(
        require(Result(PQexecPrepared(connection_.get(), name, 2, values.data(), nullptr, nullptr, 0)))
            .get());
  }

 private:
  Result require(Result result) const {
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return result;
    throw std::runtime_error(fmt::format("postgresql: {}", PQerrorMessage(connection_.get())));
  }

  std::unique_ptr<PGconn, Free> connection_;
};

class PostgresGrants : public GrantClient {
 public:
  PostgresGrants(const fs::path& folder, bool durable) : postgres_(folder) {
    postgres_.run(durable ? "SET synchronous_commit = on" : "SET synchronous_commit = off");
    postgres_.prepare("acquire", kAcquire);
    postgres_.prepare("release", kRelease);
  }

 private:
  std::string acquire() final {
    const std::int64_t now = now_ms();
    std::string id = make_id(now);
    if (postgres_.call("acquire", id, now) != 1) throw std::runtime_error("postgresql: nothing was granted");
    return id;
  }
  void release(const std::string& reservation) final {
    if (postgres_.call("release", reservation, now_ms()) != 1) {
      throw std::runtime_error("postgresql: nothing was released");
    }
  }

  Connection postgres_;
};

class PostgresServer : public Server {
 public:
  PostgresServer(Child process, const fs::path& folder, const std::string& log)
      : Server(std::move(process), SIGQUIT), folder_(folder) {
    wait_until([&] { return Connection(folder_).is_open(); }, log);
    Connection(folder_).run(kSchema);
  }

  // A checkpoint now puts off the next one by a day.
  void begin_turn() final { Connection(folder_).run("CHECKPOINT"); }

 private:
  fs::path folder_;
};

// PostgreSQL refuses to run as root.
const passwd* other_user() {
  if (geteuid() != 0) return nullptr;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* user = getpwnam(name)) return user;
  }
  throw Absent("it does not run as root, and there is no user postgres or nobody");
}

void become_user(const passwd* user) {
  if (user == nullptr) return;
  if (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot become another user");
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // becoming another user has reset it
}

void hand_folder_to(const passwd* user, const fs::path& folder) {
  if (user == nullptr) return;
  if (chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0 ||
      chmod(folder.parent_path().c_str(), 0711) != 0) {
    throw std::system_error(errno, std::generic_category(), folder.string());
  }
}

// Debian keeps the server's programs off PATH.
std::vector<std::string> program_folders() {
  std::vector<std::string> folders;
  std::error_code none;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", none)) {
    folders.push_back((version.path() / "bin").string());
  }
  return folders;
}

std::string program(const char* name) {
  std::string path = find_program(name, program_folders());
  if (path.empty()) throw Absent(fmt::format("there is no {} (Debian: postgresql)", name));
  return path;
}

}  // namespace

Postgres start_postgres(const fs::path& folder) {
  const std::string initdb = program("initdb"), postgres = program("postgres");
  if ((folder / ".s.PGSQL.5432.lock").string().size() >= sizeof(sockaddr_un::sun_path)) {
    throw Absent("the folder's name is too long for a unix socket");
  }
  const passwd* user = other_user();
  fs::create_directory(folder);
  hand_folder_to(user, folder);
  const std::string data = folder / "data", log = folder / "log";
  Child making = Child::doing([&] {
    become_user(user);
    exec_program(
        {initdb, "-D", data, "-U", "bench", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"},
        log);
  });
  if (making.wait() != 0) {
    throw Absent(user == nullptr ? "initdb fails"
                                 : fmt::format("initdb fails: may the user {} enter {}?", user->pw_name,
                                               folder.string()));
  }
  Child process = Child::doing([&] {
    become_user(user);
    exec_program({postgres, "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "autovacuum=off", "-c",
                  "checkpoint_timeout=1d", "-c", "max_wal_size=16GB"},
                 log);
  });
  auto server = std::make_shared<PostgresServer>(std::move(process), folder, log);
  return {server, [=](int) { return std::make_unique<PostgresGrants>(folder, true); },
          [=](int) { return std::make_unique<PostgresGrants>(folder, false); }};
}

}  // namespace bench
