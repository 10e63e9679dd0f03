#include "aggregator/forecast/anomaly/level.h"

#include <cmath>

namespace headroom::forecast {

std::optional<double> LevelMemory::observe(double value) {
  if (const auto gone = recent_.push(value)) before_.push(*gone);
  if (!before_.full()) return std::nullopt;
  return std::abs(recent_.median() - before_.median());
}

}  // namespace headroom::forecast
