#include "aggregator/forecast/season.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::size_t kBins = 168;    // per period: an hour of a week
constexpr std::size_t kPeriods = 60;  // older ones say nothing about the season of today
constexpr std::size_t kLags = 5;      // correlations over this many periods are pooled
constexpr std::size_t kPeriodMin = 3;

// The known values, clipped at their outermost 0.2 % so that one wild value cannot hide or feign a
// season.
std::vector<double> clipped(std::span<const double> values) {
  std::vector<double> known;
  const std::size_t stride = values.size() / 50'000 + 1;
  for (std::size_t i = 0; i < values.size(); i += stride) {
    if (std::isfinite(values[i])) known.push_back(values[i]);
  }
  std::sort(known.begin(), known.end());
  std::vector<double> result(values.begin(), values.end());
  if (known.empty()) return result;
  const double low = quantile_sorted(known, 0.002);
  const double high = quantile_sorted(known, 0.998);
  for (double& value : result) value = std::isnan(value) ? value : std::clamp(value, low, high);
  return result;
}

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
  for (std::size_t age = 0; age < values.size(); ++age) {
    const std::size_t bin = age * bins / period;
    if (bin >= count) break;
    const double value = values[values.size() - 1 - age];
    if (std::isnan(value)) continue;
    sums[count - 1 - bin] += value;
    ++known[count - 1 - bin];
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

// The series less a centred moving average of one period. Beyond its ends the average stays flat:
// going on in a line would make a single step in two periods look like a sawtooth that repeats.
std::vector<double> detrended(const std::vector<double>& y, std::size_t window) {
  const std::size_t n = y.size();
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

void remove_phase_means(std::vector<double>& y, std::size_t period) {
  for (std::size_t phase = 0; phase < period && phase < y.size(); ++phase) {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = phase; i < y.size(); i += period, ++count) sum += y[i];
    for (std::size_t i = phase; i < y.size(); i += period) y[i] -= sum / real(count);
  }
}

double lagged_product(const std::vector<double>& y, std::size_t lag) {
  double sum = 0;
  for (std::size_t i = lag; i < y.size(); ++i) sum += y[i] * y[i - lag];
  return sum;
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

// Tests one period in `values` (clipped); `inner` is a shorter period that has been found already,
// 0 for none.
Season test_period(std::span<const double> values, std::size_t period, std::size_t inner) {
  Season season{.period = period};
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
  if (!(variance > 0)) return season;

  double correlation = 0;
  double pairs = 0;
  for (std::size_t j = 1; j <= kLags && j * bins + inner_bins < y.size(); ++j) {
    const auto r = [&](std::size_t lag) {
      return lagged_product(y, lag) / variance / real(y.size() - lag);
    };
    const double weight = real(y.size() - j * bins);
    double excess = r(j * bins);
    if (inner_bins > 0) excess -= (r(j * bins - inner_bins) + r(j * bins + inner_bins)) / 2;
    correlation += weight * excess;
    pairs += weight;
  }
  if (!(pairs > 0)) return season;
  correlation /= pairs;
  remove_phase_means(y, bins);
  const double error = std::sqrt(bartlett_sum(y, bins) * (inner_bins > 0 ? 1.5 : 1.0) / pairs);
  season.strength = std::clamp(correlation, 0.0, 1.0);
  season.p_value = std::erfc(correlation / error / std::sqrt(2.0)) / 2;
  return season;
}

}  // namespace

std::vector<Season> find_seasons(std::span<const double> values, milliseconds step) {
  const auto steps = [&](milliseconds length) {
    return static_cast<std::size_t>((length + step / 2) / step);
  };
  const std::vector<double> usable = clipped(values);
  std::vector<Season> found;
  std::size_t day = 0;
  const auto try_period = [&](std::size_t period, std::size_t inner) {
    if (period < kPeriodMin || values.size() / 2 < period) return false;
    const Season season = test_period(usable, period, inner);
    if (season.p_value > kSeasonPValue || season.strength < kSeasonStrength) return false;
    found.push_back(season);
    return true;
  };
  if (try_period(steps(hours(24)), 0)) day = found.back().period;
  try_period(steps(hours(24 * 7)), day);
  try_period(steps(hours(1)), 0);
  if (step >= hours(12)) try_period(steps(hours(24) * 1461 / 4), 0);
  std::sort(found.begin(), found.end(),
            [](const Season& a, const Season& b) { return a.period < b.period; });
  return found;
}

std::size_t main_period(const std::vector<Season>& seasons, milliseconds step) {
  for (const Season& season : seasons) {
    if (step * static_cast<std::int64_t>(season.period) >= hours(23)) return season.period;
  }
  return seasons.empty() ? 0 : seasons.back().period;
}

}  // namespace headroom::forecast
