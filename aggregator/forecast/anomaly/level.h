// Whether the level has moved: the median of the newest values against that of the values before
// them. Medians, so that a burst shorter than half of either window moves neither.
#pragma once

#include <cstddef>
#include <optional>

#include "aggregator/forecast/anomaly/sorted_window.h"

namespace headroom::forecast {

class LevelMemory {
 public:
  static constexpr std::size_t kRecent = 36;
  static constexpr std::size_t kBefore = 144;

  LevelMemory() : recent_(kRecent), before_(kBefore) {}

  // Size of the step between the two medians; nothing until both windows are full.
  std::optional<double> observe(double value);
  // Median of the newest values; there must have been one.
  double level() const { return recent_.median(); }
  bool empty() const { return recent_.size() == 0; }

  std::size_t memory_bytes() const { return recent_.memory_bytes() + before_.memory_bytes(); }

 private:
  SortedWindow<double> recent_;
  SortedWindow<double> before_;
};

}  // namespace headroom::forecast
