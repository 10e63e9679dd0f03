#include "aggregator/forecast/trend.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

double lag_one_autocorrelation(std::span<const double> y, double slope) {
  std::vector<double> rest(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) rest[i] = y[i] - slope * real(i);
  const double centre = median(rest);
  double square = 0;
  double product = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    rest[i] -= centre;
    square += rest[i] * rest[i];
    if (i > 0) product += rest[i] * rest[i - 1];
  }
  return square > 0 ? product / square : 0;
}

// Sorts, and returns how many pairs stood in the wrong order.
double sort_counting(std::span<double> y, std::span<double> space) {
  if (y.size() < 2) return 0;
  const std::size_t half = y.size() / 2;
  double swaps = sort_counting(y.first(half), space) + sort_counting(y.subspan(half), space);
  std::size_t left = 0;
  std::size_t right = half;
  for (std::size_t k = 0; k < y.size(); ++k) {
    if (right == y.size() || (left < half && y[left] <= y[right])) {
      space[k] = y[left++];
    } else {
      swaps += real(half - left);
      space[k] = y[right++];
    }
  }
  std::copy_n(space.begin(), y.size(), y.begin());
  return swaps;
}

}  // namespace

double theil_sen(std::span<const double> y) {
  if (y.size() < 2) return 0;
  if (y.size() > kTheilSenExact) {
    const std::size_t length = (y.size() + kTheilSenExact - 1) / kTheilSenExact;
    return theil_sen(block_medians(y, length)) / real(length);
  }
  std::vector<double> slopes;
  slopes.reserve(y.size() * (y.size() - 1) / 2);
  for (std::size_t i = 0; i < y.size(); ++i) {
    for (std::size_t j = i + 1; j < y.size(); ++j) slopes.push_back((y[j] - y[i]) / real(j - i));
  }
  return median_inplace(slopes);
}

MannKendall mann_kendall(std::span<const double> y, bool serial_correlation) {
  MannKendall test;
  std::vector<double> sorted(y.begin(), y.end());
  std::vector<double> space(y.size());
  const double falls = sort_counting(sorted, space);
  const auto pairs = [](double n) { return n * (n - 1) / 2; };
  const auto spread_of = [](double n) { return n * (n - 1) * (2 * n + 5) / 18; };
  const double n = real(y.size());
  double equal = 0;
  double variance = spread_of(n);
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t end = i + 1;
    while (end < sorted.size() && sorted[end] == sorted[i]) ++end;
    equal += pairs(real(end - i));
    variance -= spread_of(real(end - i));
    i = end;
  }
  test.s = pairs(n) - equal - 2 * falls;
  test.variance = std::max(variance, 0.0);
  if (!(test.variance > 0) || test.s == 0) return test;
  if (serial_correlation) {
    const double r = std::clamp(lag_one_autocorrelation(y, theil_sen(y)), 0.0, 0.95);
    test.variance *= (1 + r) / (1 - r);
  }
  test.z = (test.s > 0 ? test.s - 1 : test.s + 1) / std::sqrt(test.variance);
  test.p_value = std::erfc(std::abs(test.z) / std::sqrt(2.0));
  return test;
}

double damped_steps(double step, double straight) {
  if (step <= straight || !(straight > 0)) return std::min(step, std::max(straight, 0.0));
  return straight + straight * (1 - std::exp(-(step - straight) / straight));
}

}  // namespace headroom::forecast
