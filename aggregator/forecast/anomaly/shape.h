// How unlike anything before the newest stretch of a series is: the distance of its last kWindow
// values to the nearest stretch of the same length in the past (the left discord of Yeh et al.
// 2016, "Matrix Profile I", without their normalisation, because a flat stretch where there should
// be a peak is what is looked for).
//
// The distance of two stretches follows from the one a step earlier by adding the newest pair and
// taking the oldest away, so a step costs one pass over the lags. Values are kept as whole numbers
// of a thousandth of a spread: their sums of squares are exact, so nothing drifts however long the
// stream and no order of operations or width of vectors changes a bit.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace headroom::forecast {

class ShapeMemory {
 public:
  static constexpr std::size_t kWindow = 16;
  static constexpr std::size_t kMostLags = 4000;  // stretches that ended longer ago are forgotten

  // Root of the mean squared distance in units of `spread` (> 0, finite); nothing before two
  // stretches fit side by side. The value then belongs to the past. Capped at kMostDistance.
  std::optional<double> observe(double value, double spread);

  std::size_t memory_bytes() const {
    return (past_.capacity() + sums_.capacity()) * sizeof(double);
  }

  static constexpr double kUnitsPerSpread = 1024;  // at least half, at most eight times as many
  static constexpr double kMostUnits = 1 << 21;

 private:
  void rescale(double value, double spread);
  void push(double units);
  double update_sums();  // the least sum of a whole stretch
  void rebuild_sums();

  // Newest first from front_ on, so that the values of growing lags lie side by side.
  std::vector<double> past_;
  std::size_t front_ = 0;
  std::size_t size_ = 0;
  std::vector<double> sums_;  // of squared differences, for lags kWindow, kWindow + 1, …
  double unit_ = 0;
  double centre_ = 0;
};

}  // namespace headroom::forecast
