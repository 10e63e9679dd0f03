// A quantile sketch that can be merged: counts of values in buckets whose bounds grow by a constant
// factor, so that every quantile is within kSketchAccuracy of the true one, relative to its value.
// Method: Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
// relative-error guarantees", VLDB 2019.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/model/series.h"

namespace headroom::store {

inline constexpr double kSketchAccuracy = 0.01;
// Buckets of one sign. Beyond it those nearest to zero are folded into one: 1024 of them span more
// than eight decades.
inline constexpr std::size_t kSketchBuckets = 1024;

class Sketch {
 public:
  // Not NaN; infinities count as the largest double.
  void add(double value, std::uint64_t times = 1);
  void merge(const Sketch& other);
  std::uint64_t count() const { return count_; }
  // The value of rank q·(count − 1). q in [0, 1]; there must be a value.
  double quantile(double q) const;

  // Short: varints of the differences between bucket numbers, and of the counts.
  std::string serialize() const;
  // Errors: kCorruption.
  static Result<Sketch> parse(std::string_view bytes);

 private:
  using Buckets = std::map<std::int32_t, std::uint64_t>;
  static void limit(Buckets& buckets);

  Buckets positive_;
  Buckets negative_;  // by magnitude
  std::uint64_t zero_ = 0;
  std::uint64_t count_ = 0;
};

// Whether a series' hours carry a sketch: demand, and what is called a latency or duration.
bool wants_sketch(const Series& series);

}  // namespace headroom::store
