// One collect() reads several files; each gives what it can, and the first failure is what is
// reported.
#pragma once

#include <optional>
#include <utility>

#include "common/base/result.h"

namespace headroom::agent {

class FirstFailure {
 public:
  void add(Error error) {
    if (!error_) error_ = std::move(error);
  }
  explicit operator bool() const { return error_.has_value(); }
  Status status() const {
    if (error_) return fail(*error_);
    return {};
  }

 private:
  std::optional<Error> error_;
};

}  // namespace headroom::agent
