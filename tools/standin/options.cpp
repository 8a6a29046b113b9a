#include "standin/options.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace standin {
namespace {

constexpr char kAbout[] =
    R"text(Stands in for Keepa and xAI on loopback ports, with true state: a token bucket, a bill. For tests and
demonstrations. It runs until SIGTERM or SIGINT; in a shell:

  eval "$(purser-standin &)"     # sets PURSER_KEEPA_URL, KEEPA_API_KEY and their like
  kill $PURSER_STANDIN_PID
)text";

constexpr char kMore[] = R"text(
A yes-or-no question to xAI (a JSON schema with a boolean) is answered true where the last "$N.NN" of the
user's message is at most xai.reasonable_up_to, or where there is none.

Control port: GET /state, GET /switches, POST /reset, and POST /switch with
{"name":"keepa.fault","value":"slow","times":1} (times may be left out).

Switches (--switch NAME=VALUE, or POST /switch):
)text";

std::pair<std::string, std::string> name_and_value(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) throw BadUsage("--switch takes NAME=VALUE, not \"" + text + "\"");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void require_sense(const Options& options) {
  if (!options.stepped_workers && options.start_ms) throw BadUsage("--start needs --stepped");
  if (!options.stepped_workers && options.least_real_hour_ms > 0) {
    throw BadUsage("--least-real-hour needs --stepped");
  }
  if (options.keepa.key.empty() || options.xai_key.empty()) throw BadUsage("a key must not be empty");
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv, const Switches& switches) {
  Options options;
  options.keepa.key = "standin-keepa-key";
  options.xai_key = "standin-xai-key";
  std::vector<std::string> settings;

  CLI::App app(kAbout, "purser-standin");
  app.footer([&] { return kMore + switches.help(); });
  const auto port = [&](const std::string& name, int& number, const std::string& what) {
    app.add_option(name, number, what + " (0: any that is free)")
        ->check(CLI::Range(0, 65'535))
        ->type_name("N");
  };
  port("--keepa-port", options.keepa_port, "where Keepa is served");
  port("--xai-port", options.xai_port, "where xAI is served");
  port("--control-port", options.control_port, "where state is told and switches are set");
  port("--clock-port", options.clock_port, "where simulated time is served");
  app.add_option("--keepa-key", options.keepa.key, "the key that Keepa accepts")
      ->type_name("K")
      ->capture_default_str();
  app.add_option("--xai-key", options.xai_key, "the key that xAI accepts")
      ->type_name("K")
      ->capture_default_str();
  app.add_option("--tokens", options.keepa.tokens, "Keepa's balance at the start")
      ->check(CLI::Range(-1'000'000, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--rate", options.keepa.rate, "Keepa's tokens a minute; 60 times that is the cap")
      ->check(CLI::Range(0, 100'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--refill-in", options.keepa.refill_in_ms, "milliseconds until Keepa's first tick")
      ->check(CLI::Range(1, 60'000))
      ->type_name("MS")
      ->capture_default_str();
  app.add_option("--switch", settings, "sets a switch; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("--stepped", options.stepped_workers,
                 "simulated time, which stands until so many workers joined")
      ->check(CLI::Range(1, 1000))
      ->type_name("WORKERS");
  app.add_option("--start", options.start_ms,
                 "the simulated instant at the start (ms since 1970; now unless said)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{253'402'300'799'999}))
      ->type_name("MS");
  app.add_option("--least-real-hour", options.least_real_hour_ms, "a simulated hour lasts at least so long")
      ->check(CLI::Range(0, 3'600'000))
      ->type_name("MS");
  app.add_flag("--json", options.json, "print addresses and keys as one JSON line");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw BadUsage(error.what());
  }
  for (const std::string& setting : settings) options.switches.push_back(name_and_value(setting));
  require_sense(options);
  return options;
}

}  // namespace standin
