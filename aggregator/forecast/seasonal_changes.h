// A series as its changes against the season before, and the way back: what the learning models
// learn from and forecast by recursion.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "aggregator/forecast/model.h"
#include "aggregator/forecast/transform.h"

namespace headroom::forecast {

// g = log(y) where the values allow it, else y; z[t] = g[t] - g[t - difference].
class SeasonalChanges {
 public:
  // More than `difference` values, which is at least 1.
  SeasonalChanges(std::span<const double> values, std::size_t difference);

  std::size_t size() const { return levels_.size(); }
  std::size_t difference() const { return difference_; }
  std::span<const double> levels() const { return levels_; }    // g
  std::span<const double> changes() const { return changes_; }  // z; 0 for the first season

  // What was known at an earlier moment, with the same logarithm and bounds; `end` > difference().
  SeasonalChanges until(std::size_t end) const;

  // Appends a forecast change and returns the value it means, in the series' unit. The change is
  // held within [min - 2 sd, max + 2 sd] of the changes known at the start and the level within the
  // same band of the levels, so that no feedback runs away. Nothing for what is not finite.
  std::optional<double> push(double change);

 private:
  struct Band {
    double least = 0;
    double most = 0;
  };
  static Band band_of(std::span<const double> values);

  Transform transform_;
  std::size_t difference_ = 1;
  std::vector<double> levels_;
  std::vector<double> changes_;
  Band level_band_;
  Band change_band_;
};

// The season where three of it and `rows` more points are there, else 1.
std::size_t difference_of(const Series& series, std::size_t rows);

}  // namespace headroom::forecast
