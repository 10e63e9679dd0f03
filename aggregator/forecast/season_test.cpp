#include "aggregator/forecast/season_test.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kBins = 168;    // per period: an hour of a week
constexpr std::size_t kPeriods = 60;  // older ones say nothing about the season of today
constexpr std::size_t kLags = 5;      // correlations over this many periods are pooled

// Means over bins, `bins` to a period, aligned to the end; an empty bin is interpolated from its
// neighbours.
std::vector<double> binned(std::span<const double> values, std::size_t period, std::size_t bins) {
  const std::size_t periods = std::min(values.size() / period, kPeriods);
  // What is left over at the old end joins as whole bins, up to one period less one bin.
  const std::size_t spare =
      periods < kPeriods ? (values.size() - periods * period) * bins / period : 0;
  const std::size_t count = periods * bins + spare;
  std::vector<double> sums(count, 0.0);
  std::vector<std::size_t> known(count, 0);
  std::size_t bin = 0;        // floor(age × bins / period), without a division per value
  std::size_t remainder = 0;  // age × bins modulo period
  for (std::size_t age = 0; age < values.size() && bin < count; ++age) {
    const double value = values[values.size() - 1 - age];
    if (!std::isnan(value)) {
      sums[count - 1 - bin] += value;
      ++known[count - 1 - bin];
    }
    remainder += bins;
    if (remainder >= period) {
      remainder -= period;
      ++bin;
    }
  }
  std::size_t last = count;
  for (std::size_t i = 0; i < count; ++i) {
    if (known[i] == 0) continue;
    sums[i] /= real(known[i]);
    const std::size_t first_empty = last == count ? 0 : last + 1;
    for (std::size_t j = first_empty; j < i; ++j) {
      const double share = last == count ? 1.0 : real(j - last) / real(i - last);
      sums[j] = last == count ? sums[i] : sums[last] + share * (sums[i] - sums[last]);
    }
    last = i;
  }
  for (std::size_t j = last + 1; last < count && j < count; ++j) sums[j] = sums[last];
  return sums;
}

// Sum of squared autocorrelations over lags -window … window, by trapezoids over lags that grow by
// a fifth.
double bartlett_sum(const std::vector<double>& y, std::size_t window) {
  const double variance = lagged_product(y, 0);
  if (!(variance > 0)) return 1;
  double sum = 1;
  double last_square = 0;
  std::size_t last_lag = 0;
  for (std::size_t lag = 1; lag < window && lag < y.size(); lag += lag / 5 + 1) {
    const double r = lagged_product(y, lag) / variance * real(y.size()) / real(y.size() - lag);
    const double square = std::min(r * r, 1.0);
    sum += last_lag == 0 ? 2 * square : real(lag - last_lag) * (square + last_square);
    last_square = square;
    last_lag = lag;
  }
  return sum;
}

// The value at `place` of the sorted values, by selection; `place` may lie between two.
double order_statistic(std::span<double> values, double place) {
  const auto below = static_cast<std::size_t>(place);
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), middle, values.end());
  if (below + 1 >= values.size()) return *middle;
  const double next = *std::min_element(middle + 1, values.end());
  return *middle + (place - real(below)) * (next - *middle);
}

}  // namespace

std::vector<double> clipped(std::span<const double> values, double share) {
  std::vector<double> known;
  const std::size_t stride = values.size() / 50'000 + 1;
  known.reserve(values.size() / stride + 1);
  for (std::size_t i = 0; i < values.size(); i += stride) {
    if (std::isfinite(values[i])) known.push_back(values[i]);
  }
  std::vector<double> result(values.begin(), values.end());
  if (known.empty()) return result;
  const double last = real(known.size() - 1);
  const double low = order_statistic(known, share * last);
  const double high = order_statistic(known, (1 - share) * last);
  if (low < high) {
    for (double& value : result) value = std::isnan(value) ? value : std::clamp(value, low, high);
  }
  return result;
}

double lagged_product(std::span<const double> y, std::size_t lag) {
  if (lag >= y.size()) return 0;
  const double* later = y.data() + lag;
  const std::size_t pairs = y.size() - lag;
  // Four sums side by side: one would wait for itself.
  double sums[4] = {0, 0, 0, 0};
  std::size_t i = 0;
  for (; i + 4 <= pairs; i += 4) {
    for (std::size_t k = 0; k < 4; ++k) sums[k] += y[i + k] * later[i + k];
  }
  for (; i < pairs; ++i) sums[0] += y[i] * later[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

void interpolate(std::span<double> y) {
  std::size_t last = y.size();
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (std::isnan(y[i])) continue;
    for (std::size_t j = last == y.size() ? 0 : last + 1; j < i; ++j) {
      const double share = last == y.size() ? 1 : real(j - last) / real(i - last);
      y[j] = last == y.size() ? y[i] : y[last] + share * (y[i] - y[last]);
    }
    last = i;
  }
  for (std::size_t j = last + 1; last < y.size() && j < y.size(); ++j) y[j] = y[last];
}

std::vector<double> detrended(std::span<const double> y, std::size_t window) {
  const std::size_t n = y.size();
  HEADROOM_ASSERT(window > 0 && window < n);
  std::vector<double> prefix(n + 1, 0.0);
  for (std::size_t i = 0; i < n; ++i) prefix[i + 1] = prefix[i] + y[i];
  const std::size_t half = window / 2;
  std::vector<double> result(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t centre = std::clamp(i, half, n - 1 - half);
    double sum = prefix[centre + half + 1] - prefix[centre - half];
    // An even window weighs its two outermost values by one half.
    if (window % 2 == 0) sum -= (y[centre - half] + y[centre + half]) / 2;
    result[i] = y[i] - sum / real(window);
  }
  return result;
}

void remove_phase_means(std::span<double> y, std::size_t period) {
  for (std::size_t phase = 0; phase < period && phase < y.size(); ++phase) {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = phase; i < y.size(); i += period) {
      if (std::isnan(y[i])) continue;
      sum += y[i];
      ++count;
    }
    if (count == 0) continue;
    for (std::size_t i = phase; i < y.size(); i += period) y[i] -= sum / real(count);
  }
}

PeriodTest test_period(std::span<const double> values, std::size_t period, std::size_t inner) {
  HEADROOM_ASSERT(period >= kPeriodMin && values.size() / 2 >= period);
  PeriodTest result;
  std::size_t bins = period / ((period + kBins - 1) / kBins);
  std::size_t inner_bins = 0;
  if (inner > 0 && period % inner == 0 && period / inner <= kBins) {
    const std::size_t ratio = period / inner;
    bins = std::max(bins / ratio, std::size_t{1}) * ratio;
    inner_bins = bins / ratio;
  }
  std::vector<double> y = detrended(binned(values, period, bins), bins);
  if (inner_bins > 0) remove_phase_means(y, inner_bins);
  const double variance = lagged_product(y, 0) / real(y.size());
  if (!(variance > 0)) return result;

  // A smooth longer pattern looks alike one short period away, so one looks a seventh of it away:
  // one day, for a week.
  const std::size_t away =
      inner_bins > 0 ? std::max<std::size_t>(bins / inner_bins / 7, 1) * inner_bins : 0;
  double correlation = 0;
  double pairs = 0;
  double next = 0;
  double most = 0;
  std::size_t lags = 0;
  for (std::size_t j = 1; j <= kLags && j * bins + away < y.size(); ++j) {
    const auto r = [&](std::size_t lag) {
      return lagged_product(y, lag) / variance / real(y.size() - lag);
    };
    const double weight = real(y.size() - j * bins);
    double excess = r(j * bins);
    if (away > 0) excess -= (r(j * bins - away) + r(j * bins + away)) / 2;
    correlation += weight * excess;
    pairs += weight;
    ++lags;
    if (j == 1) next = excess;
    most = std::max(most, excess);
  }
  if (!(pairs > 0)) return result;
  correlation /= pairs;
  remove_phase_means(y, bins);
  const double error = std::sqrt(bartlett_sum(y, bins) * (inner_bins > 0 ? 1.5 : 1.0) / pairs);
  result.correlation = std::clamp(correlation, -1.0, 1.0);
  result.recurs = next + 2 * error * std::sqrt(real(lags)) >= most / 2;
  result.p_value = std::erfc(correlation / error / std::sqrt(2.0)) / 2;
  return result;
}

}  // namespace headroom::forecast
