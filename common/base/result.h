// Errors that can happen are values. Result<T> holds a T or an Error whose message an administrator
// can act on: what failed, on what, what to do. Errors that cannot happen are asserts, and those
// stay on in release builds.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace headroom {

enum class ErrorCode {
  kInvalidArgument,  // the caller or a user said something that cannot be meant
  kNotFound,
  kAlreadyExists,
  kPermissionDenied,
  kUnavailable,    // may go away by itself: peer not there, disk full, busy
  kLimitExceeded,  // one of the named limits was crossed
  kCorruption,     // stored or received bytes are not what was written
  kUnsupported,    // another version, an absent kernel feature
  kCancelled,      // whoever asked does not want it any more
  kInternal,
};

// The code's name as people and machines read it, for example "not_found".
const char* to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  // The same error seen from one storey higher: "<context>: <message>".
  Error within(const std::string& context) const { return {code, context + ": " + message}; }
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

// What errno says, with what was tried: "open /etc/x: No such file or directory".
Error errno_error(const std::string& what);

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace headroom

// Stays on in release builds: a broken invariant stops the process before it can write a wrong
// byte.
#define HEADROOM_ASSERT(expression)                     \
  (static_cast<bool>(expression) ? static_cast<void>(0) \
                                 : ::headroom::assertion_failed(#expression, __FILE__, __LINE__))
