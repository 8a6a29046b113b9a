#include "bench/rivals/rivals.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/un.h>

#include <string>
#include <vector>

#include "bench/measure/client.h"

namespace bench {
namespace {

namespace fs = std::filesystem;

// Projects the bucket and decides about the grant; writes the bucket, the reservation with its expiry, and
// the entry of the ledger.
constexpr char kAcquire[] = R"lua(
local b = redis.call('HMGET', KEYS[1], 'balance', 'held', 'remainder', 'as_of', 'rate', 'capacity')
local balance, held, remainder = tonumber(b[1]), tonumber(b[2]), tonumber(b[3])
local as_of, rate, capacity = tonumber(b[4]), tonumber(b[5]), tonumber(b[6])
local now, cost = tonumber(ARGV[2]), tonumber(ARGV[3])
if now > as_of and balance < capacity then
  local earned = rate * (now - as_of) + remainder
  balance = math.min(capacity, balance + math.floor(earned / 60000))
  remainder = earned % 60000
end
if balance - held < 50000 then return 0 end
held = held + cost
redis.call('HSET', KEYS[1], 'balance', string.format('%.0f', balance), 'held', string.format('%.0f', held),
           'remainder', remainder, 'as_of', ARGV[2])
redis.call('SET', KEYS[2], ARGV[3], 'PX', 600000)
redis.call('RPUSH', KEYS[3], string.format('%s hold 0 %s %.0f %.0f %s %s %s', ARGV[2], ARGV[3], balance, held,
                                           ARGV[4], ARGV[5], ARGV[1]))
return 1
)lua";

constexpr char kRelease[] = R"lua(
local cost = redis.call('GET', KEYS[2])
if not cost then return 0 end
redis.call('DEL', KEYS[2])
local held = redis.call('HINCRBY', KEYS[1], 'held', -tonumber(cost))
redis.call('RPUSH', KEYS[3], string.format('%s release 0 -%s %s %.0f %s %s %s', ARGV[2], cost,
                                           redis.call('HGET', KEYS[1], 'balance'), held, ARGV[4], ARGV[5],
                                           ARGV[1]))
return 1
)lua";

struct Free {
  void operator()(redisContext* context) const { redisFree(context); }
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, Free>;

class Connection {
 public:
  explicit Connection(const fs::path& socket) : context_(redisConnectUnix(socket.c_str())) {}

  bool is_open() const { return context_ && context_->err == 0; }

  Reply ask(const std::vector<std::string>& words) const {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    Reply reply(static_cast<redisReply*>(
        redisCommandArgv(context_.get(), static_cast<int>(words.size()), texts.data(), sizes.data())));
    if (!reply) throw std::runtime_error(fmt::format("redis: {}", context_->errstr));
    if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error(fmt::format("redis: {}", reply->str));
    return reply;
  }

 private:
  std::unique_ptr<redisContext, Free> context_;
};

constexpr char kBucket[] = "bucket", kLedger[] = "ledger";

class RedisGrants : public GrantClient {
 public:
  explicit RedisGrants(const fs::path& socket)
      : redis_(socket), acquire_(load(kAcquire)), release_(load(kRelease)) {}

 private:
  std::string load(const char* script) const { return redis_.ask({"SCRIPT", "LOAD", script})->str; }

  bool call(const std::string& script, const std::string& id, std::int64_t now) const {
    const Reply reply = redis_.ask({"EVALSHA", script, "3", kBucket, "reservation:" + id, kLedger, id,
                                    std::to_string(now), "80000", "backfiller", "bench:1"});
    return reply->integer == 1;
  }

  std::string acquire() final {
    const std::int64_t now = now_ms();
    std::string id = make_id(now);
    if (!call(acquire_, id, now)) throw std::runtime_error("redis: nothing was granted");
    return id;
  }
  void release(const std::string& reservation) final {
    if (!call(release_, reservation, now_ms())) throw std::runtime_error("redis: nothing was released");
  }

  Connection redis_;
  std::string acquire_, release_;
};

std::string verdict_key(std::size_t number) {
  return fmt::format("The book with the number {} and a title of ordinary length|Books|Sep|{}", number,
                     number);
}

// Reads or writes one of the keys at a time, each far from the one before it.
class RedisCache : public Client {
 public:
  RedisCache(const fs::path& socket, int rows, bool reads)
      : redis_(socket), rows_(static_cast<std::size_t>(rows)), reads_(reads) {
    redis_.ask({"SELECT", "1"});
    for (std::size_t number = 0; number < rows_; ++number) keys_.push_back(verdict_key(number));
  }

  void operate() final {
    at_ = (at_ + 7919) % rows_;
    if (!reads_) {
      redis_.ask({"SET", keys_[at_], "1"});
    } else if (redis_.ask({"GET", keys_[at_]})->type != REDIS_REPLY_STRING) {
      throw std::runtime_error("redis: a verdict is not there");
    }
  }

 private:
  Connection redis_;
  std::size_t rows_, at_ = 0;
  bool reads_;
  std::vector<std::string> keys_;
};

class RedisServer : public Server {
 public:
  RedisServer(Child process, const fs::path& folder, const std::string& log)
      : Server(std::move(process), SIGKILL), socket_(folder / "redis.sock") {
    wait_until([&] { return Connection(socket_).is_open(); }, log);
  }

  void fill(int rows) const {
    const Connection redis(socket_);
    redis.ask({"SELECT", "1"});
    std::vector<std::string> words{"MSET"};
    for (std::size_t number = 0; number < static_cast<std::size_t>(rows); ++number) {
      words.insert(words.end(), {verdict_key(number), "0"});
    }
    if (rows > 0) redis.ask(words);
  }

  // Empties the ledger, so that every turn begins with the same data.
  void begin_turn() final {
    const Connection redis(socket_);
    redis.ask({"FLUSHDB", "SYNC"});
    redis.ask({"HSET", kBucket, "balance", "1000000000", "held", "0", "remainder", "0", "as_of",
               std::to_string(now_ms()), "rate", "0", "capacity", "0"});
  }

  const fs::path& socket() const { return socket_; }

 private:
  fs::path socket_;
};

}  // namespace

Redis start_redis(const fs::path& folder, bool durable, int rows) {
  const std::string program = find_program("redis-server");
  if (program.empty()) throw Absent("there is no redis-server (Debian: redis-server)");
  if ((folder / "redis.sock").string().size() >= sizeof(sockaddr_un::sun_path)) {
    throw Absent("the folder's name is too long for a unix socket");
  }
  fs::create_directory(folder);
  const std::string log = folder / "log";
  Child process = Child::doing([&] {
    exec_program({program, "--port", "0", "--unixsocket", folder / "redis.sock", "--dir", folder, "--save",
                  "", "--appendonly", "yes", "--appendfsync", durable ? "always" : "everysec",
                  "--auto-aof-rewrite-percentage", "0", "--daemonize", "no"},
                 log);
  });
  auto server = std::make_shared<RedisServer>(std::move(process), folder, log);
  server->fill(rows);
  const fs::path socket = server->socket();
  return {server, [=](int) { return std::make_unique<RedisGrants>(socket); },
          [=](int) { return std::make_unique<RedisCache>(socket, rows, true); },
          [=](int) { return std::make_unique<RedisCache>(socket, rows, false); }};
}

}  // namespace bench
