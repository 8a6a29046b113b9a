#include "standin/xai/xai.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "standin/wire/encoding.h"
#include "standin/wire/faults.h"
#include "standin/wire/random.h"
#include "standin/xai/responses.h"

namespace standin {

using nlohmann::json;

// What a request asks for, as far as the stand-in reads it.
struct Xai::Question {
  std::string model;
  std::string prompt;          // the last message of the user
  std::size_t characters = 0;  // of all messages
  std::string property;        // the boolean that the schema asks for; "" if it asks for none
  bool reasons = true;
};

struct Xai::Usage {
  std::int64_t prompt = 0, cached = 0, completion = 0, reasoning = 0, cost_ticks = 0;
};

namespace {

constexpr char kCompletions[] = "/v1/chat/completions";

// 1 USD is 10^10 ticks. grok-4.3 costs 1.25, 0.20 and 2.50 USD for a million tokens in, cached and out.
constexpr std::int64_t kTicksIn = 12'500, kTicksCached = 2'000, kTicksOut = 25'000;

std::string text_of(const json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) return text;
  for (const json& part : content) {
    if (part.is_object()) text += part.value("text", "");
  }
  return text;
}

std::string boolean_property_of(const json& body) {
  const json schema =
      body.value(json::json_pointer("/response_format/json_schema/schema/properties"), json());
  if (!schema.is_object()) return "";
  for (const auto& [name, property] : schema.items()) {
    if (property.is_object() && property.value("type", json()) == "boolean") return name;
  }
  return "";
}

// The cents of an amount like "1,234.5" at the beginning of `text`; nullopt if there is none.
std::optional<long long> amount_at(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c == ',') continue;
    if (c != '.' && (std::isdigit(static_cast<unsigned char>(c)) == 0)) break;
    if (c == '.' && digits.find('.') != std::string::npos) break;
    digits += c;
  }
  if (!digits.empty() && digits.back() == '.') digits.pop_back();  // the end of a sentence
  return hundredths(digits);
}

bool is_reasonable(const std::string& prompt, long long bound) {
  std::optional<long long> last;
  for (auto at = prompt.find('$'); at != std::string::npos; at = prompt.find('$', at + 1)) {
    const auto amount = amount_at(std::string_view(prompt).substr(at + 1));
    if (amount) last = amount;
  }
  return !last || *last <= bound;
}

std::vector<std::string> with_normal(const std::vector<std::string>& errors,
                                     const std::vector<std::string>& distortions) {
  std::vector<std::string> all = {"normal"};
  all.insert(all.end(), errors.begin(), errors.end());
  all.insert(all.end(), distortions.begin(), distortions.end());
  return all;
}

Response not_allowed() {
  Response response;
  response.status = 405;
  response.content_type.clear();
  response.headers.emplace_back("Allow", "POST");
  return response;
}

Response ok(const json& body) {
  Response response;
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  return response;
}

std::vector<std::string> separated(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream stream(list);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

}  // namespace

void declare_xai(Switches& switches) {
  declare_faults(switches, "xai");
  switches.declare({"xai.answer", "normal", with_normal(names_of_errors(), names_of_distortions()),
                    "the answer to a request for a completion with the right key: an error, which is not "
                    "billed, or a completion of no use, which is billed (the last twelve)"});
  switches.declare({"xai.wrong_key_form",
                    "old",
                    {"old", "new"},
                    "the code of the 400 to a wrong key: \"Client specified an invalid argument\" or "
                    "\"invalid-argument\"",
                    {},
                    {},
                    false});
  switches.declare(
      {"xai.malformed_bearer",
       "401",
       {"401", "400"},
       "the answer to an Authorization that is no Bearer: a status of its own, or that of a wrong key",
       {},
       {},
       false});
  switches.declare({"xai.completion_tokens",
                    "without_reasoning",
                    {"without_reasoning", "with_reasoning"},
                    "whether completion_tokens counts the reasoning tokens too",
                    {},
                    {},
                    false});
  switches.declare({"xai.api_key",
                    "ok",
                    {"ok", "team_blocked", "key_blocked", "disabled"},
                    "what GET /v1/api-key says of the key",
                    {},
                    {},
                    false});
  switches.declare({"xai.models",
                    "grok-4.3,grok-4.5,grok-4.6",
                    {},
                    "the models that exist",
                    "names with commas between",
                    [](const std::string& text) { return !text.empty(); },
                    false});
  switches.declare({"xai.reasonable_up_to",
                    "60.00",
                    {},
                    "a boolean is answered true where the last \"$N.NN\" of the user's message is at most "
                    "this, or where there is none",
                    "US dollars with at most two places",
                    [](const std::string& text) { return hundredths(text).has_value(); },
                    false});
}

Xai::Xai(std::string key, Now now, Switches& switches)
    : key_(std::move(key)), now_(std::move(now)), switches_(switches), in_flight_(std::make_shared<int>()) {}

Response Xai::respond(const Request& request) {
  const bool is_call = request.method == "POST" && request.path == kCompletions;
  Response response;
  {
    std::lock_guard lock(mutex_);
    if (request.path == kRedirectTarget) return redirected(request);
    ++counts_.requests;
    if (is_call) ++counts_.calls;
    const std::string fault = switches_.use("xai.fault");
    const int fault_status = std::stoi(switches_.value("xai.fault_status"));
    if (auto instead = fault_response(fault, request, fault_status)) {
      response = std::move(*instead);
    } else {
      response = respond_without_fault(request);
      spoil(response, fault, std::chrono::milliseconds(std::stoll(switches_.value("xai.slow_ms"))),
            fault_status);
    }
    response.date_ms = now_() + skew_ms(fault);
    if (is_call) response.in_flight = in_flight_;
  }
  add_retry_after(response, switches_, "xai");
  add_headers(response);
  compress(response, request, switches_.value("xai.gzip"));
  return response;
}

Response Xai::respond_without_fault(const Request& request) {
  const bool known =
      request.path == kCompletions || request.path == "/v1/api-key" || request.path == "/v1/models";
  if (!known) return plain_not_found();
  if ((request.path == kCompletions) != (request.method == "POST")) return not_allowed();
  if (auto refusal = find_key_error(request)) return *refusal;
  if (request.path == "/v1/api-key") return api_key();
  if (request.path == "/v1/models") return models();
  return complete(request);
}

std::optional<Response> Xai::find_key_error(const Request& request) const {
  const std::string given = request.header("authorization");
  if (given.empty()) return no_credentials();
  if (given == "Bearer " + key_) return std::nullopt;
  const bool is_bearer = given.rfind("Bearer ", 0) == 0;
  if (!is_bearer && switches_.value("xai.malformed_bearer") == "401") return malformed_bearer();
  return wrong_key(switches_.value("xai.wrong_key_form") == "new");
}

Response Xai::complete(const Request& request) {
  const bool says_json = request.header("content-type").find("application/json") != std::string::npos;
  if (!says_json || request.body.empty()) {
    return xai_error(415, "Unsupported Media Type", "Expected request with `Content-Type: application/json`");
  }
  const json body = json::parse(request.body, nullptr, false);
  if (body.is_discarded()) return unparsable("expected value at line 1 column 1");
  if (!body.is_object() || !body.value("model", json()).is_string())
    return unparsable("missing field `model`");
  if (!body.value("messages", json()).is_array()) return unparsable("missing field `messages`");

  Question question{body["model"], "", 0, boolean_property_of(body),
                    body.value("reasoning_effort", json()) != "none"};
  for (const json& message : body["messages"]) {
    if (!message.is_object()) return unparsable("messages: expected an object");
    const std::string text = text_of(message.value("content", json()));
    question.characters += text.size();
    if (message.value("role", json()) == "user") question.prompt = text;
  }
  const std::string how = switches_.use("xai.answer");
  if (auto error = find_error(how, question.model)) return *error;
  if (!is_model(question.model)) return unknown_model(question.model);
  return completion(question, how);
}

Response Xai::completion(const Question& question, const std::string& how) {
  const Usage usage = bill(question);
  const bool verdict =
      is_reasonable(question.prompt, hundredths(switches_.value("xai.reasonable_up_to")).value());
  const std::string content =
      question.property.empty()
          ? fmt::format("You asked: {} The stand-in has no opinion.", question.prompt.substr(0, 60))
          : json{{question.property, verdict}}.dump();
  const bool counts_reasoning = switches_.value("xai.completion_tokens") == "with_reasoning";
  json body = {{"id", random_id()},
               {"object", "chat.completion"},
               {"created", now_() / 1000},
               {"model", question.model},
               {"choices",
                {{{"index", 0},
                  {"message", {{"role", "assistant"}, {"content", content}, {"refusal", nullptr}}},
                  {"finish_reason", "stop"}}}},
               {"usage",
                {{"prompt_tokens", usage.prompt},
                 {"completion_tokens", usage.completion + (counts_reasoning ? usage.reasoning : 0)},
                 {"total_tokens", usage.prompt + usage.completion + usage.reasoning},
                 {"prompt_tokens_details",
                  {{"text_tokens", usage.prompt},
                   {"audio_tokens", 0},
                   {"image_tokens", 0},
                   {"cached_tokens", usage.cached}}},
                 {"completion_tokens_details",
                  {{"reasoning_tokens", usage.reasoning},
                   {"audio_tokens", 0},
                   {"accepted_prediction_tokens", 0},
                   {"rejected_prediction_tokens", 0}}},
                 {"num_sources_used", 0},
                 {"cost_in_usd_ticks", usage.cost_ticks}}},
               {"system_fingerprint", "fp_standin0001"}};
  distort_completion(body, how, question.property.empty() ? "answer" : question.property);
  return ok(body);
}

Xai::Usage Xai::bill(const Question& question) {
  std::int64_t& billed = billed_by_prompt_[question.prompt];
  Usage usage;
  usage.prompt = static_cast<std::int64_t>(question.characters / 4 + 8);
  usage.cached = billed > 0 ? usage.prompt / 2 : 0;
  usage.completion = question.property.empty() ? 24 : 6;
  usage.reasoning = question.reasons ? 120 + static_cast<std::int64_t>(question.characters % 64) : 0;
  usage.cost_ticks = (usage.prompt - usage.cached) * kTicksIn + usage.cached * kTicksCached +
                     (usage.completion + usage.reasoning) * kTicksOut;
  ++billed;
  ++counts_.billed;
  counts_.tokens += usage.prompt + usage.completion + usage.reasoning;
  counts_.cost_ticks += usage.cost_ticks;
  return usage;
}

Response Xai::api_key() const {
  const std::string state = switches_.value("xai.api_key");
  return ok({{"redacted_api_key", "xai-****AgA"},
             {"user_id", "2f0c1d6e-58a1-4b7f-9a55-0d6f1f3b7a10"},
             {"name", "stand-in"},
             {"create_time", "2026-01-02T03:04:05.678901Z"},
             {"modify_time", "2026-01-02T03:04:05.678901Z"},
             {"modified_by", "2f0c1d6e-58a1-4b7f-9a55-0d6f1f3b7a10"},
             {"team_id", kTeam},
             {"acls", {"api-key:model:*", "api-key:endpoint:*"}},
             {"api_key_id", "c1b0a7de-6a3f-4b9e-8f21-5c8d0e9f7b62"},
             {"team_blocked", state == "team_blocked"},
             {"api_key_blocked", state == "key_blocked"},
             {"api_key_disabled", state == "disabled"}});
}

// A team without credits is refused the list, but not the figures of its key.
Response Xai::models() {
  const std::string how = switches_.value("xai.answer");
  if (how.rfind("no_credits_", 0) == 0) return find_error("no_credits_403", "").value();
  json data = json::array();
  for (const std::string& name : separated(switches_.value("xai.models"))) {
    data.push_back({{"id", name}, {"created", 1'767'225'600}, {"object", "model"}, {"owned_by", "xai"}});
  }
  return ok({{"data", data}, {"object", "list"}});
}

Response Xai::redirected(const Request& request) {
  ++counts_.redirects_followed;
  if (request.header("authorization").find(key_) != std::string::npos) ++counts_.redirects_with_key;
  Response response = ok(json::object());
  response.date_ms = now_();
  return response;
}

void Xai::add_headers(Response& response) {
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"x-request-id", random_id()},
      {"x-ratelimit-limit-requests", "9000"},
      {"x-ratelimit-remaining-requests", "8999"},
      {"x-ratelimit-limit-tokens", "50000000"},
      {"x-ratelimit-remaining-tokens", "49999000"},
      {"x-zero-data-retention", "false"},
      {"x-data-retention", "30d"},
      {"x-metrics-e2e-ms", "42"}};
  response.headers.insert(response.headers.end(), headers.begin(), headers.end());
}

bool Xai::is_model(const std::string& name) const {
  const std::vector<std::string> known = separated(switches_.value("xai.models"));
  return std::find(known.begin(), known.end(), name) != known.end();
}

json Xai::state() {
  std::lock_guard lock(mutex_);
  std::int64_t most = 0;
  for (const auto& [prompt, count] : billed_by_prompt_) most = std::max(most, count);
  return {{"requests", counts_.requests},
          {"calls", counts_.calls},
          {"billed", counts_.billed},
          {"tokens", counts_.tokens},
          {"cost_ticks", counts_.cost_ticks},
          {"distinct_prompts", billed_by_prompt_.size()},
          {"most_for_one_prompt", most},
          {"in_flight", in_flight_.use_count() - 1},
          {"redirects_followed", counts_.redirects_followed},
          {"redirects_with_key", counts_.redirects_with_key}};
}

void Xai::reset() {
  std::lock_guard lock(mutex_);
  counts_ = Counts{};
  billed_by_prompt_.clear();
}

}  // namespace standin
