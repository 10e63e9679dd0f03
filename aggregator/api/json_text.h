// JSON written as text at once, for answers of many samples: a tree of values would take ten times
// the memory and time.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "aggregator/api/operation.h"
#include "common/model/series.h"

namespace headroom::api {

inline constexpr std::size_t kPieceBytes = 64u << 10;

// The shortest decimal text that reads back as the same number; whole numbers without a fraction,
// what is not finite as null.
void append_number(std::string& text, double value);
// Unix seconds, with milliseconds where there are any.
void append_seconds(std::string& text, UnixMs time);

// Hands on what is written in pieces. After a refusal of `write` it writes nothing more.
class JsonText {
 public:
  explicit JsonText(const Write& write) : write_(write) {}

  // JSON as it stands.
  JsonText& raw(std::string_view json);
  // A string with its quotes.
  JsonText& text(std::string_view value);
  // [[seconds, value], …]
  JsonText& samples(std::span<const Sample> samples);
  // {"key": "value", …}
  JsonText& attributes(const Attributes& attributes);
  // "metric": …, "unit": …, "kind": …, "attributes": {…}, without braces around.
  JsonText& series(const Series& series);

  // False once nobody wants the rest.
  bool wanted() const { return wanted_; }
  // Hands over what is left.
  void finish();

 private:
  void hand_over_if_full() {
    if (buffer_.size() >= kPieceBytes) finish();
  }

  const Write& write_;
  std::string buffer_;
  bool wanted_ = true;
};

}  // namespace headroom::api
