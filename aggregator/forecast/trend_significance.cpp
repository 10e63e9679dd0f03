#include "aggregator/forecast/trend_significance.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/trend.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr double kSignificant = 1.959963984540054;  // of a normal variable at 5 %, two-sided
constexpr double kMostCorrelated = 0.999;

struct Known {
  std::vector<double> y;
  std::vector<double> x;  // positions, in blocks
};

Known known_blocks(std::span<const double> values, std::size_t block) {
  Known known;
  const std::size_t blocks = values.size() / block;
  const std::size_t skipped = values.size() - blocks * block;
  std::vector<double> members;
  for (std::size_t b = 0; b < blocks; ++b) {
    members.clear();
    for (const double value : values.subspan(skipped + b * block, block)) {
      if (std::isfinite(value)) members.push_back(value);
    }
    if (members.empty() || 2 * members.size() < block) continue;
    known.y.push_back(median_inplace(members));
    known.x.push_back(real(b));
  }
  return known;
}

// Slopes between all pairs of different positions, unsorted.
std::vector<double> slopes_of(const Known& known) {
  std::vector<double> slopes;
  const std::size_t n = known.y.size();
  slopes.reserve(n * (n - 1) / 2);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      slopes.push_back((known.y[j] - known.y[i]) / (known.x[j] - known.x[i]));
    }
  }
  return slopes;
}

// Mean ranks for equal values, less their mean.
std::vector<double> centred_ranks(const std::vector<double>& y) {
  std::vector<std::size_t> order(y.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return y[a] < y[b]; });
  std::vector<double> ranks(y.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i + 1;
    while (end < order.size() && y[order[end]] == y[order[i]]) ++end;
    const double rank = real(i + end - 1) / 2 - real(y.size() - 1) / 2;
    for (; i < end; ++i) ranks[order[i]] = rank;
  }
  return ranks;
}

// Σ weight(i) ρ(i) in Hamed & Rao's equation, as the ratio of the variances.
template <typename Correlation>
double inflation_of(std::size_t n, Correlation correlation) {
  double sum = 0;
  for (std::size_t i = 1; i + 2 < n; ++i) {
    sum += real(n - i) * real(n - i - 1) * real(n - i - 2) * correlation(i);
  }
  return 1 + 2 * sum / (real(n) * real(n - 1) * real(n - 2));
}

std::vector<double> ranks_about_line(std::span<const double> y, std::span<const double> x,
                                     double slope) {
  std::vector<double> rest(y.begin(), y.end());
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= slope * x[i];
  return centred_ranks(rest);
}

double autocorrelation(const std::vector<double>& ranks, std::size_t lag, double square) {
  double sum = 0;
  for (std::size_t i = lag; i < ranks.size(); ++i) sum += ranks[i] * ranks[i - lag];
  return sum / square;
}

double square_of(const std::vector<double>& ranks) {
  double square = 0;
  for (const double rank : ranks) square += rank * rank;
  return square;
}

double hamed_rao(const std::vector<double>& ranks) {
  const std::size_t n = ranks.size();
  const double square = square_of(ranks);
  if (n < 4 || !(square > 0)) return 1;
  const double bound = kSignificant / std::sqrt(real(n));
  return inflation_of(n, [&](std::size_t i) {
    const double r = autocorrelation(ranks, i, square);
    return std::abs(r) > bound ? r : 0.0;
  });
}

double first_order(const std::vector<double>& ranks) {
  const std::size_t n = ranks.size();
  const double square = square_of(ranks);
  if (n < 6 || !(square > 0)) return 1;
  // A line taken out lowers the autocorrelation by about (2 + 4 r) / n.
  const double r = (real(n) * autocorrelation(ranks, 1, square) + 2) / (real(n) - 4);
  const double phi = std::clamp(r, 0.0, kMostCorrelated);
  double power = 1;
  return inflation_of(n, [&](std::size_t) { return power *= phi; });
}

// The continued fraction of the incomplete beta function (Lentz's method).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  const auto safe = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1;
  double d = 1 / safe(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (int step = 1; step < 300; ++step) {
    const double m = step;
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / safe(1 + even * d);
    c = safe(1 + even / c);
    fraction *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / safe(1 + odd * d);
    c = safe(1 + odd / c);
    fraction *= d * c;
    if (std::abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}

// Regularised incomplete beta function I_x(a, b).
double incomplete_beta(double a, double b, double x) {
  if (!(x > 0)) return 0;
  if (!(x < 1)) return 1;
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log1p(-x));
  return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                   : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

// The t beyond which two-sided `p` lies, by bisection.
double student_critical(double p, double freedom) {
  double low = 0;
  double high = 1;
  while (student_two_sided(high, freedom) > p && high < 1e9) high *= 2;
  for (int i = 0; i < 80; ++i) {
    const double middle = (low + high) / 2;
    (student_two_sided(middle, freedom) > p ? low : high) = middle;
  }
  return high;
}

// Of values that are at most 1 in size.
TrendEstimate trend_of_scaled(std::span<const double> values, std::size_t block, double level) {
  const std::size_t wanted = values.size() / block;
  TrendEstimate trend;
  trend.block =
      block * std::max<std::size_t>((wanted + kTrendBlocksMost - 1) / kTrendBlocksMost, 1);
  const Known known = known_blocks(values, trend.block);
  const std::size_t n = known.y.size();
  trend.blocks = n;
  if (n < 2) return trend;

  std::vector<double> slopes = slopes_of(known);
  std::sort(slopes.begin(), slopes.end());
  const double per_block = quantile_sorted(slopes, 0.5);
  const double scale = 1 / real(trend.block);
  trend.slope = per_block * scale;

  const MannKendall plain = mann_kendall(known.y);
  const std::vector<double> ranks = ranks_about_line(known.y, known.x, per_block);
  trend.inflation = std::max({1.0, hamed_rao(ranks), first_order(ranks)});
  const double freedom = trend.inflation > 1 ? std::max(real(n) / trend.inflation - 2, 0.5)
                                             : std::numeric_limits<double>::infinity();
  const double deviation = std::sqrt(plain.variance * trend.inflation);
  double reach = 0;  // of S that chance explains at that level
  if (deviation > 0) {
    trend.p_value = student_two_sided(std::max(std::abs(plain.s) - 1, 0.0) / deviation, freedom);
    reach = student_critical(1 - level, freedom) * deviation;
  }
  const double pairs = real(slopes.size());
  const double below = std::round((pairs - reach) / 2);  // Hollander & Wolfe's M, from 1 on
  const auto low = static_cast<std::size_t>(std::max(below - 1, 0.0));
  trend.lower = slopes[low] * scale;
  trend.upper = slopes[slopes.size() - 1 - low] * scale;
  return trend;
}

}  // namespace

double student_two_sided(double t, double freedom) {
  HEADROOM_ASSERT(freedom > 0);
  // Beyond that it is a normal variable, to twelve digits of what anybody asks.
  if (freedom > 1e8) return std::erfc(std::abs(t) / std::sqrt(2.0));
  return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t));
}

double hamed_rao_inflation(std::span<const double> values) {
  const std::vector<double> y = scaled(values, -exponent_of(values));
  std::vector<double> x(y.size());
  std::iota(x.begin(), x.end(), 0.0);
  return hamed_rao(ranks_about_line(y, x, theil_sen(y)));
}

TrendEstimate estimate_trend(std::span<const double> values, std::size_t block, double level) {
  HEADROOM_ASSERT(block > 0 && level > 0 && level < 1);
  // Differences of the largest numbers are none any more.
  const int exponent = exponent_of(values);
  TrendEstimate trend = trend_of_scaled(scaled(values, -exponent), block, level);
  for (double* slope : {&trend.slope, &trend.lower, &trend.upper}) {
    *slope = scaled_within(*slope, exponent);
  }
  return trend;
}

}  // namespace headroom::forecast
