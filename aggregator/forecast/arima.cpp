#include "aggregator/forecast/arima.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "aggregator/forecast/arima_likelihood.h"
#include "aggregator/forecast/optimise.h"
#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kPartialMost = 0.9995;  // of a partial autocorrelation
constexpr std::size_t kValuesPerParameter = 3;

// From free numbers to the coefficients of a stationary autoregression (Durbin & Levinson's
// recursion on partial autocorrelations).
std::vector<double> stationary(std::span<const double> free) {
  std::vector<double> result;
  std::vector<double> before;
  for (const double value : free) {
    const double partial = kPartialMost * std::tanh(value);
    before = result;
    for (std::size_t i = 0; i < before.size(); ++i) {
      result[i] = before[i] - partial * before[before.size() - 1 - i];
    }
    result.push_back(partial);
  }
  return result;
}

std::vector<double> negated(std::vector<double> values) {
  for (double& value : values) value = -value;
  return values;
}

// The fit that free numbers stand for, likelihood aside. The last one is the mean, in units of
// `scale`.
ArimaFit unpack(std::span<const double> free, const ArimaOrder& order, double scale) {
  ArimaFit fit;
  fit.order = order;
  std::size_t next = 0;
  const auto take = [&](std::size_t count) {
    next += count;
    return stationary(free.subspan(next - count, count));
  };
  fit.ar = take(order.p);
  fit.seasonal_ar = take(order.seasonal_p);
  // An invertible moving average is a stationary autoregression with its signs turned.
  fit.ma = negated(take(order.q));
  fit.seasonal_ma = negated(take(order.seasonal_q));
  if (order.constant) fit.mean = scale * free[next];
  return fit;
}

}  // namespace

std::vector<double> differenced(std::span<const double> values, const ArimaOrder& order) {
  std::vector<double> result(values.begin(), values.end());
  const auto difference = [&](std::size_t lag) {
    if (result.size() <= lag) return result.clear();
    for (std::size_t i = result.size() - 1; i >= lag; --i) result[i] -= result[i - lag];
    result.erase(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(lag));
  };
  for (std::size_t i = 0; i < order.seasonal_d; ++i) difference(order.period);
  for (std::size_t i = 0; i < order.d; ++i) difference(1);
  return result;
}

std::optional<ArimaFit> fit_arima(std::span<const double> values, const ArimaOrder& order,
                                  ArimaMethod method) {
  if (values.size() <= order.lost()) return std::nullopt;
  const std::vector<double> w = differenced(values, order);
  const std::size_t parameters = order.coefficients() + (order.constant ? 1 : 0) + 1;
  const std::size_t n = w.size();
  if (n < kValuesPerParameter * parameters || n < order.ar_lags() + parameters + 2) {
    return std::nullopt;
  }
  double mean = 0;
  for (const double value : w) mean += value / real(n);
  double squares = 0;
  for (const double value : w) squares += (value - mean) * (value - mean);
  const double scale = std::sqrt(squares / real(n));
  if (!(scale > 1e-9)) return std::nullopt;

  std::vector<double> centred(n);
  ArimaTerms terms;
  const auto prepare = [&](const ArimaFit& fit) {
    for (std::size_t i = 0; i < n; ++i) centred[i] = w[i] - fit.mean;
    terms = arima_terms(fit);
  };
  std::size_t passes = 0;
  const Objective conditional = [&](std::span<const double> free) {
    ++passes;
    prepare(unpack(free, order, scale));
    return std::log(conditional_variance(centred, terms) + 1e-30) / 2 * real(n);
  };
  const Objective exact = [&](std::span<const double> free) {
    ++passes;
    prepare(unpack(free, order, scale));
    return -exact_likelihood(centred, terms).log_likelihood;
  };
  std::vector<double> start(order.coefficients() + (order.constant ? 1 : 0), 0.1);
  if (order.constant) start.back() = mean / scale;
  const Search search{.evaluations = 60 * (start.size() + 1), .tolerance = 1e-3};
  Minimum found = quasi_newton(conditional, std::move(start), 1e-4, search);
  const std::size_t lags = std::max(order.ar_lags(), order.ma_lags()) + 1;
  const bool affordable = n * lags * lags <= kArimaExactWork;
  ArimaFit fit;
  if (method == ArimaMethod::kExact || (method == ArimaMethod::kAffordable && affordable)) {
    const Search finer{.evaluations = 150 * (found.at.size() + 1), .tolerance = 1e-7};
    // Where the conditional optimum lies at the edge, the exact likelihood is flat there.
    for (double& free : found.at) free = std::clamp(free, -2.5, std::max(2.5, mean / scale));
    found = quasi_newton(exact, std::move(found.at), 1e-4, finer);
    fit = unpack(found.at, order, scale);
    prepare(fit);
    const ExactLikelihood likelihood = exact_likelihood(centred, terms);
    fit.log_likelihood = likelihood.log_likelihood;
    fit.variance = likelihood.variance;
    fit.exact = true;
  } else {
    fit = unpack(found.at, order, scale);
    prepare(fit);
    fit.variance = conditional_variance(centred, terms);
    fit.log_likelihood =
        -real(n) / 2 * (std::log(2 * std::numbers::pi * std::max(fit.variance, 1e-30)) + 1);
  }
  if (!std::isfinite(fit.log_likelihood)) return std::nullopt;
  const double count = real(parameters);
  const double spare = real(n) - count - 1;
  fit.aicc = spare > 0 ? 2 * count * (1 + (count + 1) / spare) - 2 * fit.log_likelihood : kInfinity;
  fit.evaluations = passes;
  return fit;
}

bool arima_path(const ArimaFit& fit, std::span<const double> values, std::span<double> path) {
  const ArimaOrder& order = fit.order;
  if (values.size() <= order.lost()) return false;
  std::vector<double> w = differenced(values, order);
  for (double& value : w) value -= fit.mean;
  const ArimaTerms terms = arima_terms(fit);
  const std::size_t n = w.size();
  const std::vector<double> pull = moving_average_pull(w, terms, fit.exact);
  w.resize(n + path.size());
  std::vector<double> whole(values.begin(), values.end());
  whole.resize(values.size() + path.size());
  const std::vector<ArimaTerms::Term> undo = difference_terms(order);
  for (std::size_t h = 0; h < path.size(); ++h) {
    double next = h < pull.size() ? pull[h] : 0;
    for (const auto& term : terms.ar) {
      if (term.lag <= n + h) next += term.coefficient * w[n + h - term.lag];
    }
    w[n + h] = next;
    double value = next + fit.mean;
    for (const auto& term : undo) value += term.coefficient * whole[values.size() + h - term.lag];
    if (!std::isfinite(value)) return false;
    whole[values.size() + h] = value;
    path[h] = value;
  }
  return true;
}

}  // namespace headroom::forecast
