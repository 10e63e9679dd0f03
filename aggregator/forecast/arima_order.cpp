// Which orders an ARIMA model gets: differences by tests, the rest by a stepwise search.
#include <algorithm>
#include <cmath>
#include <limits>

#include "aggregator/forecast/arima.h"
#include "aggregator/forecast/classical.h"
#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr double kSeasonalStrength = 0.64;
constexpr std::size_t kExactSearch = 150;       // longer series are searched conditionally, …
constexpr std::size_t kExactSearchPeriod = 12;  // … and such of a longer season
constexpr std::size_t kLongPeriod = 60;         // beyond it only one seasonal term of a kind
constexpr double kRootLeast = 1.01;

// Whether all roots of 1 - Σ c B^i are further from 0 than kRootLeast: Durbin & Levinson's
// recursion backwards, on the polynomial with its argument stretched.
bool far_from_unit_root(std::vector<double> coefficients) {
  double stretch = 1;
  for (double& coefficient : coefficients) coefficient *= stretch *= kRootLeast;
  while (!coefficients.empty()) {
    const double partial = coefficients.back();
    if (std::abs(partial) >= 1) return false;
    coefficients.pop_back();
    std::vector<double> next(coefficients.size());
    for (std::size_t i = 0; i < next.size(); ++i) {
      next[i] =
          (coefficients[i] + partial * coefficients[next.size() - 1 - i]) / (1 - partial * partial);
    }
    coefficients = std::move(next);
  }
  return true;
}

bool sound(const ArimaFit& fit) {
  const auto turned = [](std::vector<double> values) {
    for (double& value : values) value = -value;
    return values;
  };
  return far_from_unit_root(fit.ar) && far_from_unit_root(fit.seasonal_ar) &&
         far_from_unit_root(turned(fit.ma)) && far_from_unit_root(turned(fit.seasonal_ma));
}

bool constant(std::span<const double> values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return values.empty() || *most - *least < 1e-12;
}

// The neighbours of Hyndman & Khandakar: one of p, q, P, Q by one, p and q or P and Q together, and
// the constant on or off.
class Search {
 public:
  Search(std::span<const double> values, const ArimaOrder& base, const ArimaWish& wish)
      : values_(values), base_(base), wish_(wish) {
    seasonal_most_ = base.period < 2 ? 0 : base.period <= kLongPeriod ? kArimaSeasonalMost : 1;
    exact_ = values.size() <= kExactSearch && base.period <= kExactSearchPeriod;
  }

  std::optional<ArimaFit> best() {
    const bool may_drift = base_.d + base_.seasonal_d <= 1;
    const std::size_t s = seasonal_most_ > 0 ? 1 : 0;
    attempt(2, 2, s, s, may_drift);
    attempt(0, 0, 0, 0, may_drift);
    attempt(1, 0, s, 0, may_drift);
    attempt(0, 1, 0, s, may_drift);
    if (may_drift) attempt(0, 0, 0, 0, false);
    bool better = best_.has_value();
    while (better) {
      const ArimaOrder at = best_->order;
      better = false;
      for (const auto& [dp, dq, ds, dt] : kMoves) {
        better = attempt(moved(at.p, dp), moved(at.q, dq), moved(at.seasonal_p, ds),
                         moved(at.seasonal_q, dt), at.constant);
        if (better) break;
      }
      if (!better && may_drift) {
        better = attempt(at.p, at.q, at.seasonal_p, at.seasonal_q, !at.constant);
      }
    }
    return std::move(best_);
  }

 private:
  struct Move {
    int p, q, seasonal_p, seasonal_q;
  };
  static constexpr Move kMoves[] = {{0, 0, -1, 0},  {0, 0, 0, -1}, {0, 0, 1, 0},  {0, 0, 0, 1},
                                    {0, 0, -1, -1}, {0, 0, -1, 1}, {0, 0, 1, -1}, {0, 0, 1, 1},
                                    {-1, 0, 0, 0},  {0, -1, 0, 0}, {1, 0, 0, 0},  {0, 1, 0, 0},
                                    {-1, -1, 0, 0}, {-1, 1, 0, 0}, {1, -1, 0, 0}, {1, 1, 0, 0}};

  // Wraps to a huge number below 0, which attempt() turns down.
  static std::size_t moved(std::size_t value, int by) {
    return value + static_cast<std::size_t>(by);
  }

  // Whether it became the best so far.
  bool attempt(std::size_t p, std::size_t q, std::size_t seasonal_p, std::size_t seasonal_q,
               bool with_constant) {
    ArimaOrder order = base_;
    if (p > kArimaOrderMost || q > kArimaOrderMost || seasonal_p > seasonal_most_ ||
        seasonal_q > seasonal_most_) {
      return false;
    }
    order.p = wish_.p.value_or(p);
    order.q = wish_.q.value_or(q);
    order.seasonal_p = base_.period > 1 ? wish_.seasonal_p.value_or(seasonal_p) : 0;
    order.seasonal_q = base_.period > 1 ? wish_.seasonal_q.value_or(seasonal_q) : 0;
    order.constant = wish_.constant.value_or(with_constant);
    if (std::find(tried_.begin(), tried_.end(), order) != tried_.end()) return false;
    if (tried_.size() >= kArimaModels || work_ >= kArimaWork) return false;
    tried_.push_back(order);
    auto fit = fit_arima(values_, order, exact_ ? ArimaMethod::kExact : ArimaMethod::kConditional);
    if (!fit) return false;
    const std::size_t terms =
        (order.p + 1) * (order.seasonal_p + 1) + (order.q + 1) * (order.seasonal_q + 1);
    work_ += real(fit->evaluations) * real(values_.size()) * real(terms);
    if (!sound(*fit) || (best_ && fit->aicc >= best_->aicc)) return false;
    best_ = std::move(fit);
    return true;
  }

  std::span<const double> values_;
  ArimaOrder base_;
  ArimaWish wish_;
  std::size_t seasonal_most_ = 0;
  bool exact_ = false;
  std::vector<ArimaOrder> tried_;
  double work_ = 0;
  std::optional<ArimaFit> best_;
};

}  // namespace

double kpss_level(std::span<const double> values) {
  const std::size_t n = values.size();
  double mean = 0;
  for (const double value : values) mean += value / real(n);
  double sum = 0;
  double sums = 0;
  for (const double value : values) {
    sum += value - mean;
    sums += sum * sum;
  }
  const auto lags = static_cast<std::size_t>(3 * std::sqrt(real(n)) / 13);
  double variance = 0;
  for (std::size_t lag = 0; lag <= std::min(lags, n - 1); ++lag) {
    double product = 0;
    for (std::size_t i = lag; i < n; ++i) product += (values[i] - mean) * (values[i - lag] - mean);
    variance += (lag == 0 ? 1 : 2 * (1 - real(lag) / real(lags + 1))) * product;
  }
  variance /= real(n);
  return variance > 0 ? sums / (variance * real(n) * real(n)) : 0;
}

double seasonal_strength(std::span<const double> values, std::size_t period) {
  const std::size_t n = values.size();
  if (period < 2 || n < 2 * period + 1) return 0;
  const auto season = classical_season(values, period, false);
  if (!season) return 0;
  // The trend again, of what is left without the season.
  std::vector<double> sums(n + 1, 0.0);
  for (std::size_t i = 0; i < n; ++i) sums[i + 1] = sums[i] + values[i] - (*season)[i % period];
  const std::size_t half = period / 2;
  double count = 0;
  double rest_sum = 0;
  double rest_squares = 0;
  double both_sum = 0;
  double both_squares = 0;
  for (std::size_t i = half; i + half < n; ++i) {
    const double trend = (sums[i + half + 1] - sums[i - half]) / real(2 * half + 1);
    const double both = values[i] - trend;
    const double rest = both - (*season)[i % period];
    count += 1;
    rest_sum += rest;
    rest_squares += rest * rest;
    both_sum += both;
    both_squares += both * both;
  }
  const double rest_variance = rest_squares - rest_sum * rest_sum / count;
  const double both_variance = both_squares - both_sum * both_sum / count;
  return both_variance > 1e-20 * count ? std::max(0.0, 1 - rest_variance / both_variance) : 0;
}

std::optional<ArimaFit> best_arima(std::span<const double> values, std::size_t period,
                                   const ArimaWish& wish) {
  if (constant(values)) return std::nullopt;
  ArimaOrder base;
  base.period = period > 1 && values.size() > 2 * period ? period : 0;
  const bool strong = seasonal_strength(values, base.period) > kSeasonalStrength;
  base.seasonal_d = base.period > 0 ? wish.seasonal_d.value_or(strong ? 1 : 0) : 0;
  if (wish.d) {
    base.d = *wish.d;
  } else {
    std::vector<double> rest = differenced(values, base);
    while (base.d < kArimaDifferencesMost && rest.size() > 4 && !constant(rest) &&
           kpss_level(rest) > kKpssCritical) {
      ++base.d;
      rest = differenced(values, base);
    }
  }
  auto found = Search(values, base, wish).best();
  if (!found || found->exact) return found;
  auto finer = fit_arima(values, found->order, ArimaMethod::kAffordable);
  return finer ? finer : found;
}

}  // namespace headroom::forecast
