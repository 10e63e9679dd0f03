// Seasonal ARIMA models: Box & Jenkins 1976; estimation as in Brockwell & Davis 1991, ch. 8 and 9.
// Pure functions, callable from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace headroom::forecast {

// ARIMA(p,d,q)(P,D,Q)[period]. With `constant` the differenced series has a mean: the level itself
// for d + D = 0, a drift for d + D = 1.
struct ArimaOrder {
  std::size_t p = 0;
  std::size_t d = 0;
  std::size_t q = 0;
  std::size_t seasonal_p = 0;
  std::size_t seasonal_d = 0;
  std::size_t seasonal_q = 0;
  std::size_t period = 0;
  bool constant = false;

  std::size_t coefficients() const { return p + q + seasonal_p + seasonal_q; }
  std::size_t ar_lags() const { return p + seasonal_p * period; }
  std::size_t ma_lags() const { return q + seasonal_q * period; }
  std::size_t lost() const { return d + seasonal_d * period; }  // values that differencing uses up
  bool operator==(const ArimaOrder&) const = default;
};

inline constexpr std::size_t kArimaOrderMost = 5;        // of p and q
inline constexpr std::size_t kArimaSeasonalMost = 2;     // of P and Q
inline constexpr std::size_t kArimaDifferencesMost = 2;  // of d; D is at most 1

struct ArimaFit {
  ArimaOrder order;
  std::vector<double> ar;  // signs as in w[t] = Σ ar w[t-i] + e[t] + Σ ma e[t-j]
  std::vector<double> ma;
  std::vector<double> seasonal_ar;
  std::vector<double> seasonal_ma;
  double mean = 0;      // of the differenced series
  double variance = 0;  // of the innovations
  // Gaussian, of the differenced series; by conditional sum of squares only an approximation.
  double log_likelihood = 0;
  double aicc = 0;
  bool exact = false;
  std::size_t evaluations = 0;  // passes over the series
};

enum class ArimaMethod {
  kConditional,  // least conditional sum of squares: O(values × terms) per pass
  kExact,        // exact likelihood by the innovations algorithm, started from the former
  kAffordable,   // exact where values × lags² is at most kArimaExactWork
};
inline constexpr std::size_t kArimaExactWork = 400'000;

// Roots of all polynomials stay outside the unit circle (partial autocorrelations as parameters,
// Monahan 1984). None where fewer than 3 values per parameter are left after differencing, or
// where the differenced series is constant.
std::optional<ArimaFit> fit_arima(std::span<const double> values, const ArimaOrder& order,
                                  ArimaMethod method);

// The differenced series.
std::vector<double> differenced(std::span<const double> values, const ArimaOrder& order);

// Minimum mean squared error forecasts after `values`, O(path × terms). False if not finite.
bool arima_path(const ArimaFit& fit, std::span<const double> values, std::span<double> path);

// What is asked of the automatic choice; nothing set means automatic.
struct ArimaWish {
  std::optional<std::size_t> p, d, q, seasonal_p, seasonal_d, seasonal_q;
  std::optional<bool> constant;
};

// The stepwise search on AICc of Hyndman & Khandakar 2008 (J. Stat. Software 27(3)): D by seasonal
// strength above 0.64, d by repeated KPSS tests at 5 %, then from four models to their neighbours
// as long as one is better. Longer or seasonal series are searched by conditional sum of squares
// and only the winner is fitted exactly where that is affordable. Ends after kArimaModels models
// or kArimaWork evaluated values × terms.
std::optional<ArimaFit> best_arima(std::span<const double> values, std::size_t period,
                                   const ArimaWish& wish = {});

inline constexpr std::size_t kArimaModels = 60;
inline constexpr double kArimaWork = 6e7;

// KPSS statistic for a stationary level (Kwiatkowski, Phillips, Schmidt & Shin 1992), with
// trunc(3 √n / 13) lags of Bartlett's kernel.
double kpss_level(std::span<const double> values);

// Least 5 % critical value of that statistic.
inline constexpr double kKpssCritical = 0.463;

// 1 - Var(remainder) / Var(season + remainder) of a classical decomposition, at least 0: strength
// of the season (Wang, Smith & Hyndman 2006). 0 with fewer than two periods and a value.
double seasonal_strength(std::span<const double> values, std::size_t period);

}  // namespace headroom::forecast
