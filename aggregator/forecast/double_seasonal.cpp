#include "aggregator/forecast/double_seasonal.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "aggregator/forecast/classical.h"
#include "aggregator/forecast/ets.h"
#include "aggregator/forecast/optimise.h"
#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr double kTiny = 1e-12;
constexpr double kGainLeast = 1e-4;
constexpr double kGainMost = 0.9;
constexpr double kPhiMost = 0.99;
constexpr std::size_t kPasses = 95;

void turn(std::vector<double>& ring, std::size_t by) {
  std::rotate(ring.begin(), ring.begin() + static_cast<std::ptrdiff_t>(by), ring.end());
}

// All kinds by one loop: `factors` says whether seasons are taken out by division. Without a trend
// the chain from level to level is a product and a sum, which is what a pass takes its time for.
template <bool factors, bool trend>
double pass(std::span<const double> values, DoubleSeasonal& model, std::size_t& at_brief,
            std::size_t& at_whole) {
  double level = model.level;
  double slope = model.slope;
  double error = model.error;
  double squares = 0;
  const double keep = 1 - model.alpha;
  for (const double value : values) {
    double& brief = model.brief[at_brief];
    double& whole = model.whole[at_whole];
    const double trended = trend ? level + slope : level;
    double smoothed = 0;
    double missed = 0;
    if constexpr (factors) {
      const double season = brief * whole;
      if (!(season > kTiny && trended > kTiny)) return std::numeric_limits<double>::infinity();
      missed = value - trended * season;
      smoothed = model.alpha * (value / season) + keep * trended;
      const double part = value / smoothed;
      const double old = brief;
      brief += model.gamma * (part / whole - brief);
      whole += model.omega * (part / old - whole);
    } else {
      const double plain = value - (brief + whole);
      missed = plain - trended;
      smoothed = model.alpha * plain + keep * trended;
      const double part = keep * missed;
      brief += model.gamma * part;
      whole += model.omega * part;
    }
    const double corrected = missed - model.phi * error;
    squares += corrected * corrected;
    error = missed;
    if constexpr (trend) slope += model.beta * (smoothed - trended);
    level = smoothed;
    if (++at_brief == model.brief.size()) at_brief = 0;
    if (++at_whole == model.whole.size()) at_whole = 0;
  }
  model.level = level;
  model.slope = slope;
  model.error = error;
  return squares / real(values.size());
}

double any_pass(std::span<const double> values, DoubleSeasonal& model, std::size_t& at_brief,
                std::size_t& at_whole) {
  const bool trend = model.beta > 0 || model.slope != 0;
  if (model.factors) {
    return trend ? pass<true, true>(values, model, at_brief, at_whole)
                 : pass<true, false>(values, model, at_brief, at_whole);
  }
  return trend ? pass<false, true>(values, model, at_brief, at_whole)
               : pass<false, false>(values, model, at_brief, at_whole);
}

}  // namespace

double DoubleSeasonal::run(std::span<const double> values) {
  std::size_t at_brief = 0;
  std::size_t at_whole = 0;
  const double mean = any_pass(values, *this, at_brief, at_whole);
  turn(brief, at_brief);
  turn(whole, at_whole);
  return mean;
}

void DoubleSeasonal::path(std::span<double> to) const {
  double correction = error;
  for (std::size_t h = 0; h < to.size(); ++h) {
    correction *= phi;
    const double trended = level + real(h + 1) * slope;
    const double one = brief[h % brief.size()];
    const double other = whole[h % whole.size()];
    to[h] = (factors ? trended * one * other : trended + one + other) + correction;
  }
}

std::optional<DoubleSeasonal> fit_double_seasonal(std::span<const double> values, std::size_t brief,
                                                  std::size_t whole, bool factors, bool trend) {
  if (brief < 2 || whole <= brief || values.size() < 2 * whole) return std::nullopt;
  if (factors && !ets_positive(values)) return std::nullopt;
  DoubleSeasonal start;
  start.factors = factors;
  auto season = classical_season(values, brief, factors);
  if (!season) return std::nullopt;
  std::vector<double> rest(values.begin(), values.end());
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const double by = (*season)[i % brief];
    rest[i] = factors ? rest[i] / by : rest[i] - by;
  }
  start.brief = std::move(*season);
  season = classical_season(rest, whole, factors);
  if (!season) return std::nullopt;
  start.whole = std::move(*season);
  // The longer season has mean 0 (or 1) over its period, so two periods' mean is the level.
  for (std::size_t i = 0; i < 2 * whole; ++i) start.level += rest[i] / real(2 * whole);

  DoubleSeasonal trial = start;
  const auto load = [&](std::span<const double> free, DoubleSeasonal& model) {
    model.level = start.level;
    model.slope = 0;
    model.error = 0;
    std::copy(start.brief.begin(), start.brief.end(), model.brief.begin());
    std::copy(start.whole.begin(), start.whole.end(), model.whole.begin());
    model.alpha = bounded(free[0], kGainLeast, kGainMost);
    model.gamma = bounded(free[1], kGainLeast, kGainMost);
    model.omega = bounded(free[2], kGainLeast, kGainMost);
    model.phi = bounded(free[3], 0, kPhiMost);
    model.beta = trend ? bounded(free[4], 0, kGainMost / 2) : 0;
  };
  const Objective objective = [&](std::span<const double> free) {
    load(free, trial);
    std::size_t at_brief = 0;
    std::size_t at_whole = 0;
    return std::log(any_pass(values, trial, at_brief, at_whole) + 1e-24);
  };
  std::vector<double> free{-2.5, -2, -2, 0.5};
  if (trend) free.push_back(-4);
  if (!std::isfinite(objective(free))) return std::nullopt;
  const Minimum found =
      nelder_mead(objective, free, 1.0, {.evaluations = kPasses, .tolerance = 1e-4});
  load(found.at, trial);
  return trial;
}

}  // namespace headroom::forecast
