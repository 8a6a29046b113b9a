#include "standin/options.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace standin {
namespace {

constexpr char kAbout[] =
    R"text(Stands in for Keepa, xAI and Amazon (its login and SP-API) on loopback ports, with true state: a
token bucket, a bill, usage plans, tokens that expire. For tests and demonstrations. It runs until SIGTERM
or SIGINT; in a shell:

  eval "$(purser-standin &)"     # sets PURSER_KEEPA_URL, KEEPA_API_KEY and so on
  kill $PURSER_STANDIN_PID
)text";

constexpr char kMore[] = R"text(
A yes-or-no question to xAI (a JSON schema with a boolean) is answered true where the last "$N.NN" of the
user's message is at most xai.reasonable_up_to, or where there is none.

Listing restrictions go by the last digit of the ASIN: 0 to 4 none; 5 NOT_ELIGIBLE as refurbished, as a
collectible and as club_club; 6 and 7 the same, and APPROVAL_REQUIRED, with a link, in the other conditions;
8 NOT_ELIGIBLE in all; 9 ASIN_NOT_FOUND. Any access token of the login is good for SP-API and for its sandbox
until it expires.

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
  const AmazonSeller& seller = options.seller;
  for (const std::string& secret : {options.keepa.key, options.xai_key, seller.seller_id, seller.client_id,
                                    seller.client_secret, seller.refresh_token}) {
    if (secret.empty()) throw BadUsage("a key must not be empty");
  }
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv, const Switches& switches) {
  Options options;
  options.keepa.key = "standin-keepa-key";
  options.xai_key = "standin-xai-key";
  options.seller = {"A1STANDINSELLER", "amzn1.application-oa2-client.standin0c4e1b7d",
                    "amzn1.oa2-cs.v1.standin+7Qm2/Vx9t+Lr4/Zk8w+Hd3/Pn6s",
                    "Atzr|standin-IwEBIPq5vTz1sKc8yXb3Wm6eRj9uGh2nLd4oFa7"};
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
  port("--lwa-port", options.lwa_port, "where Login with Amazon is served");
  port("--spapi-port", options.spapi_port, "where SP-API is served");
  port("--sandbox-port", options.sandbox_port, "where the sandbox of SP-API is served");
  port("--control-port", options.control_port, "where state is read and switches are set");
  port("--clock-port", options.clock_port, "where simulated time is served");
  const auto secret = [&](const std::string& name, std::string& text, const std::string& what) {
    app.add_option(name, text, what)->type_name("K")->capture_default_str();
  };
  secret("--keepa-key", options.keepa.key, "the key that Keepa accepts");
  secret("--xai-key", options.xai_key, "the key that xAI accepts");
  secret("--seller-id", options.seller.seller_id, "the seller that SP-API knows");
  secret("--client-id", options.seller.client_id, "the application that Amazon's login knows");
  secret("--client-secret", options.seller.client_secret, "and its secret");
  secret("--refresh-token", options.seller.refresh_token, "the seller's, for that application");
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
                 "simulated time, which stands still until so many workers have joined")
      ->check(CLI::Range(1, 1000))
      ->type_name("WORKERS");
  app.add_option("--start", options.start_ms,
                 "the simulated instant at the start (ms since 1970; default: now)")
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
