#include "xai/service_options.h"

#include <fmt/format.h>

#include <charconv>

#include "base/environment.h"
#include "base/text.h"
#include "http/transport.h"

namespace purser::xai {
namespace {

std::optional<int> max_tokens_of_the_environment() {
  std::string text = environment("XAI_MAX_TOKENS");
  if (text.empty()) return std::nullopt;
  int number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= kMinTokens &&
      number <= kMaxTokens) {
    return number;
  }
  throw Error(ErrorCode::usage,
              fmt::format("XAI_MAX_TOKENS: must be a whole number from {} to {}", kMinTokens, kMaxTokens));
}

}  // namespace

ServiceOptions checked(ServiceOptions options) {
  require_name("model", options.model);
  if (!options.api_key.empty() && options.model.find(options.api_key) != std::string::npos)
    throw Error(ErrorCode::usage,
                "model: this is the API key, which is never printed: set XAI_MODEL to a model");
  if (options.tries < 1) throw Error(ErrorCode::usage, "tries: must be at least 1");
  if (options.connect_deadline < Duration{1}) {
    throw Error(ErrorCode::usage, "connect deadline: must be at least 1 ms");
  }
  if (options.deadline < Duration{1} || options.deadline > kMaxDeadline) {
    throw Error(ErrorCode::usage, "deadline: must be from 1 ms to 1 hour");
  }
  if (options.max_tokens && (*options.max_tokens < kMinTokens || *options.max_tokens > kMaxTokens)) {
    throw Error(ErrorCode::usage, fmt::format("max tokens: must be from {} to {}", kMinTokens, kMaxTokens));
  }
  options.base_url = http::base_address(std::move(options.base_url));
  return options;
}

ServiceOptions ServiceOptions::from_environment() {
  ServiceOptions options;
  options.api_key = environment("XAI_API_KEY");
  if (options.api_key.empty()) options.api_key = environment("XAI_TOKEN");
  if (auto model = environment("XAI_MODEL"); !model.empty()) options.model = model;
  if (auto url = environment("PURSER_XAI_URL"); !url.empty()) options.base_url = url;
  options.max_tokens = max_tokens_of_the_environment();
  return options;
}

}  // namespace purser::xai
