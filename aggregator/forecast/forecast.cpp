// The way of a history: cleaned, its seasons found, forecast by every model from several earlier
// moments, the best or their blend chosen, intervals learnt from what that one got wrong.
#include "aggregator/forecast/forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "aggregator/forecast/backtest.h"
#include "aggregator/forecast/calibration.h"
#include "aggregator/forecast/candidates.h"
#include "aggregator/forecast/choice.h"
#include "aggregator/forecast/intervals.h"
#include "aggregator/forecast/peak.h"
#include "aggregator/forecast/phase_scale.h"
#include "aggregator/forecast/random_walk.h"
#include "aggregator/forecast/reason.h"
#include "aggregator/forecast/registry.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/training.h"
#include "common/base/text.h"

namespace headroom::forecast {
namespace {

constexpr double kLargest = std::numeric_limits<double>::max();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kFloorShare = 0.01;    // of the usual step: the least half width of an interval
constexpr double kSingleSpread = 0.25;  // standard deviation assumed, of a history's only value
constexpr double kNamedDearUs =
    20'000;  // a model that was asked for may cost more than one that was not
constexpr std::size_t kErrorsMin = 6;  // fewer held-out errors say nothing about a spread

Status check(const History& history, const Request& request) {
  const auto invalid = [](std::string message) {
    return fail(ErrorCode::kInvalidArgument, std::move(message));
  };
  if (history.step.count() <= 0) return invalid("the step of a history must be longer than 0");
  if (history.values.size() > kMaxHistory) {
    return invalid("a history may hold at most " + std::to_string(kMaxHistory) +
                   " points, this one has " + std::to_string(history.values.size()));
  }
  if (request.horizon < 1 || request.horizon > kMaxHorizon) {
    return invalid("the horizon must be 1 to " + std::to_string(kMaxHorizon) + " points, not " +
                   std::to_string(request.horizon));
  }
  const auto slots = static_cast<std::int64_t>(history.values.size() + request.horizon);
  const std::int64_t half = std::numeric_limits<UnixMs>::max() / 2;
  if (history.start > half || history.start < -half || history.step.count() > half / slots) {
    return invalid("the times of history and forecast go beyond what a clock can tell");
  }
  double last = 0;
  for (const double level : request.levels) {
    if (!(level > last && level < 1)) {
      return invalid("levels must ascend within (0, 1); " + format_double(level) + " does not");
    }
    last = level;
  }
  if (!(request.lower_bound <= request.upper_bound) || request.lower_bound == kInfinity ||
      request.upper_bound == -kInfinity) {
    return invalid("no value lies between lower_bound " + format_double(request.lower_bound) +
                   " and upper_bound " + format_double(request.upper_bound));
  }
  return {};
}

// Steps from the last known value to the first that is asked for. A gap at the end that is longer
// than any horizon is cut by whole seasons: a host that was silent for years costs no more than one
// that was silent for a day.
std::size_t offset_of(std::size_t trailing_unknown, std::span<const std::size_t> periods) {
  if (trailing_unknown <= kMaxHorizon) return trailing_unknown;
  const std::size_t period = periods.empty() ? 1 : periods.back();
  const std::size_t needed = (trailing_unknown - kMaxHorizon + period - 1) / period;
  return trailing_unknown - std::min(needed, trailing_unknown / period) * period;
}

// The usual change of the series, by which errors of different series become comparable.
double usual_change(const Series& series) {
  for (const std::size_t lag : {series.season, std::size_t{1}}) {
    const double change = mean_abs_difference(series.values, lag);
    if (change > 0) return change;
  }
  return 1;
}

// From the models' unit to the series' own: finite, inside the bounds, in order.
class Writer {
 public:
  Writer(const Request& request, int exponent) : request_(request), exponent_(exponent) {}

  double plain(double scaled) const {
    return std::clamp(std::ldexp(scaled, exponent_), -kLargest, kLargest);
  }
  double value(double scaled) const {
    return std::clamp(std::clamp(plain(scaled), request_.lower_bound, request_.upper_bound),
                      -kLargest, kLargest);
  }
  // `inner`: the interval of the level before, which this one holds; null for the first. With
  // `open` the interval is empty only where the bounds leave it no room, however small the errors
  // were.
  Interval interval(double level, double centre, const ErrorBounds& bounds, const Interval* inner,
                    bool open) const {
    Interval interval{level, value(centre + bounds.lower), value(centre + bounds.upper)};
    if (open && interval.lower == interval.upper) {
      if (interval.lower > request_.lower_bound) {
        interval.lower = std::nextafter(interval.lower, -kLargest);
      }
      if (interval.upper < request_.upper_bound) {
        interval.upper = std::nextafter(interval.upper, kLargest);
      }
    }
    if (inner != nullptr) {
      interval.lower = std::min(interval.lower, inner->lower);
      interval.upper = std::max(interval.upper, inner->upper);
    }
    return interval;
  }

 private:
  const Request& request_;
  int exponent_;
};

struct Judged {
  Choice choice;
  BacktestPlan plan;
  std::optional<Intervals> intervals;  // none where too little of what was forecast is known
  std::size_t horizon = 0;             // of the backtest
};

std::optional<Judged> look_back(const Training& training, std::size_t steps, double floor,
                                const Request& request, const std::optional<Candidate>& named) {
  const BacktestPlan plan = plan_backtest(training, steps);
  if (plan.origins.empty()) return std::nullopt;
  const Task task{training.size(),
                  steps,
                  training.season(),
                  training.periods().empty() ? 0 : training.periods().back(),
                  request.calendar != nullptr,
                  training.until(training.size()).step};
  std::vector<Candidate> candidates =
      named ? yardsticks() : affordable_candidates(request.budget, task, plan.origins.size() + 1);
  if (named && named->model->name() != "naive" && named->model->name() != "seasonal_naive") {
    candidates.push_back(*named);
    candidates.back().dear = named->model->cost_us(task) > kNamedDearUs;
  }
  std::vector<Trial> trials = run_backtest(training, plan, candidates, steps);
  if (trials.empty()) return std::nullopt;
  const double scale = usual_change(training.until(training.size()));
  Judged judged{choose(std::move(trials), plan, training.judged_truth(), steps, scale,
                       named ? named->model : nullptr, request.experience),
                plan, std::nullopt, plan.horizon};
  std::vector<std::vector<double>> errors;
  std::size_t known = 0;
  for (std::size_t o = 0; o < plan.origins.size(); ++o) {
    errors.push_back(errors_of(judged.choice.paths[o], training.truth(), plan.origins[o]));
    for (const double error : errors.back()) known += std::isnan(error) ? 0 : 1;
  }
  if (known < kErrorsMin || judged.choice.origins == 0) return std::nullopt;
  judged.intervals.emplace(std::move(errors), plan.origins,
                           phase_scales(training.truth(), training.season()), floor);
  return judged;
}

Backtest backtest_of(const Judged& judged, const Request& request, const Writer& writer) {
  Backtest backtest{.origins = judged.choice.origins, .mae = writer.plain(judged.choice.mae)};
  for (const char* yardstick : {"naive", "seasonal_naive"}) {
    if (const auto* member = judged.choice.find(yardstick)) {
      backtest.naive_mae = writer.plain(member->mae);
    }
  }
  if (!request.levels.empty()) {
    backtest.coverage = judged.intervals->held_out_coverage(request.levels.front());
  }
  return backtest;
}

constexpr double kTimeShare = 0.1;  // of the maxima are before Peak::earliest, and after latest

// `offset`: steps of the path that nobody asked for.
Peak peak_of(const std::vector<Point>& points, std::span<const double> path, std::size_t offset,
             const Training& training, const std::optional<Judged>& judged, const RandomWalk& walk,
             const Request& request, const Writer& writer) {
  constexpr ErrorBounds kUnit{-1, 1};
  constexpr double kOneSigma = 0.6827;
  const std::size_t n = training.size();
  std::vector<double> sizes(points.size());
  std::vector<std::vector<double>> errors;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::size_t h = offset + i;
    sizes[i] =
        judged ? judged->intervals->at(n + h, h + 1, kUnit).upper : walk.at(h + 1, kOneSigma).upper;
  }
  if (judged) {
    for (std::size_t o = 0; o < judged->plan.origins.size(); ++o) {
      const std::size_t origin = judged->plan.origins[o];
      errors.push_back(errors_of(judged->choice.paths[o], training.truth(), origin));
      for (std::size_t h = 0; h < errors.back().size(); ++h) {
        errors.back()[h] /= judged->intervals->at(origin + h, h + 1, kUnit).upper;
      }
    }
  }
  const PeakDraws draws = draw_peaks(
      {path.subspan(offset), sizes, errors, std::max(training.season(), sizes.size() / 4 + 1)});
  const auto value = [&](double share) {
    return writer.value(quantile_sorted(draws.values, share));
  };
  const auto highest =
      std::max_element(points.begin(), points.end(),
                       [](const Point& a, const Point& b) { return a.value < b.value; });
  const auto edge = static_cast<std::size_t>(kTimeShare * real(kPeakDraws));
  Peak peak{.time = highest->time,
            .earliest = std::min(highest->time, points[draws.steps[edge]].time),
            .latest = std::max(highest->time, points[draws.steps[kPeakDraws - 1 - edge]].time),
            .value = value(0.5),
            .p90 = value(0.9),
            .p99 = value(0.99),
            .intervals = {}};
  for (const double level : request.levels) {
    peak.intervals.push_back({level, value((1 - level) / 2), value((1 + level) / 2)});
  }
  return peak;
}

// The path of one model where nothing can be looked back on; the path stays where it cannot.
bool path_of(const Candidate& candidate, const Series& series, std::vector<double>& path) {
  std::vector<double> own(path.size());
  if (!candidate.model->forecast(series, candidate.settings, own)) return false;
  if (!std::all_of(own.begin(), own.end(), [](double v) { return std::isfinite(v); })) return false;
  path = std::move(own);
  return true;
}

}  // namespace

Result<Forecast> forecast(const History& history, const Request& request) {
  if (const Status status = check(history, request); !status) return fail(status.error());
  std::optional<Candidate> named;
  if (request.model != kAutomatic) {
    auto found = named_candidate(request);
    if (!found) return fail(found.error());
    named = std::move(*found);
  } else if (!request.parameters.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "parameters belong to one model; name it, or leave them out");
  }
  auto observed = observe(history.values);
  if (!observed) return fail(observed.error());
  const Writer writer(request, observed->exponent);
  const bool constant = observed->constant;
  const std::size_t trailing_unknown = observed->trailing_unknown;
  Story story(history.step, *observed);
  const auto first = history.values.size() - trailing_unknown - observed->values.size();
  const Times times{history.start + static_cast<std::int64_t>(first) * history.step.count(),
                    history.step, trailing_unknown <= kMaxHorizon ? request.calendar : nullptr,
                    trailing_unknown + request.horizon};
  const Training training(std::move(*observed), times);
  story.add(training);
  const std::size_t n = training.size();
  const std::size_t offset = offset_of(trailing_unknown, training.periods());
  const std::size_t steps = offset + request.horizon;

  const double last = training.until(n).values.back();
  const RandomWalk walk(training.truth(), n == 1 ? kSingleSpread * std::abs(last) : 0);
  auto judged = constant
                    ? std::nullopt
                    : look_back(training, steps, kFloorShare * walk.one_step(), request, named);
  std::vector<double> path = judged ? judged->choice.path : std::vector<double>(steps, last);

  Forecast result;
  result.model = judged ? judged->choice.model : "naive";
  // One that was asked for may need more history than any look-back leaves it.
  if (named && !constant && result.model != named->model->name() &&
      path_of(*named, training.until(n), path)) {
    result.model = named->model->name();
    judged.reset();
  }
  if (named) story.add_asked_for(named->model->name());
  result.periods = training.periods();
  if (judged) {
    result.backtest = backtest_of(*judged, request, writer);
    story.add(judged->choice, judged->horizon);
  }
  result.reason = story.tell(result);

  std::vector<ErrorBounds> units;
  for (const double level : request.levels) {
    units.push_back(judged ? calibrated(judged->intervals->unit(level), level, request.experience)
                           : walk.at(1, level));
    result.calibration.push_back(judged ? calibration_of(level, request.experience)
                                        : SideFactors{});
  }
  result.points.reserve(request.horizon);
  for (std::size_t i = 0; i < request.horizon; ++i) {
    const std::size_t h = offset + i;
    const auto slot = static_cast<std::int64_t>(history.values.size() + i);
    Point point{.time = history.start + slot * history.step.count(),
                .value = writer.value(path[h]),
                .intervals = {}};
    point.intervals.reserve(units.size());
    for (std::size_t l = 0; l < units.size(); ++l) {
      const ErrorBounds bounds = judged ? judged->intervals->at(n + h, h + 1, units[l])
                                        : walk.at(h + 1, request.levels[l]);
      const Interval* inner = l == 0 ? nullptr : &point.intervals.back();
      point.intervals.push_back(
          writer.interval(request.levels[l], path[h], bounds, inner, !constant));
    }
    result.points.push_back(std::move(point));
  }
  if (constant) {
    // Nothing ever differed from it, so nothing tells by how much the maximum could.
    const double value = result.points.front().value;
    result.peak = {result.points.front().time,
                   result.points.front().time,
                   result.points.back().time,
                   value,
                   value,
                   value,
                   {}};
    for (const double level : request.levels) {
      result.peak.intervals.push_back({level, value, value});
    }
  } else {
    result.peak = peak_of(result.points, path, offset, training, judged, walk, request, writer);
  }
  return result;
}

}  // namespace headroom::forecast
