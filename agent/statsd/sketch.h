// Quantiles of one interval's timings in a fixed amount of memory.
//
// Buckets whose bounds grow by a constant factor (as in DDSketch, Masson, Rim and Lee, PVLDB 12,
// 2019, section 2.2): a quantile is off by at most kRelativeError of itself, whatever the values
// are. Values outside of [kLeast, kMost] count as these bounds; the exact least and greatest value
// of the interval bound every answer.
#pragma once

#include <array>
#include <cstddef>

namespace headroom::agent::statsd {

class Sketch {
 public:
  static constexpr double kRelativeError = 0.02;
  static constexpr double kLeast = 1e-6;
  static constexpr double kMost = 1e9;

  // `weight`: how many events this value stands for, above 0.
  void add(double value, double weight);
  void clear();

  // All are NaN while there is no value; q from 0 to 1.
  double quantile(double q) const;
  double least() const;
  double greatest() const;
  double weight() const { return weight_; }

 private:
  // ceil(ln(kMost / kLeast) / ln((1 + e) / (1 - e))) + 1
  static constexpr std::size_t kBuckets = 865;
  static std::size_t bucket_of(double value);

  std::array<float, kBuckets> buckets_{};
  std::size_t first_ = kBuckets;  // buckets outside of [first_, last_] are empty
  std::size_t last_ = 0;
  double weight_ = 0;
  double least_ = 0;
  double greatest_ = 0;
};

}  // namespace headroom::agent::statsd
