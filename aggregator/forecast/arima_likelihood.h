// Likelihoods of a given ARMA process and what they leave for its forecasts. Inside arima.h's room.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "aggregator/forecast/arima.h"

namespace headroom::forecast {

// The ordinary and the seasonal polynomial multiplied out, with only the lags that occur.
struct ArimaTerms {
  struct Term {
    std::size_t lag = 0;  // >= 1
    double coefficient = 0;
  };
  std::vector<Term> ar;
  std::vector<Term> ma;
  std::size_t ar_lags = 0;
  std::size_t ma_lags = 0;
};
ArimaTerms arima_terms(const ArimaFit& fit);

// y[t] = w[t] + Σ coefficient y[t - lag] undoes the differencing.
std::vector<ArimaTerms::Term> difference_terms(const ArimaOrder& order);

// Mean of the squared residuals after the first ar_lags values, residuals before being 0.
double conditional_variance(std::span<const double> w, const ArimaTerms& terms);

struct ExactLikelihood {
  double log_likelihood = 0;
  double variance = 0;  // of the innovations, at its maximum
};

// Exact Gaussian likelihood of a zero-mean stationary ARMA process by the innovations algorithm on
// Ansley's transformed process (Ansley 1979; Brockwell & Davis 1991, §5.3 and §8.7): O(n lags²),
// less once the predictor has settled.
ExactLikelihood exact_likelihood(std::span<const double> w, const ArimaTerms& terms);

// What the past innovations add to the forecasts for steps 1 … ma_lags after `w`; with `exact` by
// the finite-sample predictor, else by residuals that are 0 before the first value.
std::vector<double> moving_average_pull(std::span<const double> w, const ArimaTerms& terms,
                                        bool exact);

}  // namespace headroom::forecast
