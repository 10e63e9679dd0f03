#include "aggregator/forecast/transform.h"

#include <algorithm>

namespace headroom::forecast {
namespace {

constexpr double kShiftShare = 0.1;   // of the mean size, where values reach 0
constexpr double kLeastShare = 1e-3;  // of the mean size, below which a value counts as 0

}  // namespace

Transform Transform::logarithm(std::span<const double> values) {
  double sum = 0;
  double least = values.empty() ? 0 : values.front();
  for (const double value : values) {
    sum += std::abs(value);
    least = std::min(least, value);
  }
  Transform transform;
  if (!(sum > 0)) return transform;
  const double mean = sum / static_cast<double>(values.size());
  const double shift = least > kLeastShare * mean ? 0 : kShiftShare * mean;
  if (!(least + shift > 0)) return transform;
  transform.log_ = true;
  transform.shift_ = shift;
  return transform;
}

}  // namespace headroom::forecast
