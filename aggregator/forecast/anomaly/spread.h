// The size of what counts as ordinary change of a series, and the range that it has kept to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "aggregator/forecast/anomaly/sorted_window.h"

namespace headroom::forecast {

// Values must be finite and below a quarter of the largest double in size, so that differences are
// finite.
class Spread {
 public:
  static constexpr std::size_t kMostPast = 4096;  // thinned by the owner, who knows the step
  Spread() : past_(kMostPast) {}

  void learn(double value) { past_.push(value); }
  // The largest of several quantile ranges, the wider ones at a discount: a series that rests most
  // of the time and works seldom has a middle half without any width. Always above 0.
  double value() const;
  std::size_t memory_bytes() const { return past_.memory_bytes(); }

 private:
  SortedWindow<double> past_;
};

// Least and largest value of the last kDays days that have any.
class Range {
 public:
  static constexpr std::size_t kDays = 128;

  void learn(std::int64_t day, double value);
  bool empty() const { return days_.empty(); }
  double least() const { return least_; }
  double most() const { return most_; }
  double width() const { return empty() ? 0 : most_ - least_; }
  std::size_t memory_bytes() const { return days_.capacity() * sizeof(Day); }

 private:
  struct Day {
    std::int64_t day;
    double least;
    double most;
  };
  std::vector<Day> days_;  // a ring once full
  std::size_t newest_ = 0;
  double least_ = 0;
  double most_ = 0;
};

}  // namespace headroom::forecast
