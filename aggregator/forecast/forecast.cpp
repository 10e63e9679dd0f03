#include "aggregator/forecast/forecast.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/backtest.h"
#include "aggregator/forecast/choice.h"
#include "aggregator/forecast/intervals.h"
#include "aggregator/forecast/level_shift.h"
#include "aggregator/forecast/prepare.h"
#include "aggregator/forecast/reason.h"
#include "aggregator/forecast/registry.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/season.h"
#include "common/base/text.h"

namespace headroom::forecast {
namespace {

constexpr double kFloorShare = 0.01;      // of the usual step: the least half width of an interval
constexpr std::size_t kSettledHorizons = 5;
constexpr double kSingleValueSpread = 0.25;

Status check(const History& history, const Request& request) {
  const auto invalid = [](std::string message) {
    return fail(ErrorCode::kInvalidArgument, std::move(message));
  };
  if (history.step.count() <= 0) return invalid("the step of a history must be longer than 0");
  if (history.values.size() > kMaxHistory) {
    return invalid("a history may hold at most " + std::to_string(kMaxHistory) + " points, this one has " +
                   std::to_string(history.values.size()));
  }
  if (request.horizon < 1 || request.horizon > kMaxHorizon) {
    return invalid("the horizon must be 1 to " + std::to_string(kMaxHorizon) + " points, not " +
                   std::to_string(request.horizon));
  }
  double last = 0;
  for (const double level : request.levels) {
    if (!(level > last && level < 1)) {
      return invalid("levels must ascend within (0, 1); " + format_double(level) + " does not");
    }
    last = level;
  }
  if (!(request.lower_bound <= request.upper_bound)) {
    return invalid("lower_bound " + format_double(request.lower_bound) + " is not below upper_bound " +
                   format_double(request.upper_bound));
  }
  return {};
}

// Which known slot a forecast so many steps ahead resembles: gaps at the end longer than the limit are cut by whole
// seasons, so that a host that was silent for years costs no more than one that was silent for a day.
std::size_t offset_of(std::size_t trailing_unknown, std::span<const std::size_t> periods) {
  if (trailing_unknown <= kMaxHorizon) return trailing_unknown;
  const std::size_t period = periods.empty() ? 1 : periods.back();
  return trailing_unknown - (trailing_unknown - kMaxHorizon + period - 1) / period * period;
}

// Back to the series' own unit, inside the bounds, ordered, finite.
class Writer {
 public:
  Writer(const Request& request, int exponent) : request_(request), exponent_(exponent) {}

  double value(double scaled) const {
    const double largest = std::numeric_limits<double>::max();
    const double plain = std::clamp(std::ldexp(scaled, exponent_), -largest, largest);
    const double bounded = std::clamp(plain, request_.lower_bound, request_.upper_bound);
    return std::clamp(bounded, -largest, largest);
  }

  // `widen`: the interval may not be empty unless the bounds leave it no room.
  Interval interval(double level, double centre, const ErrorBounds& bounds, bool widen) const {
    Interval interval{level, value(centre + bounds.lower), value(centre + bounds.upper)};
    if (widen && interval.lower == interval.upper) {
      const double infinity = std::numeric_limits<double>::infinity();
      if (interval.lower > request_.lower_bound) {
        interval.lower = std::nextafter(interval.lower, -infinity);
      }
      if (interval.upper < request_.upper_bound) {
        interval.upper = std::nextafter(interval.upper, infinity);
      }
    }
    return interval;
  }

 private:
  const Request& request_;
  int exponent_;
};

// Share of held-out errors inside the interval that the errors from the other origins give.
double coverage_of(const std::vector<std::vector<double>>& errors, const std::vector<std::size_t>& origins,
                   const std::vector<double>& scales, double floor, double level) {
  double inside = 0;
  double known = 0;
  for (std::size_t o = 0; o < origins.size(); ++o) {
    auto other_errors = errors;
    auto other_origins = origins;
    other_errors.erase(other_errors.begin() + static_cast<std::ptrdiff_t>(o));
    other_origins.erase(other_origins.begin() + static_cast<std::ptrdiff_t>(o));
    const Intervals others(other_errors, other_origins, scales, floor);
    const ErrorBounds unit = others.unit(level);
    for (std::size_t h = 0; h < errors[o].size(); ++h) {
      if (std::isnan(errors[o][h])) continue;
      const ErrorBounds bounds = others.at(origins[o] + h, h + 1, unit);
      inside += errors[o][h] >= bounds.lower && errors[o][h] <= bounds.upper ? 1 : 0;
      known += 1;
    }
  }
  return known > 0 ? inside / known : 0;
}

}  // namespace

Result<Forecast> forecast(const History& history, const Request& request) {
  if (const Status status = check(history, request); !status) return fail(status.error());
  auto observation = observe(history.values);
  if (!observation) return fail(observation.error());
  Observed observed = std::move(*observation);
  const Writer writer(request, observed.exponent);
  const double largest = std::ldexp(1.0, observed.exponent);

  const bool constant = observed.constant;
  Story story{.step = history.step,
              .points = observed.values.size(),
              .unused = observed.unused,
              .infinite = observed.infinite,
              .trailing_unknown = observed.trailing_unknown,
              .constant = constant};
  const std::size_t trailing_unknown = observed.trailing_unknown;
  const Training training(std::move(observed), history.step);
  story.filled = training.filled();
  story.damped = training.damped();
  const std::size_t n = training.size();
  if (training.shift().at > 0) story.shift_age = n - training.shift().at;
  const Series series = training.until(n);
  const std::size_t offset = offset_of(trailing_unknown, training.periods());
  const std::size_t steps = offset + request.horizon;

  Forecast result;
  result.periods = training.periods();
  std::vector<double> path(steps);
  const RandomWalkBounds walk(training.truth(), n == 1 ? kSingleValueSpread * std::abs(series.values[0]) : 0);
  const double floor = kFloorShare * walk.at(1, 0.6827).upper;
  std::vector<std::vector<double>> errors;
  BacktestPlan plan;
  if (!constant) {
    const std::size_t age = training.shift().at > 0 ? n - training.shift().at : 0;
    const bool settled = age >= kSettledHorizons * std::min(steps, n);
    plan = plan_backtest(settled ? age : n, training.season(), steps);
    if (settled) {
      for (std::size_t& origin : plan.origins) origin += n - age;
    }
  }
  std::vector<double> scales{1.0};
  if (plan.origins.empty()) {
    result.model = "naive";
    std::fill(path.begin(), path.end(), series.values.back());
  } else {
    double scale = mean_abs_difference(series.values, training.season() > 0 ? training.season() : 1);
    if (!(scale > 0)) scale = mean_abs_difference(series.values, 1);
    if (!(scale > 0)) scale = 1;
    // Origins at which the last change of level was not yet known tell how wrong one can be, not which model is best.
    std::size_t first_judged = 0;
    while (first_judged < plan.origins.size() && plan.origins[first_judged] < training.known_from()) {
      ++first_judged;
    }
    if (first_judged + kOriginsMin > plan.origins.size()) first_judged = 0;
    const Choice choice =
        choose(run_backtest(training, plan, models()), plan, training.truth(), steps, scale, first_judged);
    path = chosen_path(choice, series, steps);
    result.model = choice.model;
    scales = phase_scales(training.truth(), training.season());
    for (std::size_t o = 0; o < plan.origins.size(); ++o) {
      errors.push_back(errors_of(choice.paths[o], training.truth(), plan.origins[o], plan.horizon));
    }
    result.backtest.origins = plan.origins.size();
    result.backtest.mae = choice.error * scale * largest;
    for (const auto& member : choice.members) {
      const bool yardstick = member.model->name() == "naive" || member.model->name() == "seasonal_naive";
      if (yardstick) result.backtest.naive_mae = member.error * scale * largest;
    }
    story.choice = &choice;
    story.backtest_steps = plan.horizon;
    result.reason = story.tell(result);
    if (!request.levels.empty()) {
      result.backtest.coverage = coverage_of(errors, plan.origins, scales, floor, request.levels.front());
    }
  }
  if (plan.origins.empty()) result.reason = story.tell(result);

  std::vector<ErrorBounds> units;
  const bool learnt = !errors.empty();
  const Intervals intervals = learnt ? Intervals(errors, plan.origins, scales, floor)
                                     : Intervals({{0.0}}, std::vector<std::size_t>{0}, {1.0}, floor);
  for (const double level : request.levels) {
    units.push_back(learnt ? intervals.unit(level) : walk.at(1, level));
  }
  result.points.reserve(request.horizon);
  for (std::size_t h = offset; h < steps; ++h) {
    Point point;
    const auto slot = static_cast<std::int64_t>(history.values.size() + h - offset);
    point.time = history.start + slot * history.step.count();
    point.value = writer.value(path[h]);
    point.intervals.reserve(units.size());
    for (std::size_t l = 0; l < units.size(); ++l) {
      const double level = request.levels[l];
      const ErrorBounds bounds =
          learnt ? intervals.at(n + h, h + 1, units[l]) : walk.at(h + 1, level);
      point.intervals.push_back(writer.interval(level, path[h], bounds, !constant));
    }
    result.points.push_back(std::move(point));
  }
  return result;
}

}  // namespace headroom::forecast
