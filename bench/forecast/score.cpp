#include "bench/forecast/score.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace headroom::bench {
namespace {

double real(std::size_t count) { return static_cast<double>(count); }

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / real(values.size());
}

// The competition's test: is the autocorrelation at the season beyond its 90 % limit?
bool seasonal(std::span<const double> x, std::size_t m) {
  const std::size_t n = x.size();
  const auto lag_max = static_cast<std::size_t>(10 * std::log10(real(n)));
  if (m <= 1 || n < 3 * m || m > std::min(n - 1, lag_max)) return false;
  const double centre = mean(x);
  const auto product = [&](std::size_t lag) {
    double sum = 0;
    for (std::size_t i = lag; i < n; ++i) sum += (x[i] - centre) * (x[i - lag] - centre);
    return sum;
  };
  const double variance = product(0);
  if (!(variance > 0)) return false;
  double squares = 0;
  for (std::size_t lag = 1; lag < m; ++lag) squares += std::pow(product(lag) / variance, 2);
  return std::abs(product(m) / variance) > 1.645 / std::sqrt(real(n)) * std::sqrt(1 + 2 * squares);
}

// Seasonal factors of the classical decomposition by centred moving averages.
std::vector<double> figure(std::span<const double> x, std::size_t m, bool multiplicative) {
  std::vector<double> sums(m, 0.0);
  std::vector<double> counts(m, 0.0);
  const std::size_t half = m / 2;
  for (std::size_t i = half; i + half < x.size(); ++i) {
    double trend = 0;
    for (std::size_t j = i - half; j <= i + half; ++j) {
      const bool outer = m % 2 == 0 && (j == i - half || j == i + half);
      trend += x[j] * (outer ? 0.5 : 1.0) / real(m);
    }
    if (multiplicative && trend == 0) continue;
    sums[i % m] += multiplicative ? x[i] / trend : x[i] - trend;
    counts[i % m] += 1;
  }
  for (std::size_t p = 0; p < m; ++p) {
    sums[p] = counts[p] > 0 ? sums[p] / counts[p] : (multiplicative ? 1.0 : 0.0);
  }
  const double centre = mean(sums);
  for (double& value : sums) value = multiplicative ? value / centre : value - centre;
  return sums;
}

// The last value, seasonally adjusted where the test says so.
std::vector<double> naive2(std::span<const double> x, std::size_t m, std::size_t steps) {
  const std::size_t n = x.size();
  std::vector<double> path(steps, x.back());
  if (!seasonal(x, m)) return path;
  const bool multiplicative = *std::min_element(x.begin(), x.end()) > 0;
  const auto factors = figure(x, m, multiplicative);
  if (multiplicative && !(*std::min_element(factors.begin(), factors.end()) > 0)) return path;
  for (std::size_t h = 0; h < steps; ++h) {
    const double last = factors[(n - 1) % m];
    const double next = factors[(n + h) % m];
    path[h] = multiplicative ? x.back() / last * next : x.back() - last + next;
  }
  return path;
}

double smape(std::span<const double> truth, std::span<const double> path) {
  double sum = 0;
  for (std::size_t h = 0; h < truth.size(); ++h) {
    const double size = std::abs(truth[h]) + std::abs(path[h]);
    if (size > 0) sum += 200 * std::abs(truth[h] - path[h]) / size;
  }
  return sum / real(truth.size());
}

double mae(std::span<const double> truth, std::span<const double> path) {
  double sum = 0;
  for (std::size_t h = 0; h < truth.size(); ++h) sum += std::abs(truth[h] - path[h]);
  return sum / real(truth.size());
}

}  // namespace

SeriesScore score(std::span<const double> known, std::span<const double> truth, std::size_t season,
                  const Scored& forecast, double level) {
  SeriesScore result;
  const std::size_t n = known.size();
  const std::size_t m = n > season ? season : 1;
  double scale = 0;
  for (std::size_t i = m; i < n; ++i) scale += std::abs(known[i] - known[i - m]);
  scale = n > m ? scale / real(n - m) : 0;
  result.scaled = scale > 0;
  std::vector<double> naive(truth.size());
  for (std::size_t h = 0; h < truth.size(); ++h) naive[h] = known[n - m + h % m];
  const double naive_error = mae(truth, naive);
  const double error = mae(truth, forecast.mean);
  if (naive_error > 0) result.relsn = std::clamp(error / naive_error, 0.01, 100.0);
  const auto reference = naive2(known, season, truth.size());
  result.smape = smape(truth, forecast.mean);
  result.smape_naive2 = smape(truth, reference);
  double width = 0;
  for (std::size_t h = 0; h < truth.size(); ++h) {
    const double lower = forecast.lower[h];
    const double upper = forecast.upper[h];
    width += upper - lower + 2 / (1 - level) * std::max(lower - truth[h], 0.0) +
             2 / (1 - level) * std::max(truth[h] - upper, 0.0);
    if (lower <= truth[h] && truth[h] <= upper) result.coverage += 1 / real(truth.size());
  }
  if (result.scaled) {
    result.mase = error / scale;
    result.mase_naive2 = mae(truth, reference) / scale;
    result.msis = width / real(truth.size()) / scale;
  }
  return result;
}

SetScore summarise(std::span<const SeriesScore> scores) {
  SetScore set{.series = scores.size()};
  double compared = 0;
  double scaled = 0;
  double smape_naive2 = 0;
  double mase_naive2 = 0;
  for (const SeriesScore& one : scores) {
    set.smape += one.smape / real(scores.size());
    smape_naive2 += one.smape_naive2 / real(scores.size());
    set.coverage += one.coverage / real(scores.size());
    if (one.relsn > 0) {
      set.relsn += std::log(one.relsn);
      compared += 1;
    }
    if (!one.scaled) continue;
    scaled += 1;
    set.mase += one.mase;
    mase_naive2 += one.mase_naive2;
    set.msis += one.msis;
  }
  set.relsn = compared > 0 ? std::exp(set.relsn / compared) : 0;
  set.mase /= std::max(scaled, 1.0);
  mase_naive2 /= std::max(scaled, 1.0);
  set.msis /= std::max(scaled, 1.0);
  set.owa = (set.smape / smape_naive2 + set.mase / mase_naive2) / 2;
  return set;
}

}  // namespace headroom::bench
