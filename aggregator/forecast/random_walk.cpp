#include "aggregator/forecast/random_walk.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {

RandomWalk::RandomWalk(std::span<const double> truth, double least) {
  double sum = 0;
  std::size_t pairs = 0;
  std::optional<double> last;
  for (const double value : truth) {
    if (std::isnan(value)) continue;
    if (last) {
      sum += std::abs(value - *last);
      ++pairs;
    }
    last = value;
  }
  // The mean absolute value of a normal variable is sqrt(2 / pi) of its standard deviation.
  one_step_ = std::max(least, pairs > 0 ? 1.2533 * sum / real(pairs) : 0.0);
}

ErrorBounds RandomWalk::at(std::size_t step, double level) const {
  const double half = one_step_ * std::sqrt(real(step)) * -normal_quantile((1 - level) / 2);
  return {-half, half};
}

double normal_quantile(double p) {
  HEADROOM_ASSERT(p > 0 && p < 1);
  double low = -40;
  double high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::sqrt(2.0)) / 2 < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace headroom::forecast
