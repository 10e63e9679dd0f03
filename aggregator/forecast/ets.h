// Exponential smoothing as innovations state space models: Hyndman, Koehler, Ord & Snyder 2008,
// "Forecasting with Exponential Smoothing". Pure functions, callable from any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace headroom::forecast {

enum class EtsSeason { kNone, kAdditive, kMultiplicative };

// Error, trend and season; a trend is additive. ETS(A,Ad,M) is {false, true, true,
// kMultiplicative}.
struct EtsForm {
  bool multiplicative_error = false;
  bool trend = false;
  bool damped = false;  // only with a trend
  EtsSeason season = EtsSeason::kNone;

  // Anything that divides: only for values above 0.
  bool positive_only() const {
    return multiplicative_error || season == EtsSeason::kMultiplicative;
  }
};

struct EtsSmoothing {
  double alpha = 0.5;
  double beta = 0;   // 0 without a trend
  double gamma = 0;  // 0 without a season
  double phi = 1;    // below 1 only where damped
};

struct EtsState {
  double level = 0;
  double slope = 0;
  std::vector<double> season;  // one per phase, season[0] for the next value; empty without one
};

// Log likelihood of the values without its constant, as R's ets() gives it:
// -n/2 log(Σe²) - Σ log|r|, with e the relative errors and r the one-step forecasts where the error
// is multiplicative, and r = 1 elsewhere. Moves `state` from before the first value to after the
// last. Minus infinity where a multiplicative form leaves the positive numbers.
double ets_log_likelihood(std::span<const double> values, const EtsForm& form,
                          const EtsSmoothing& smoothing, EtsState& state);

struct EtsFit {
  EtsForm form;
  EtsSmoothing smoothing;
  EtsState initial;
  EtsState state;  // after the last value
  double log_likelihood = 0;
  double aicc = 0;  // infinity where there are hardly more values than parameters
};

// Smoothing parameters that a person has fixed; 0 = estimated.
struct EtsFixed {
  double alpha = 0;
  double beta = 0;
  double gamma = 0;
  double phi = 0;
};

// Maximum likelihood within Hyndman's usual region (0.0001 <= beta <= alpha, gamma <= 1 - alpha,
// 0.8 <= phi <= 0.98). Initial states come from a classical decomposition; where values ×
// parameters is at most kEtsRefined they are estimated too, and for more their influence has faded.
// `period` in steps, used by seasonal forms. None where the history does not carry the form: fewer
// than 3 values, fewer than two periods, values that are not positive for a form that needs it.
std::optional<EtsFit> fit_ets(std::span<const double> values, std::size_t period,
                              const EtsForm& form, const EtsFixed& fixed = {});

// The one with the least AICc. Forms are compared with initial states as decomposed first, then the
// best few with all estimated. None if none can be fitted.
std::optional<EtsFit> best_ets(std::span<const double> values, std::size_t period,
                               std::span<const EtsForm> forms);

// The fifteen forms whose variance is stable: additive errors without a multiplicative season, and
// multiplicative errors (Hyndman et al. 2008, ch. 10; multiplicative trends left out as R does).
std::vector<EtsForm> ets_forms(bool seasonal, bool positive);

// Point forecasts for steps 1 … path.size(). False if one is not finite.
bool ets_path(const EtsFit& fit, std::span<double> path);

// Whether all values are far enough above 0 for relative errors to mean something.
bool ets_positive(std::span<const double> values);

inline constexpr std::size_t kEtsRefined = 10'000;
// Newest values that a model hands over: older ones are forgotten exponentially and would only cost
// time. Fourteen seasons, at least 1000, at most 4032 values.
constexpr std::size_t ets_points(std::size_t points, std::size_t season) {
  return std::min(points, std::clamp<std::size_t>(14 * season, 1000, 4032));
}

}  // namespace headroom::forecast
