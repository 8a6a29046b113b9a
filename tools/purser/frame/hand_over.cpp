// The verbs that call a service, in `purser`: it replaces itself with purser-net (exec), which has the same
// words, environment, standard streams and parent, so that no caller notices a second program.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "frame/context.h"
#include "frame/verbs.h"

namespace purser::cli {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& program, int error) {
  throw Error(ErrorCode::no_services, fmt::format("cannot run {}, which calls the services: {}; "
                                                  "install Purser whole, or build it with PURSER_SERVICES=ON",
                                                  program.string(), std::strerror(error)));
}

// PURSER_NET is the path from this program's folder, the same where it is installed and where it is built.
std::filesystem::path purser_net() {
  std::error_code unknown;
  auto own = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (unknown) refuse(PURSER_NET, unknown.value());  // a relative path would run one of the current folder
  return (own.parent_path() / PURSER_NET).lexically_normal();
}

[[noreturn]] void hand_over(const Context& context) {
  std::vector<std::string> words = context.words();
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::filesystem::path program = purser_net();
  execv(program.c_str(), pointers.data());
  refuse(program, errno);
}

}  // namespace

int run_keepa_refresh(Context& context, const Arguments&) { hand_over(context); }
int run_acquire_with_refresh(Context& context, const Arguments&) { hand_over(context); }
int run_xai_judge(Context& context, const Arguments&) { hand_over(context); }
int run_xai_query(Context& context, const Arguments&) { hand_over(context); }
int run_spapi_token(Context& context, const Arguments&) { hand_over(context); }
int run_spapi_probe(Context& context, const Arguments&) { hand_over(context); }
int run_spapi_restrictions(Context& context, const Arguments&) { hand_over(context); }

}  // namespace purser::cli
