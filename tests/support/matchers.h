// Errors as expectations, and enums by their names in what a failing test prints.
#pragma once

#include <gtest/gtest.h>

#include <concepts>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>

#include "purser/error.h"

namespace purser::test {

template <typename Enum>
concept IsEnum = std::is_enum_v<Enum>;
template <typename Enum>
concept HasName = IsEnum<Enum> && requires(const Enum value) {
  { name_of(value) } -> std::convertible_to<std::string_view>;
};

// An enum without a name prints as its number; googletest by itself prints the bytes of either.
template <IsEnum Enum>
void PrintTo(const Enum& value, std::ostream* out) {
  if constexpr (std::same_as<Enum, ErrorCode>)
    *out << error_name(value);
  else if constexpr (HasName<Enum>)
    *out << name_of(value);
  else
    *out << +static_cast<std::underlying_type_t<Enum>>(value);
}

// The Error that `call` throws; nullopt when it throws none. Other exceptions pass.
template <typename Call>
std::optional<Error> thrown_by(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

template <typename Call>
std::optional<ErrorCode> error_of(Call&& call) {
  auto error = thrown_by(call);
  return error ? std::optional(error->code()) : std::nullopt;
}

// "" when nothing is thrown.
template <typename Call>
std::string message_of(Call&& call) {
  auto error = thrown_by(call);
  return error ? error->what() : "";
}

// The message of the Error with this code, which `call` has to throw.
template <typename Call>
std::string message_of(ErrorCode code, Call&& call) {
  auto error = thrown_by(call);
  std::string message = error ? error->what() : "nothing was thrown";
  EXPECT_EQ(error ? std::optional(error->code()) : std::nullopt, code) << message;
  return message;
}

// The predicate of EXPECT_PURSER_ERROR.
class ThrowsError {
 public:
  ThrowsError(std::optional<ErrorCode> code, std::string_view statement)
      : code_(code), statement_(statement) {}

  template <typename Call>
  testing::AssertionResult operator()(const char*, const Call& call) const {
    auto error = thrown_by(call);
    if (error ? error->code() == code_ : !code_) return testing::AssertionSuccess();
    auto failure = testing::AssertionFailure();
    failure << "    Call: " << statement_ << "\nExpected: " << (code_ ? error_name(*code_) : "no error");
    if (error) return failure << "\n  Thrown: " << error_name(error->code()) << ": " << error->what();
    return failure << "\n  Thrown: nothing";
  }

 private:
  std::optional<ErrorCode> code_;
  std::string_view statement_;
};

}  // namespace purser::test

// googletest looks for PrintTo in the namespace of the enum.
namespace purser {
using test::PrintTo;
}
namespace purser::maintenance {
using test::PrintTo;
}
namespace purser::http {
using test::PrintTo;
}
namespace purser::keepa {
using test::PrintTo;
}
namespace purser::spapi {
using test::PrintTo;
}
namespace purser::spapi::lwa {
using test::PrintTo;
}
namespace purser::store {
using test::PrintTo;
}
namespace purser::xai {
using test::PrintTo;
}

// The expression throws an Error with this code; nullopt for none. Its value is discarded.
#define EXPECT_PURSER_ERROR(code, ...)                                 \
  EXPECT_PRED_FORMAT1(::purser::test::ThrowsError(code, #__VA_ARGS__), \
                      ([&] { static_cast<void>(__VA_ARGS__); }))
#define EXPECT_NO_PURSER_ERROR(...) EXPECT_PURSER_ERROR(std::nullopt, __VA_ARGS__)
