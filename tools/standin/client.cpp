#include "standin/client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <httplib.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace standin {
namespace {

using nlohmann::json;

[[noreturn]] void exec_program(const std::vector<std::string>& words, int out, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a parent that is killed leaves no stand-in behind
  if (getppid() != parent) _exit(127);
  dup2(out, STDOUT_FILENO);
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  execv(pointers[0], pointers.data());
  _exit(127);
}

std::string first_line(int from) {
  std::string line;
  char byte = 0;
  for (;;) {
    const ssize_t count = read(from, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw std::runtime_error("the stand-in did not start: its words are on stderr");
    if (byte == '\n') return line;
    line += byte;
  }
}

std::int64_t number(const json& object, const char* name) { return object.at(name).get<std::int64_t>(); }

KeepaFigures keepa_figures(const json& at) {
  return {number(at, "tokens"),
          number(at, "rate"),
          number(at, "opening"),
          number(at, "generated"),
          number(at, "expired_unused"),
          number(at, "consumed"),
          number(at, "adjusted"),
          number(at, "lowest"),
          number(at, "requests"),
          number(at, "paid_requests"),
          number(at, "token_requests"),
          number(at, "refused"),
          number(at, "wrong_key"),
          number(at, "redirects_followed"),
          number(at, "redirects_with_key")};
}

XaiFigures xai_figures(const json& at) {
  return {number(at, "requests"),
          number(at, "calls"),
          number(at, "billed"),
          number(at, "tokens"),
          number(at, "cost_ticks"),
          number(at, "distinct_prompts"),
          number(at, "most_for_one_prompt"),
          number(at, "in_flight"),
          number(at, "redirects_followed"),
          number(at, "redirects_with_key")};
}

LwaFigures lwa_figures(const json& at) {
  return {number(at, "requests"),  number(at, "exchanges"),          number(at, "refused"),
          number(at, "in_flight"), number(at, "redirects_followed"), number(at, "redirects_with_secret")};
}

SpapiFigures spapi_figures(const json& at) {
  return {number(at, "requests"),           number(at, "answered"),
          number(at, "throttled"),          number(at, "forbidden"),
          number(at, "most_in_one_second"), number(at, "tokens_seen"),
          number(at, "distinct_asins"),     number(at, "in_flight"),
          number(at, "redirects_followed"), number(at, "redirects_with_token")};
}

}  // namespace

Process::Process(const std::filesystem::path& program, const std::vector<std::string>& options)
    : owner_(getpid()) {
  std::vector<std::string> words = {program.string(), "--json"};
  words.insert(words.end(), options.begin(), options.end());
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for the stand-in's words");
  std::fflush(nullptr);  // otherwise the child would write it again
  id_ = fork();
  if (id_ == 0) exec_program(words, ends[1], owner_);
  close(ends[1]);
  try {
    if (id_ < 0) throw std::runtime_error("no process for the stand-in");
    read_addresses(ends[0]);
  } catch (...) {
    close(ends[0]);
    kill();
    throw;
  }
  close(ends[0]);
}

Process::~Process() {
  if (getpid() == owner_) kill();
}

void Process::kill() {
  const pid_t id = std::exchange(id_, -1);
  if (id < 0) return;
  ::kill(id, SIGKILL);
  while (waitpid(id, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Process::read_addresses(int from) {
  const json reply = json::parse(first_line(from));
  keepa_url_ = reply.at("keepa_url");
  xai_url_ = reply.at("xai_url");
  lwa_url_ = reply.at("lwa_url");
  spapi_url_ = reply.at("spapi_url");
  sandbox_url_ = reply.at("sandbox_url");
  control_url_ = reply.at("control_url");
  clock_ = reply.at("clock");
  keepa_key_ = reply.at("keepa_key");
  xai_key_ = reply.at("xai_key");
  seller_id_ = reply.at("seller_id");
  client_id_ = reply.at("client_id");
  client_secret_ = reply.at("client_secret");
  refresh_token_ = reply.at("refresh_token");
}

std::map<std::string, std::string> Process::environment() const {
  return {{"PURSER_KEEPA_URL", keepa_url_},
          {"PURSER_XAI_URL", xai_url_},
          {"KEEPA_API_KEY", keepa_key_},
          {"XAI_API_KEY", xai_key_},
          {"PURSER_LWA_URL", lwa_url_},
          {"PURSER_SPAPI_URL", spapi_url_},
          {"PURSER_SPAPI_SANDBOX_URL", sandbox_url_},
          {"SP_API_SELLER_ID", seller_id_},
          {"SP_API_CLIENT_ID", client_id_},
          {"SP_API_CLIENT_SECRET", client_secret_},
          {"SP_API_REFRESH_TOKEN", refresh_token_}};
}

void Process::set_switch(const std::string& name, const std::string& value, std::optional<int> times) const {
  json wanted = {{"name", name}, {"value", value}};
  if (times) wanted["times"] = *times;
  ask("POST", "/switch", wanted.dump());
}

Figures Process::state() const {
  const json reply = json::parse(ask("GET", "/state"));
  return {number(reply, "now_ms"),      keepa_figures(reply.at("keepa")), xai_figures(reply.at("xai")),
          lwa_figures(reply.at("lwa")), spapi_figures(reply.at("spapi")), spapi_figures(reply.at("sandbox"))};
}

void Process::reset() const { ask("POST", "/reset"); }

std::string Process::ask(const std::string& method, const std::string& path, const std::string& body) const {
  httplib::Client control(control_url_);
  control.set_read_timeout(60);
  const auto result = method == "GET" ? control.Get(path) : control.Post(path, body, "application/json");
  if (!result)
    throw std::runtime_error("the stand-in does not answer: " + httplib::to_string(result.error()));
  if (result->status != 200) throw std::runtime_error("the stand-in: " + result->body);
  return result->body;
}

}  // namespace standin
