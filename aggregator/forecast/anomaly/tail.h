// How rarely a quantity has been as large as now, from its own past alone: the part of the past
// that was as large counts up to a high quantile; beyond it a Pareto tail is fitted to the largest
// values (Hill 1975, "A simple general approach to inference about the tail of a distribution"), so
// that what was never seen before is still ranked.
#pragma once

#include <cstddef>
#include <span>

#include "aggregator/forecast/anomaly/sorted_window.h"

namespace headroom::forecast {

// Hill's estimate of the tail index xi = 1/alpha from the largest values in descending order: the
// mean of ln(x_i / x_k) over the first k-1, x_k being the last of the span. 0 for fewer than two;
// all values must be above 0.
double hill_tail_index(std::span<const double> descending);

class TailSurprise {
 public:
  static constexpr std::size_t kLeastPast = 30;   // silent below
  static constexpr std::size_t kMostPast = 4096;  // older ones are forgotten
  static constexpr double kMost = 12;             // 10^-12 is as rare as it gets
  // What differs by less than this many spreads counts as equal: without it a series that repeats
  // itself exactly would be alarmed by its own rounding.
  static constexpr double kResolution = 0.01;

  TailSurprise() : past_(kMostPast) {}

  // -log10 of the estimated probability of a value of at least `size`, in [0, kMost]. Any size but
  // NaN.
  double of(double size) const;
  void learn(double size);

  std::size_t memory_bytes() const { return past_.memory_bytes(); }

 private:
  SortedWindow<float> past_;
};

}  // namespace headroom::forecast
