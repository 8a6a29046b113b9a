// Every fault, as a client meets it on the wire, and whether the request was charged for.
#include <functional>
#include <thread>

#include "standin/standin_test.h"

namespace purser::test {
namespace {

struct Fault {
  std::string name;
  bool processed;
  std::function<void(const Reply&)> see;
};

std::size_t length_of(const Reply& reply) { return std::stoul(reply.header("content-length")); }

bool is_json(const std::string& text) { return json::accept(text); }

std::vector<Fault> faults() {
  const auto reset = [](const Reply& reply) {
    EXPECT_EQ(reply.ending, Reply::Ending::reset);
    EXPECT_EQ(reply.status, 0);
  };
  const auto page = [](int status) {
    return [status](const Reply& reply) {
      EXPECT_EQ(reply.status, status);
      EXPECT_EQ(reply.header("content-type"), "text/html");
      EXPECT_EQ(reply.body.rfind("<html>", 0), 0U);
    };
  };
  const auto dated = [](const std::string& date) {
    return [date](const Reply& reply) {
      EXPECT_EQ(reply.status, 200);
      EXPECT_EQ(reply.header("date"), date);
      EXPECT_TRUE(is_json(reply.body));
    };
  };
  return {
      {"none", true, dated("Thu, 01 Jan 2026 00:00:00 GMT")},
      {"slow", true, dated("Thu, 01 Jan 2026 00:00:00 GMT")},
      {"stale_date", true, dated("Wed, 31 Dec 2025 23:00:00 GMT")},
      {"future_date", true, dated("Sat, 03 Jan 2026 00:00:00 GMT")},
      {"reset_before", false, reset},
      {"reset_after", true, reset},
      {"html_502", false, page(502)},
      {"html_503", false, page(503)},
      {"empty_500", false,
       [](const Reply& reply) {
         EXPECT_EQ(reply.status, 500);
         EXPECT_EQ(reply.body, "");
         EXPECT_EQ(length_of(reply), 0U);
       }},
      {"truncated_json", true,
       [](const Reply& reply) {
         EXPECT_EQ(reply.status, 200);
         EXPECT_EQ(length_of(reply), reply.body.size());
         EXPECT_GT(reply.body.size(), 50U);
         EXPECT_FALSE(is_json(reply.body));
       }},
      {"wrong_length", true,
       [](const Reply& reply) {
         EXPECT_EQ(reply.status, 200);
         EXPECT_EQ(reply.ending, Reply::Ending::closed);
         EXPECT_GT(length_of(reply), reply.body.size());
         EXPECT_TRUE(is_json(reply.body));
       }},
      {"huge", true,
       [](const Reply& reply) {
         EXPECT_GT(reply.body.size(), std::size_t{64} << 20U);
         EXPECT_EQ(length_of(reply), reply.body.size());
         EXPECT_EQ(reply.body.front(), '{');
         EXPECT_EQ(reply.body.back(), '}');
       }},
      {"garbled_gzip", true,
       [](const Reply& reply) {
         EXPECT_EQ(reply.status, 200);
         EXPECT_EQ(reply.header("content-encoding"), "gzip");
         EXPECT_THROW(reply.text(), std::runtime_error);
       }},
      {"not_json", true,
       [](const Reply& reply) {
         EXPECT_EQ(reply.status, 200);
         EXPECT_FALSE(is_json(reply.body));
       }},
      {"page", false,
       [](const Reply& reply) {
         EXPECT_EQ(reply.status, 403);
         EXPECT_EQ(reply.header("content-type"), "text/html");
         EXPECT_EQ(reply.body.front(), '<');
       }},
      {"other_status", true,
       [](const Reply& reply) {
         EXPECT_EQ(reply.status, 403);
         EXPECT_TRUE(is_json(reply.body));
       }},
      {"odd_bytes", true,
       [](const Reply& reply) {
         EXPECT_EQ(reply.status, 200);
         EXPECT_FALSE(is_json(reply.body));
         EXPECT_NE(reply.body.find("\\ud83d"), std::string::npos);
         EXPECT_EQ(reply.body.back(), '}');
       }},
      {"deep", true,
       [](const Reply& reply) {
         EXPECT_EQ(reply.status, 200);
         EXPECT_TRUE(is_json(reply.body));
         EXPECT_GT(reply.body.size(), 400'000U);
       }},
      {"huge_header", true,
       [](const Reply& reply) {
         EXPECT_EQ(reply.status, 200);
         EXPECT_EQ(reply.header("x-filler").size(), std::size_t{1} << 20U);
       }},
  };
}

TEST(StandinFaults, AtKeepa) {
  Standin standin({"--switch", "keepa.slow_ms=50"});
  for (const auto& [name, processed, see] : faults()) {
    SCOPED_TRACE(name);
    standin.reset();
    standin.set_switch("keepa.fault", name);
    see(standin.keepa("/product?asin=B1,B2"));
    EXPECT_EQ(standin.state().keepa.consumed, processed ? 2 : 0);
    EXPECT_EQ(standin.state().keepa.paid_requests, 1);
  }
}

TEST(StandinFaults, AtXai) {
  Standin standin({"--switch", "xai.slow_ms=50"});
  for (const auto& [name, processed, see] : faults()) {
    SCOPED_TRACE(name);
    standin.reset();
    standin.set_switch("xai.fault", name);
    see(standin.complete(yes_or_no("Is $5.00 reasonable?")));
    EXPECT_EQ(standin.state().xai.billed, processed ? 1 : 0);
    EXPECT_EQ(standin.state().xai.calls, 1);
    EXPECT_EQ(standin.state().xai.in_flight, 0);
  }
}

TEST(StandinFaults, AtLwa) {
  Standin standin({"--switch", "lwa.slow_ms=50"});
  for (const auto& [name, processed, see] : faults()) {
    SCOPED_TRACE(name);
    standin.reset();
    standin.set_switch("lwa.fault", name);
    see(standin.exchange(standin.form()));
    EXPECT_EQ(standin.state().lwa.exchanges, processed ? 1 : 0);
    EXPECT_EQ(standin.state().lwa.requests, 1);
    EXPECT_EQ(standin.state().lwa.in_flight, 0);
  }
}

TEST(StandinFaults, AtBothHostsOfSpapi) {
  Standin standin(
      {"--switch", "spapi.slow_ms=50", "--switch", "sandbox.slow_ms=50", "--switch", "spapi.plan=off"});
  const std::string token = standin.access_token();
  for (const auto& [name, processed, see] : faults()) {
    SCOPED_TRACE(name);
    standin.reset();
    standin.set_switch("spapi.fault", name);
    standin.set_switch("sandbox.fault", name);
    see(ask(standin.spapi_url(), standin.question("B000000006"), token));
    see(ask(standin.sandbox_url(), standin.question("B000000001"), token));
    EXPECT_EQ(standin.state().spapi.answered, processed ? 1 : 0);
    EXPECT_EQ(standin.state().spapi.requests, 1);
    EXPECT_EQ(standin.state().sandbox.answered, processed ? 1 : 0);
    EXPECT_EQ(standin.state().sandbox.requests, 1);
  }
}

TEST(StandinFaults, WhetherARedirectTookASecretAlongIsRemembered) {
  Standin standin;
  const std::string token = standin.access_token();
  for (const char* fault : {"lwa.fault", "spapi.fault", "sandbox.fault"})
    standin.set_switch(fault, "redirect");
  EXPECT_EQ(standin.exchange(standin.form()).header("location"), standin.lwa_url() + "/redirected");
  EXPECT_EQ(ask(standin.spapi_url(), standin.question("B000000001"), token).header("location"),
            standin.spapi_url() + "/redirected");
  EXPECT_EQ(ask(standin.sandbox_url(), kParticipations, token).header("location"),
            standin.sandbox_url() + "/redirected");

  get(standin.lwa_url(), "/redirected");
  Call(standin.lwa_url(), "POST", "/redirected", {kForm}, standin.form()).reply();
  ask(standin.spapi_url(), "/redirected", "");
  ask(standin.spapi_url(), "/redirected", token);
  ask(standin.sandbox_url(), "/redirected", token);
  const auto state = standin.state();
  EXPECT_EQ(state.lwa.redirects_followed, 2);
  EXPECT_EQ(state.lwa.redirects_with_secret, 1);
  EXPECT_EQ(state.spapi.redirects_followed, 2);
  EXPECT_EQ(state.spapi.redirects_with_token, 1);
  EXPECT_EQ(state.sandbox.redirects_with_token, 1);
}

TEST(StandinFaults, KeepasTimestampIsAsWrongAsItsDate) {
  Standin standin;
  standin.set_switch("keepa.fault", "stale_date");
  json seen = standin.keepa_json("/token");
  EXPECT_EQ(seen["timestamp"], kStartMs - 3'600'000);
  EXPECT_EQ(seen["refillIn"], 60'000);
  standin.set_switch("keepa.fault", "future_date");
  EXPECT_EQ(standin.keepa_json("/token")["timestamp"], kStartMs + 2 * 86'400'000);
}

TEST(StandinFaults, AHugeAnswerIsSmallUntilItIsUnpacked) {
  Standin standin;
  standin.set_switch("keepa.fault", "huge");
  const Reply reply = standin.keepa("/token", {"Accept-Encoding: gzip"});
  EXPECT_LT(reply.body.size(), std::size_t{1} << 20U);
  EXPECT_GT(reply.text().size(), std::size_t{64} << 20U);
}

TEST(StandinFaults, FaultsOfOneKindOfRequestLeaveTheOthersAlone) {
  Standin standin;
  standin.set_switch("keepa.fault", "html_502", 1);
  standin.set_switch("keepa.applies_to", "paid");
  EXPECT_EQ(standin.keepa("/token").status, 200);
  EXPECT_EQ(standin.keepa("/deal").status, 502);
  EXPECT_EQ(standin.keepa("/deal").status, 200);
  standin.set_switch("keepa.answer", "402", 1);
  standin.set_switch("keepa.applies_to", "token");
  EXPECT_EQ(standin.keepa("/deal").status, 200);
  EXPECT_EQ(standin.keepa("/token").status, 402);
}

TEST(StandinFaults, WhetherARedirectWasFollowedIsRemembered) {
  Standin standin({"--switch", "keepa.fault=redirect", "--switch", "xai.fault=redirect"});
  Reply reply = standin.keepa("/deal");
  EXPECT_EQ(reply.status, 302);
  EXPECT_EQ(reply.header("location"), standin.keepa_url() + "/redirected");
  reply = standin.complete(yes_or_no("Is $5.00 reasonable?"));
  EXPECT_EQ(reply.status, 302);
  EXPECT_EQ(reply.header("location"), standin.xai_url() + "/redirected");
  EXPECT_EQ(standin.state().keepa.consumed + standin.state().xai.billed, 0);
  EXPECT_EQ(standin.state().keepa.redirects_followed + standin.state().xai.redirects_followed, 0);

  get(standin.keepa_url(), "/redirected");
  standin.keepa("/redirected");
  get(standin.xai_url(), "/redirected");
  get(standin.xai_url(), "/redirected", {"Authorization: Bearer " + standin.xai_key()});
  EXPECT_EQ(standin.state().keepa.redirects_followed, 2);
  EXPECT_EQ(standin.state().keepa.redirects_with_key, 1);
  EXPECT_EQ(standin.state().xai.redirects_followed, 2);
  EXPECT_EQ(standin.state().xai.redirects_with_key, 1);
}

void wait_for_calls_in_flight(const Standin& standin, int count) {
  while (standin.state().xai.in_flight != count) std::this_thread::yield();
}

// All at once: none of them waits for another's thread.
TEST(StandinFaults, FiftyHangingCallsHangTogetherUntilTheirClientsLeave) {
  Standin standin({"--switch", "xai.fault=hang"});
  const std::string body = yes_or_no("Is $5.00 reasonable?").dump();
  const HeaderLines headers = {"Content-Type: application/json",
                               "Authorization: Bearer " + standin.xai_key()};
  {
    std::vector<Call> calls;
    for (int i = 0; i < 50; ++i)
      calls.emplace_back(standin.xai_url(), "POST", "/v1/chat/completions", headers, body);
    wait_for_calls_in_flight(standin, 50);
    EXPECT_EQ(calls.front().reply(10).status, 0);
  }
  wait_for_calls_in_flight(standin, 0);
  EXPECT_EQ(standin.state().xai.billed, 50);
  EXPECT_EQ(standin.state().xai.most_for_one_prompt, 50);
}

TEST(StandinFaults, AHangingExchangeHasGivenAToken) {
  Standin standin({"--switch", "lwa.fault=hang"});
  {
    Call call(standin.lwa_url(), "POST", "/auth/o2/token", {kForm}, standin.form());
    while (standin.state().lwa.in_flight == 0) std::this_thread::yield();
    EXPECT_EQ(standin.state().lwa.exchanges, 1);
    EXPECT_EQ(call.reply(10).ending, Reply::Ending::silent);
  }
  while (standin.state().lwa.in_flight != 0) std::this_thread::yield();
}

TEST(StandinFaults, FiftySlowAnswersAllCome) {
  Standin standin({"--tokens", "1000", "--switch", "keepa.fault=slow", "--switch", "keepa.slow_ms=300"});
  std::vector<Call> calls;
  for (int i = 0; i < 50; ++i) {
    calls.emplace_back(standin.keepa_url(), "GET", "/product?asin=B1&key=" + standin.keepa_key());
  }
  for (Call& call : calls) EXPECT_EQ(call.reply().status, 200);
  EXPECT_EQ(standin.state().keepa.tokens, 950);
}

TEST(StandinFaults, AHangingRequestToKeepaWasChargedFor) {
  Standin standin({"--switch", "keepa.fault=hang"});
  Call call(standin.keepa_url(), "GET", "/deal?key=" + standin.keepa_key());
  while (standin.state().keepa.consumed == 0) std::this_thread::yield();
  EXPECT_EQ(call.reply(10).ending, Reply::Ending::silent);
}

}  // namespace
}  // namespace purser::test
