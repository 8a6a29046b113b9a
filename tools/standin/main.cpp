// purser-standin: Keepa, xAI and Amazon on loopback ports, for tests and demonstrations. The library knows
// nothing of it.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>

#include "purser/frame/printable.h"
#include "standin/amazon/access_tokens.h"
#include "standin/amazon/lwa.h"
#include "standin/amazon/spapi.h"
#include "standin/clock/clock_server.h"
#include "standin/clock/stepped_time.h"
#include "standin/control.h"
#include "standin/keepa/keepa.h"
#include "standin/options.h"
#include "standin/switches.h"
#include "standin/wire/http.h"
#include "standin/xai/xai.h"

namespace standin {
namespace {

constexpr int kUsage = 64, kUnavailable = 69, kDisk = 74;

// Each connection has a thread while it lives: many slow answers at once need as many threads.
constexpr std::size_t kServiceThreads = 128;
constexpr std::size_t kControlThreads = 16;

std::int64_t real_now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string url(const Server& server) { return fmt::format("http://127.0.0.1:{}", server.port()); }

struct Addresses {
  std::string keepa, xai, lwa, spapi, sandbox, control, clock;
};

std::string as_json(const Addresses& addresses, const Options& options) {
  return nlohmann::json{{"keepa_url", addresses.keepa},
                        {"xai_url", addresses.xai},
                        {"lwa_url", addresses.lwa},
                        {"spapi_url", addresses.spapi},
                        {"sandbox_url", addresses.sandbox},
                        {"control_url", addresses.control},
                        {"clock", addresses.clock},
                        {"keepa_key", options.keepa.key},
                        {"xai_key", options.xai_key},
                        {"seller_id", options.seller.seller_id},
                        {"client_id", options.seller.client_id},
                        {"client_secret", options.seller.client_secret},
                        {"refresh_token", options.seller.refresh_token}}
             .dump() +
         "\n";
}

// Quoted for a shell, whatever it contains.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string(R"('\'')") : std::string(1, c);
  return result + "'";
}

std::string as_shell_lines(const Addresses& addresses, const Options& options) {
  const std::pair<const char*, std::string> variables[] = {
      {"PURSER_KEEPA_URL", addresses.keepa},
      {"PURSER_XAI_URL", addresses.xai},
      {"PURSER_LWA_URL", addresses.lwa},
      {"PURSER_SPAPI_URL", addresses.spapi},
      {"PURSER_SPAPI_SANDBOX_URL", addresses.sandbox},
      {"KEEPA_API_KEY", options.keepa.key},
      {"XAI_API_KEY", options.xai_key},
      {"SP_API_SELLER_ID", options.seller.seller_id},
      {"SP_API_CLIENT_ID", options.seller.client_id},
      {"SP_API_CLIENT_SECRET", options.seller.client_secret},
      {"SP_API_REFRESH_TOKEN", options.seller.refresh_token},
      {"PURSER_STANDIN_URL", addresses.control},
      {"PURSER_STANDIN_CLOCK", addresses.clock},
      {"PURSER_STANDIN_PID", std::to_string(getpid())}};
  std::string lines;
  for (const auto& [name, value] : variables) lines += fmt::format("export {}={}\n", name, quoted(value));
  return lines;
}

// Prints the addresses and closes the output, so that `$(purser-standin &)`, which reads it to its end,
// returns.
bool print_addresses(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    fmt::print(stderr, "purser-standin: the addresses could not be written to standard output\n");
    return false;
  }
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(nowhere, STDOUT_FILENO);
  close(nowhere);
  return true;
}

// Leaves the signals to `wait_for_the_end`. REQUIRES: no thread has been started, so that all inherit this.
sigset_t block_ending_signals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  return ending;
}

void wait_for_the_end(const sigset_t& ending) {
  int signal = 0;
  while (sigwait(&ending, &signal) != 0) {
  }
}

template <typename Service>
Server served(Service& service, int port, std::size_t threads = kServiceThreads) {
  return {port, threads, [&service](const Request& request) { return service.respond(request); }};
}

int serve(const Options& options, Switches& switches) {
  const sigset_t ending = block_ending_signals();
  std::optional<SteppedTime> time;
  if (options.stepped_workers)
    time.emplace(options.start_ms.value_or(real_now_ms()), *options.stepped_workers);
  const Now now = [&time] { return time ? time->now_ms() : real_now_ms(); };

  Keepa keepa(options.keepa, now, switches);
  Xai xai(options.xai_key, now, switches);
  AccessTokens tokens;
  Lwa lwa(options.seller, now, switches, tokens);
  Spapi spapi(SpapiHost::production, options.seller.seller_id, now, switches, tokens);
  Spapi sandbox(SpapiHost::sandbox, options.seller.seller_id, now, switches, tokens);
  Control control(now, switches, {keepa, xai, lwa, spapi, sandbox});
  for (const auto& [name, value] : options.switches) switches.set(name, value);

  const ClockServer clock(options.clock_port, time ? &*time : nullptr,
                          std::chrono::milliseconds(options.least_real_hour_ms));
  const Server keepa_server = served(keepa, options.keepa_port);
  const Server xai_server = served(xai, options.xai_port);
  const Server lwa_server = served(lwa, options.lwa_port);
  const Server spapi_server = served(spapi, options.spapi_port);
  const Server sandbox_server = served(sandbox, options.sandbox_port);
  const Server control_server = served(control, options.control_port, kControlThreads);

  const Addresses addresses{url(keepa_server),
                            url(xai_server),
                            url(lwa_server),
                            url(spapi_server),
                            url(sandbox_server),
                            url(control_server),
                            fmt::format("127.0.0.1:{}", clock.port())};
  const std::string text = options.json ? as_json(addresses, options) : as_shell_lines(addresses, options);
  if (!print_addresses(text)) return kDisk;
  wait_for_the_end(ending);
  return 0;
}

int run(int argc, char** argv) {
  Switches switches;
  declare_keepa(switches);
  declare_xai(switches);
  declare_lwa(switches);
  declare_spapi(switches);
  const auto options = parse_options(argc, argv, switches);
  return options ? serve(*options, switches) : 0;
}

int run_or_explain(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const BadUsage& error) {
    fmt::print(stderr, "purser-standin: {}\n", purser::cli::error_line(error.what()));
    return kUsage;
  } catch (const BadSwitch& error) {
    fmt::print(stderr, "purser-standin: {}\n", purser::cli::error_line(error.what()));
    return kUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "purser-standin: {}\n", purser::cli::error_line(error.what()));
    return kUnavailable;
  }
}

}  // namespace
}  // namespace standin

int main(int argc, char** argv) { return standin::run_or_explain(argc, argv); }
