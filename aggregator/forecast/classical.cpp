#include "aggregator/forecast/classical.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {

std::optional<std::vector<double>> classical_season(std::span<const double> values,
                                                    std::size_t period, bool multiplicative) {
  const std::size_t n = values.size();
  if (period < 2 || n < 2 * period) return std::nullopt;
  std::vector<double> index(period, 0.0);
  std::vector<std::size_t> count(period, 0);
  const std::size_t half = period / 2;
  const bool even = period % 2 == 0;
  double sum = 0;  // of the window [i - half, i + half), or …i + half] for an odd period
  for (std::size_t i = 0; i < period; ++i) sum += values[i];
  for (std::size_t i = half; i + half < n; ++i) {
    // An even period's window is one value longer, its two outermost weighing one half.
    const double edge = even ? (values[i + half] - values[i - half]) / 2 : 0;
    const double mean = (sum + edge) / real(period);
    if (multiplicative && !(mean > 0)) return std::nullopt;
    index[i % period] += multiplicative ? values[i] / mean : values[i] - mean;
    ++count[i % period];
    const std::size_t next = i - half + period;
    if (next < n) sum += values[next] - values[i - half];
  }
  double mean = 0;
  for (std::size_t phase = 0; phase < period; ++phase) {
    if (count[phase] == 0) return std::nullopt;
    index[phase] /= real(count[phase]);
    mean += index[phase] / real(period);
  }
  if (multiplicative && !(mean > 0)) return std::nullopt;
  for (double& value : index) value = multiplicative ? value / mean : value - mean;
  const bool positive = *std::min_element(index.begin(), index.end()) > 1e-6;
  if (multiplicative && !positive) return std::nullopt;
  return index;
}

bool seems_seasonal(std::span<const double> values, std::size_t period) {
  const std::size_t n = values.size();
  if (period < 2 || n < 2 * period + 1) return false;
  double mean = 0;
  for (const double value : values) mean += value / real(n);
  std::vector<double> rest(n);
  for (std::size_t i = 0; i < n; ++i) rest[i] = values[i] - mean;
  double variance = 0;
  for (const double value : rest) variance += value * value;
  if (!(variance > 1e-20 * real(n))) return false;
  double squares = 0;
  for (std::size_t lag = 1; lag <= period; ++lag) {
    double product = 0;
    for (std::size_t i = lag; i < n; ++i) product += rest[i] * rest[i - lag];
    const double correlation = product / variance;
    if (lag == period)
      return std::abs(correlation) / std::sqrt((1 + 2 * squares) / real(n)) > 1.645;
    squares += correlation * correlation;
  }
  return false;
}

}  // namespace headroom::forecast
