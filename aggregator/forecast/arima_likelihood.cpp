#include "aggregator/forecast/arima_likelihood.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <Eigen/Dense>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr double kSettled = 1e-10;  // of the one-step variance over its limit, less 1

using Term = ArimaTerms::Term;

// (1 + Σ a B^i)(1 + Σ b B^(period j)) - 1
std::vector<Term> product(std::span<const double> a, std::span<const double> b, std::size_t period,
                          double cross) {
  std::vector<Term> terms;
  for (std::size_t i = 0; i < a.size(); ++i) terms.push_back({i + 1, a[i]});
  for (std::size_t j = 0; j < b.size(); ++j) {
    terms.push_back({(j + 1) * period, b[j]});
    for (std::size_t i = 0; i < a.size(); ++i) {
      terms.push_back({(j + 1) * period + i + 1, cross * a[i] * b[j]});
    }
  }
  return terms;
}

// By lag, with lag 0 first.
std::vector<double> dense(std::span<const Term> terms, std::size_t lags, double first) {
  std::vector<double> result(lags + 1, 0.0);
  result[0] = first;
  for (const Term& term : terms) result[term.lag] += term.coefficient;
  return result;
}

// Autocovariances at lags 0 … count of the process with innovations of variance 1: the
// Yule–Walker equations of an ARMA process, solved for the first ar_lags + 1.
std::vector<double> autocovariances(const std::vector<double>& phi,
                                    const std::vector<double>& theta, std::size_t count) {
  const std::size_t p = phi.size() - 1;
  const std::size_t q = theta.size() - 1;
  std::vector<double> psi(q + 1, 0.0);
  for (std::size_t j = 0; j <= q; ++j) {
    psi[j] = theta[j];
    for (std::size_t i = 1; i <= std::min(j, p); ++i) psi[j] += phi[i] * psi[j - i];
  }
  const auto right = [&](std::size_t lag) {
    double sum = 0;
    for (std::size_t j = lag; j <= q; ++j) sum += theta[j] * psi[j - lag];
    return sum;
  };
  std::vector<double> result(std::max(count, p) + 1, 0.0);
  if (p > 0) {
    const auto size = static_cast<Eigen::Index>(p + 1);
    Eigen::MatrixXd matrix = Eigen::MatrixXd::Identity(size, size);
    Eigen::VectorXd sums(size);
    for (std::size_t k = 0; k <= p; ++k) {
      const auto row = static_cast<Eigen::Index>(k);
      sums(row) = right(k);
      for (std::size_t i = 1; i <= p; ++i) {
        matrix(row, static_cast<Eigen::Index>(k > i ? k - i : i - k)) -= phi[i];
      }
    }
    const Eigen::VectorXd solved = matrix.partialPivLu().solve(sums);
    for (std::size_t k = 0; k <= p; ++k) result[k] = solved(static_cast<Eigen::Index>(k));
  } else {
    result[0] = right(0);
  }
  for (std::size_t k = p + 1; k < result.size(); ++k) {
    result[k] = right(k);
    for (std::size_t i = 1; i <= p; ++i) result[k] += phi[i] * result[k - i];
  }
  return result;
}

// The innovations algorithm, value by value: coefficients of the last innovations in the next
// one-step forecast, and its variance over that of the innovations.
class Innovations {
 public:
  explicit Innovations(const ArimaTerms& terms)
      : p_(terms.ar_lags),
        q_(terms.ma_lags),
        most_(std::max(p_, q_)),
        phi_(dense(terms.ar, p_, 0)),
        theta_(dense(terms.ma, q_, 1)),
        gamma_(autocovariances(phi_, theta_, 2 * most_)),
        products_(q_ + 1, 0.0),
        width_(std::max<std::size_t>(most_, 1)),
        rows_((width_ + 1) * width_, 0.0),
        variances_(width_ + 1, 0.0) {
    for (std::size_t lag = 0; lag <= q_; ++lag) {
      for (std::size_t r = 0; r + lag <= q_; ++r) products_[lag] += theta_[r] * theta_[r + lag];
    }
    mixed_.resize(most_ + 1);
    for (std::size_t lag = 0; lag <= most_; ++lag) {
      mixed_[lag] = gamma_[lag];
      for (std::size_t r = 1; r <= p_; ++r) {
        mixed_[lag] -= phi_[r] * gamma_[r > lag ? r - lag : lag - r];
      }
    }
    variances_[0] = covariance(1, 1);
  }

  std::size_t most() const { return most_; }
  // Coefficient of the innovation `lag` values back in the forecast of value n + 1, lag >= 1.
  double at(std::size_t n, std::size_t lag) const { return rows_[slot(n) * width_ + lag - 1]; }
  double variance(std::size_t n) const { return variances_[slot(n)]; }
  // How many innovations count in the forecast of value n + 1.
  std::size_t reach(std::size_t n) const { return n < most_ ? n : q_; }

  // From n - 1 to n.
  void step(std::size_t n) {
    double* row = &rows_[slot(n) * width_];
    const std::size_t reach_now = std::min(n, n < most_ ? n : q_);
    double variance = covariance(n + 1, n + 1);
    // theta(n, n - k) for k from the oldest innovation that counts.
    for (std::size_t k = n - reach_now; k < n; ++k) {
      const double* other = &rows_[slot(k) * width_];
      double sum = covariance(n + 1, k + 1);
      const std::size_t reach_then = std::min(k, k < most_ ? k : q_);
      const std::size_t oldest = std::max(k - reach_then, n - reach_now);
      for (std::size_t j = oldest; j < k; ++j) {
        sum -= other[k - j - 1] * row[n - j - 1] * variances_[slot(j)];
      }
      row[n - k - 1] = sum / variances_[slot(k)];
    }
    for (std::size_t j = n - reach_now; j < n; ++j) {
      variance -= row[n - j - 1] * row[n - j - 1] * variances_[slot(j)];
    }
    variances_[slot(n)] = std::max(variance, 1e-12);
  }

 private:
  std::size_t slot(std::size_t n) const { return n % (width_ + 1); }
  // Of the transformed process, indices from 1.
  double covariance(std::size_t i, std::size_t j) const {
    const std::size_t low = std::min(i, j);
    const std::size_t high = std::max(i, j);
    const std::size_t lag = high - low;
    if (high <= most_) return gamma_[lag];
    if (low > most_) return lag <= q_ ? products_[lag] : 0;
    return lag <= most_ ? mixed_[lag] : 0;
  }

  std::size_t p_;
  std::size_t q_;
  std::size_t most_;
  std::vector<double> phi_;
  std::vector<double> theta_;
  std::vector<double> gamma_;
  std::vector<double> products_;
  std::vector<double> mixed_;
  std::size_t width_;
  std::vector<double> rows_;
  std::vector<double> variances_;
};

// One pass: innovations (values less their forecasts) and the sums that the likelihood needs.
struct Pass {
  std::vector<double> innovations;
  double squares = 0;  // over their variances
  double logs = 0;     // of these variances
};

template <typename OnEnd>
Pass run(std::span<const double> w, const ArimaTerms& terms, OnEnd on_end) {
  Innovations predictor(terms);
  Pass pass;
  pass.innovations.resize(w.size());
  bool settled = false;
  std::size_t settled_at = 0;
  for (std::size_t n = 0; n < w.size(); ++n) {
    if (n > 0 && !settled) {
      predictor.step(n);
      // A whole round of coefficients must have come close to their limit.
      const bool close = n > predictor.most() && predictor.variance(n) - 1 < kSettled;
      settled_at = close ? (settled_at == 0 ? n : settled_at) : 0;
      settled = close && n - settled_at > predictor.most();
    }
    double forecast = 0;
    if (settled) {
      for (const Term& term : terms.ma) {
        forecast += term.coefficient * pass.innovations[n - term.lag];
      }
    } else {
      for (std::size_t lag = 1; lag <= std::min(n, predictor.reach(n)); ++lag) {
        forecast += predictor.at(n, lag) * pass.innovations[n - lag];
      }
    }
    if (n >= predictor.most()) {
      for (const Term& term : terms.ar) forecast += term.coefficient * w[n - term.lag];
    }
    const double variance =
        settled || n == 0 ? (n == 0 ? predictor.variance(0) : 1) : predictor.variance(n);
    pass.innovations[n] = w[n] - forecast;
    pass.squares += pass.innovations[n] * pass.innovations[n] / variance;
    if (!settled) pass.logs += std::log(variance);
  }
  on_end(predictor, settled, pass);
  return pass;
}

}  // namespace

ArimaTerms arima_terms(const ArimaFit& fit) {
  ArimaTerms terms;
  // (1 - Σ a)(1 - Σ b) = 1 - (Σ a + Σ b - Σ a b)
  terms.ar = product(fit.ar, fit.seasonal_ar, fit.order.period, -1);
  terms.ma = product(fit.ma, fit.seasonal_ma, fit.order.period, 1);
  terms.ar_lags = fit.order.ar_lags();
  terms.ma_lags = fit.order.ma_lags();
  return terms;
}

std::vector<Term> difference_terms(const ArimaOrder& order) {
  std::vector<double> polynomial{1};
  const auto times = [&](std::size_t lag) {
    std::vector<double> result(polynomial.size() + lag, 0.0);
    for (std::size_t i = 0; i < polynomial.size(); ++i) {
      result[i] += polynomial[i];
      result[i + lag] -= polynomial[i];
    }
    polynomial = std::move(result);
  };
  for (std::size_t i = 0; i < order.d; ++i) times(1);
  for (std::size_t i = 0; i < order.seasonal_d; ++i) times(order.period);
  std::vector<Term> terms;
  for (std::size_t lag = 1; lag < polynomial.size(); ++lag) {
    if (polynomial[lag] != 0) terms.push_back({lag, -polynomial[lag]});
  }
  return terms;
}

namespace {

std::vector<double> conditional_residuals(std::span<const double> w, const ArimaTerms& terms) {
  std::vector<double> residuals(w.size(), 0.0);
  const std::size_t warm = std::max(terms.ar_lags, terms.ma_lags);
  for (std::size_t t = terms.ar_lags; t < w.size(); ++t) {
    double residual = w[t];
    for (const Term& term : terms.ar) residual -= term.coefficient * w[t - term.lag];
    if (t >= warm) {
      for (const Term& term : terms.ma) residual -= term.coefficient * residuals[t - term.lag];
    } else {
      for (const Term& term : terms.ma) {
        if (term.lag <= t) residual -= term.coefficient * residuals[t - term.lag];
      }
    }
    residuals[t] = residual;
  }
  return residuals;
}

}  // namespace

double conditional_variance(std::span<const double> w, const ArimaTerms& terms) {
  const std::vector<double> residuals = conditional_residuals(w, terms);
  double squares = 0;
  for (std::size_t t = terms.ar_lags; t < w.size(); ++t) squares += residuals[t] * residuals[t];
  return squares / real(w.size() - terms.ar_lags);
}

ExactLikelihood exact_likelihood(std::span<const double> w, const ArimaTerms& terms) {
  const Pass pass = run(w, terms, [](Innovations&, bool, const Pass&) {});
  const double n = real(w.size());
  const double variance = std::max(pass.squares / n, 1e-30);
  return {-(n * std::log(2 * std::numbers::pi * variance) + pass.logs + n) / 2, variance};
}

std::vector<double> moving_average_pull(std::span<const double> w, const ArimaTerms& terms,
                                        bool exact) {
  std::vector<double> pull(terms.ma_lags, 0.0);
  const std::size_t n = w.size();
  if (!exact) {
    const std::vector<double> residuals = conditional_residuals(w, terms);
    for (const Term& term : terms.ma) {
      for (std::size_t h = 0; h < term.lag; ++h) {
        if (term.lag - h <= n) pull[h] += term.coefficient * residuals[n + h - term.lag];
      }
    }
    return pull;
  }
  run(w, terms, [&](Innovations& predictor, bool settled, const Pass& pass) {
    for (std::size_t h = 0; h < pull.size(); ++h) {
      if (settled) {
        for (const Term& term : terms.ma) {
          if (term.lag > h) pull[h] += term.coefficient * pass.innovations[n + h - term.lag];
        }
        continue;
      }
      predictor.step(n + h);
      for (std::size_t lag = h + 1; lag <= std::min(n + h, predictor.reach(n + h)); ++lag) {
        pull[h] += predictor.at(n + h, lag) * pass.innovations[n + h - lag];
      }
    }
  });
  return pull;
}

}  // namespace headroom::forecast
