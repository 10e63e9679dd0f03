#include "aggregator/forecast/ets.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "aggregator/forecast/classical.h"
#include "aggregator/forecast/line.h"
#include "aggregator/forecast/optimise.h"
#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLeast = 1e-4;  // of a smoothing parameter
constexpr double kPhiLeast = 0.8;
constexpr double kPhiMost = 0.98;
constexpr double kTiny = 1e-12;
constexpr double kPositiveShare = 0.01;  // least value over mean of a series that may be divided by
constexpr std::size_t kBestFew = 3;
constexpr std::size_t kLogEvery = 8;  // factors multiplied before a logarithm is taken

template <EtsSeason season, bool relative>
double run(std::span<const double> values, const EtsSmoothing& by, EtsState& state) {
  double level = state.level;
  double slope = state.slope;
  double squares = 0;
  double logs = 0;
  double product = 1;
  const std::size_t period = state.season.size();
  double* seasonal = state.season.data();
  std::size_t phase = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double trended = level + by.phi * slope;
    double forecast = trended;
    if constexpr (season == EtsSeason::kAdditive) forecast += seasonal[phase];
    if constexpr (season == EtsSeason::kMultiplicative) {
      if (!(trended > kTiny && seasonal[phase] > kTiny)) return -kInfinity;
      forecast *= seasonal[phase];
    }
    const double error = values[i] - forecast;
    if constexpr (relative) {
      if (!(forecast > kTiny)) return -kInfinity;
      const double share = error / forecast;
      squares += share * share;
      product *= forecast;
      if (i % kLogEvery == kLogEvery - 1) {
        logs += std::log(product);
        product = 1;
      }
    } else {
      squares += error * error;
    }
    double moved = error;
    if constexpr (season == EtsSeason::kMultiplicative) moved /= seasonal[phase];
    level = trended + by.alpha * moved;
    slope = by.phi * slope + by.beta * moved;
    if constexpr (season == EtsSeason::kAdditive) seasonal[phase] += by.gamma * error;
    if constexpr (season == EtsSeason::kMultiplicative) {
      seasonal[phase] += by.gamma * error / trended;
    }
    if constexpr (season != EtsSeason::kNone) {
      if (++phase == period) phase = 0;
    }
  }
  if (phase > 0) {
    std::rotate(state.season.begin(), state.season.begin() + static_cast<std::ptrdiff_t>(phase),
                state.season.end());
  }
  state.level = level;
  state.slope = slope;
  const double n = real(values.size());
  // A history that is met exactly would have an infinite likelihood.
  return -n / 2 * std::log(std::max(squares, n * 1e-24)) - logs - std::log(product);
}

// The search space of one form: smoothing parameters on the real line, then the initial states in
// units in which they are all of about the same scale.
class Space {
 public:
  Space(std::span<const double> values, std::size_t period, const EtsForm& form,
        const EtsFixed& fixed)
      : form_(form), fixed_(fixed), period_(form.season == EtsSeason::kNone ? 0 : period) {
    smoothing_count_ = (fixed.alpha > 0 ? 0U : 1U) + (form.trend && !(fixed.beta > 0) ? 1U : 0U) +
                       (period_ > 0 && !(fixed.gamma > 0) ? 1U : 0U) +
                       (form.damped && !(fixed.phi > 0) ? 1U : 0U);
    state_count_ = 1 + (form.trend ? 1U : 0U) + (period_ > 0 ? period_ - 1 : 0);
    ready_ = guess(values);
  }

  bool ready() const { return ready_; }
  std::size_t smoothing_count() const { return smoothing_count_; }
  std::size_t state_count() const { return state_count_; }
  // Estimated parameters, the variance of the errors included.
  double parameters() const { return real(smoothing_count_ + state_count_ + 1); }

  EtsSmoothing smoothing(std::span<const double> free) const {
    std::size_t next = 0;
    EtsSmoothing by;
    const auto take = [&](double fixed, double least, double most) {
      return fixed > 0 ? std::clamp(fixed, least, most) : bounded(free[next++], least, most);
    };
    by.alpha = take(fixed_.alpha, kLeast, 1 - kLeast);
    if (form_.trend) by.beta = take(fixed_.beta, kLeast, std::max(by.alpha, 2 * kLeast));
    if (period_ > 0) by.gamma = take(fixed_.gamma, kLeast, std::max(1 - by.alpha, 2 * kLeast));
    if (form_.damped) by.phi = take(fixed_.phi, kPhiLeast, kPhiMost);
    return by;
  }

  // With only the smoothing parameters given, the states as guessed.
  void state(std::span<const double> free, EtsState& state) const {
    state = guess_;
    if (free.size() <= smoothing_count_) return;
    auto next = free.begin() + static_cast<std::ptrdiff_t>(smoothing_count_);
    state.level += scale_ * *next++;
    if (form_.trend) state.slope += 0.1 * scale_ * *next++;
    // The last phase balances the others, so that the season cannot take over the level.
    double sum = 0;
    for (std::size_t phase = 0; phase + 1 < period_; ++phase, ++next) {
      const double by = season_scale_ * *next;
      state.season[phase] += by;
      sum += by;
    }
    if (period_ > 0) state.season.back() -= sum;
  }

 private:
  bool guess(std::span<const double> values) {
    std::vector<double> adjusted;
    const std::size_t first = std::min(values.size(), std::max<std::size_t>(10, 2 * period_));
    adjusted.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(first));
    if (period_ > 0) {
      const bool ratio = form_.season == EtsSeason::kMultiplicative;
      auto season = classical_season(values, period_, ratio);
      if (!season) return false;
      for (std::size_t i = 0; i < first; ++i) {
        const double index = (*season)[i % period_];
        adjusted[i] = ratio ? adjusted[i] / index : adjusted[i] - index;
      }
      guess_.season = std::move(*season);
    }
    double mean = 0;
    for (const double value : adjusted) mean += value / real(first);
    guess_.level = mean;
    if (form_.trend) {
      const Line line = fit_line(adjusted, 1);
      guess_.slope = line.slope;
      guess_.level = line.at(0) - line.slope;
      if (form_.positive_only() && !(guess_.level > kTiny)) guess_.level = mean, guess_.slope = 0;
    }
    double squares = 0;
    for (const double value : adjusted) squares += (value - mean) * (value - mean);
    scale_ = std::max(std::sqrt(squares / real(first)), 1e-9);
    season_scale_ = form_.season == EtsSeason::kMultiplicative ? 0.1 : scale_;
    return true;
  }

  EtsForm form_;
  EtsFixed fixed_;
  std::size_t period_;
  std::size_t smoothing_count_ = 0;
  std::size_t state_count_ = 0;
  EtsState guess_;
  double scale_ = 1;
  double season_scale_ = 1;
  bool ready_ = false;
};

// The best of a coarse grid: likelihoods of smoothing models have several hills.
std::vector<double> coarse(const Space& space, const Objective& objective) {
  std::vector<double> best(space.smoothing_count(), 0.0);
  double least = kInfinity;
  const std::size_t dimensions = std::min<std::size_t>(space.smoothing_count(), 3);
  std::vector<double> free(space.smoothing_count(), 1.0);
  for (std::size_t cell = 0; cell < (std::size_t{1} << dimensions); ++cell) {
    for (std::size_t i = 0; i < dimensions; ++i) {
      const bool high = (cell >> i & 1U) != 0;
      free[i] = i == 0 ? (high ? 1.5 : -1.5) : (high ? -0.5 : -4.0);
    }
    const double value = objective(free);
    if (value < least) {
      least = value;
      best = free;
    }
  }
  return best;
}

std::optional<EtsFit> fit(std::span<const double> values, std::size_t period, const EtsForm& form,
                          const EtsFixed& fixed, bool refine) {
  if (values.size() < 3) return std::nullopt;
  if (form.season != EtsSeason::kNone && (period < 2 || values.size() < 2 * period)) {
    return std::nullopt;
  }
  if (form.positive_only() && !ets_positive(values)) return std::nullopt;
  const Space space(values, period, form, fixed);
  if (!space.ready()) return std::nullopt;
  EtsState state;
  const Objective objective = [&](std::span<const double> free) {
    space.state(free, state);
    return -ets_log_likelihood(values, form, space.smoothing(free), state);
  };
  std::vector<double> start = coarse(space, objective);
  if (!std::isfinite(objective(start))) return std::nullopt;
  Minimum found = nelder_mead(objective, std::move(start), 0.8,
                              {.evaluations = 45 * space.smoothing_count(), .tolerance = 1e-3});
  const std::size_t all = space.smoothing_count() + space.state_count();
  if (refine && values.size() * all <= kEtsRefined) {
    found.at.resize(all, 0.0);
    found = quasi_newton(objective, std::move(found.at), 1e-4,
                         {.evaluations = 100 * all, .tolerance = 1e-4});
  }
  EtsFit result;
  result.form = form;
  result.smoothing = space.smoothing(found.at);
  space.state(found.at, result.initial);
  result.state = result.initial;
  result.log_likelihood = ets_log_likelihood(values, form, result.smoothing, result.state);
  if (!std::isfinite(result.log_likelihood)) return std::nullopt;
  const double count = space.parameters();
  const double spare = real(values.size()) - count - 1;
  result.aicc =
      spare > 0 ? 2 * count * (1 + (count + 1) / spare) - 2 * result.log_likelihood : kInfinity;
  return result;
}

}  // namespace

double ets_log_likelihood(std::span<const double> values, const EtsForm& form,
                          const EtsSmoothing& smoothing, EtsState& state) {
  HEADROOM_ASSERT(form.season == EtsSeason::kNone || !state.season.empty());
  const bool relative = form.multiplicative_error;
  switch (form.season) {
    case EtsSeason::kNone:
      return relative ? run<EtsSeason::kNone, true>(values, smoothing, state)
                      : run<EtsSeason::kNone, false>(values, smoothing, state);
    case EtsSeason::kAdditive:
      return relative ? run<EtsSeason::kAdditive, true>(values, smoothing, state)
                      : run<EtsSeason::kAdditive, false>(values, smoothing, state);
    case EtsSeason::kMultiplicative:
      return relative ? run<EtsSeason::kMultiplicative, true>(values, smoothing, state)
                      : run<EtsSeason::kMultiplicative, false>(values, smoothing, state);
  }
  return -kInfinity;
}

std::optional<EtsFit> fit_ets(std::span<const double> values, std::size_t period,
                              const EtsForm& form, const EtsFixed& fixed) {
  return fit(values, period, form, fixed, true);
}

std::optional<EtsFit> best_ets(std::span<const double> values, std::size_t period,
                               std::span<const EtsForm> forms) {
  std::vector<EtsFit> fits;
  for (const EtsForm& form : forms) {
    if (auto one = fit(values, period, form, {}, false)) fits.push_back(std::move(*one));
  }
  const auto better = [](const EtsFit& a, const EtsFit& b) { return a.aicc < b.aicc; };
  std::sort(fits.begin(), fits.end(), better);
  if (fits.empty()) return std::nullopt;
  for (std::size_t i = 0; i < std::min(kBestFew, fits.size()); ++i) {
    auto refined = fit(values, period, fits[i].form, {}, true);
    if (refined && refined->aicc < fits[i].aicc) fits[i] = std::move(*refined);
  }
  return *std::min_element(fits.begin(), fits.end(), better);
}

std::vector<EtsForm> ets_forms(bool seasonal, bool positive) {
  std::vector<EtsForm> forms;
  for (const bool relative : {false, true}) {
    for (const auto season : {EtsSeason::kNone, EtsSeason::kAdditive, EtsSeason::kMultiplicative}) {
      for (const int trend : {0, 1, 2}) {
        const EtsForm form{relative, trend > 0, trend == 2, season};
        if (season != EtsSeason::kNone && !seasonal) continue;
        if (form.positive_only() && !positive) continue;
        if (season == EtsSeason::kMultiplicative && !relative) continue;
        forms.push_back(form);
      }
    }
  }
  return forms;
}

bool ets_path(const EtsFit& fit, std::span<double> path) {
  const std::size_t period = fit.state.season.size();
  double slope = 0;
  double damping = fit.smoothing.phi;
  for (std::size_t h = 0, phase = 0; h < path.size(); ++h) {
    slope += damping * fit.state.slope;
    damping *= fit.smoothing.phi;
    double value = fit.state.level + slope;
    if (fit.form.season == EtsSeason::kAdditive) value += fit.state.season[phase];
    if (fit.form.season == EtsSeason::kMultiplicative) value *= fit.state.season[phase];
    if (!std::isfinite(value)) return false;
    path[h] = value;
    if (++phase >= period) phase = 0;
  }
  return true;
}

bool ets_positive(std::span<const double> values) {
  double sum = 0;
  double least = kInfinity;
  for (const double value : values) {
    sum += value;
    least = std::min(least, value);
  }
  return least > kTiny && least >= kPositiveShare * sum / real(values.size());
}

}  // namespace headroom::forecast
