// Which series: `metric{key="value",other!="x",more=~"a|b",not!~"c.*"}`, as Prometheus writes it,
// with OpenTelemetry's dotted names allowed everywhere. Regular expressions are RE2's (linear in
// time) and match the whole value; an attribute that a series does not have is matched as the empty
// text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/model/series.h"

namespace re2 {
class RE2;
}

namespace headroom::store {

inline constexpr std::size_t kSelectorBytes = 4096;
inline constexpr std::size_t kSelectorMatchers = 32;

struct Matcher {
  enum class Op { kEqual, kNotEqual, kMatch, kNotMatch };
  std::string key;  // "__name__" is the metric
  Op op = Op::kEqual;
  std::string value;
  std::shared_ptr<const re2::RE2> regex;  // for kMatch and kNotMatch

  bool matches(std::string_view text) const;
};

struct Selector {
  std::vector<Matcher> matchers;  // all must hold
  bool matches(const Series& series) const;

  static Matcher equal(std::string_view key, std::string_view value);
};

inline constexpr std::string_view kNameKey = "__name__";

// Errors: kInvalidArgument that says what was expected where; kLimitExceeded.
Result<Selector> parse_selector(std::string_view text);

}  // namespace headroom::store
