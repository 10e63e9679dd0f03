// Forecasting: spans of numbers in, points with intervals out. This room knows no store, no clock
// and no thread; every function is pure and may be called from any thread at once: same input, same
// bits.
//
// A history goes through prepare.h (cleaning), season.h, level_shift.h, the models of registry.h
// that the budget pays for, backtest.h, choice.h and intervals.h. A new model is one file under
// models/ and one line in registry.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace headroom::forecast {

class Calendar;

// Evenly spaced history, oldest first. A NaN is a value that is not known; an infinity is treated
// as one.
struct History {
  std::span<const double> values;
  UnixMs start = 0;                   // time of values[0]
  std::chrono::milliseconds step{0};  // > 0
};

// What became of earlier forecasts of this very series once the truth was there, at horizons like
// the one asked for. Older forecasts count less, so `points` need not be whole.
struct Experience {
  struct OfModel {
    std::string model;          // as in Forecast::model
    double relative_error = 1;  // mean absolute error over that of the seasonal naive; >= 0
    double points = 0;          // > 0; as many forecast points this rests on
  };
  struct OfLevel {
    double level = 0.95;
    double below = 0;   // share of the truth under the interval without calibration, in [0, 1]…
    double above = 0;   // …and over it; the rest was inside
    double points = 0;  // > 0
  };
  std::vector<OfModel> models;  // one per model that was used, in any order
  std::vector<OfLevel> levels;  // ascending
};

inline constexpr const char* kAutomatic = "auto";
inline constexpr std::chrono::microseconds kDefaultBudget{5'000};

struct Request {
  std::size_t horizon = 24;  // 1 … kMaxHorizon points, from the slot after the history's last on
  std::vector<double> levels{0.95};  // two-sided intervals, each in (0, 1), ascending
  // Hard bounds of the quantity: demand is never below 0.
  double lower_bound = -std::numeric_limits<double>::infinity();
  double upper_bound = std::numeric_limits<double>::infinity();
  // A model of the registry, or kAutomatic: the best of those that the budget pays for, or their
  // blend.
  std::string model{kAutomatic};
  // Of that model, by name; the others are at their defaults. Needs a model.
  std::vector<std::pair<std::string, double>> parameters{};
  // What automatic choice may spend on this series, in CPU time as the models state it; the cheap
  // models take part whatever it is.
  std::chrono::microseconds budget = kDefaultBudget;
  // Sessions and events of past and future; null for none. Must outlive the call.
  const Calendar* calendar = nullptr;
  // How earlier forecasts of this series fared; null for none. Must outlive the call.
  const Experience* experience = nullptr;
};

struct Interval {
  double level = 0.95;
  double lower = 0;
  double upper = 0;
};

struct Point {
  UnixMs time = 0;
  double value = 0;  // median forecast; always finite, inside the bounds
  // One per level asked for, in the same order; lower <= value <= upper, a higher level holds a
  // lower one.
  std::vector<Interval> intervals;
};

// How the model did on this very series: forecasts made from earlier origins against what then
// happened.
struct Backtest {
  std::size_t origins = 0;  // 0: too little history to look back
  double mae = 0;           // mean absolute error over all origins and steps, in the series' unit
  double naive_mae = 0;     // the same of the seasonal naive (without a season: of the naive)
  // Share of the points inside the first level's interval as learnt from the other origins, in [0,
  // 1].
  double coverage = 0;
};

// The highest value of the horizon. Its interval is that of the maximum itself, which lies higher
// than the interval of any single point. See peak.h.
struct Peak {
  UnixMs time = 0;      // of the highest point of the forecast
  UnixMs earliest = 0;  // between these two, `time` included, the maximum lies with 80 %
  UnixMs latest = 0;
  double value = 0;                 // median of the maximum, inside the bounds
  double p90 = 0;                   // the maximum stays below with 90 %…
  double p99 = 0;                   // …and with 99 %
  std::vector<Interval> intervals;  // of the maximum, one per level asked for
};

// By how much calibration stretched either side of an interval, from the forecast outwards. Undone
// by uncalibrated() of calibration.h.
struct SideFactors {
  double lower = 1;  // > 0
  double upper = 1;  // > 0
};

struct Forecast {
  std::string model;   // as in the registry, or "weighted_median" for a blend of all models
  std::string reason;  // one sentence: why this model, what the history allowed
  std::vector<std::size_t> periods;  // seasonal periods used, in steps; empty where none was found
  std::vector<Point> points;
  std::vector<SideFactors> calibration;  // of the points' intervals, one per level asked for
  Peak peak;
  Backtest backtest;
};

inline constexpr std::size_t kMaxHorizon = 100'000;
inline constexpr std::size_t kMaxHistory = 20'000'000;  // only the newest kUsedHistory count

// Errors: kInvalidArgument for a history without a single finite value or longer than kMaxHistory,
// a step or horizon out of range, levels not ascending in (0, 1), lower_bound above upper_bound,
// an unknown model or parameter, a parameter out of its range.
// Anything else gives a sensible forecast with a stated reason: one point, a constant, all zeros,
// gaps of any length, less than a season. An interval has no width only where the history is
// constant or the bounds leave it no room.
Result<Forecast> forecast(const History& history, const Request& request);

}  // namespace headroom::forecast
