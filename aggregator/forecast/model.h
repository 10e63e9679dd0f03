// What a forecasting model is. One model is one file under models/ and one line in registry.cpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "aggregator/forecast/calendar/slot.h"
#include "common/base/clock.h"

namespace headroom::forecast {

// What a model learns from: cleaned, every value finite and at most 1 in size, oldest first, never
// empty. It may be cut off anywhere at its new end (for the backtest), so a season may be
// incomplete or have fewer than two repetitions.
struct Series {
  std::span<const double> values{};
  std::span<const std::size_t> periods{};  // seasons in steps, ascending; empty where there is none
  // The one that counts as the season (the day before the week); 0 for none.
  std::size_t season = 0;
  UnixMs start = 0;  // time of values[0]; 0 with step 0 where times are not known
  std::chrono::milliseconds step{0};
  // With a calendar: what it says of each slot, from values[0] to the end of the longest path asked
  // for; and the values with the days in it on which the calendar departs from its usual week.
  // `values` has those days filled in from their neighbours, so that no holiday is repeated a week
  // later. Both empty without one.
  std::span<const Slot> slots{};
  std::span<const double> with_irregular{};
};

// What a person may set: --param NAME=VALUE.
struct Parameter {
  std::string_view name;
  double fallback =
      0;  // used where nothing is given; documented in `meaning` if it means "automatic"
  double least = 0;
  double most = 0;
  std::string_view meaning;  // one line, with the unit
};
using Settings = std::span<const double>;  // one per parameter, in the order of parameters()

// The size of a task, from which a model tells its cost.
struct Task {
  std::size_t points = 0;
  std::size_t steps = 0;  // of the path
  std::size_t season = 0;
  std::size_t longest_period = 0;
  bool calendar = false;  // the series has one
  std::chrono::milliseconds step{0};
};

// Stateless: one object serves every series and thread. Deterministic: same input, same bits.
class Model {
 public:
  virtual ~Model() = default;
  // As it stands in Forecast::model; lower case, stable over versions.
  virtual std::string_view name() const = 0;
  // One line for people: what it does and whose method it is.
  virtual std::string_view about() const = 0;
  virtual std::span<const Parameter> parameters() const { return {}; }
  // CPU of one fit and path in microseconds, as measured on a 2020s server core and rounded up:
  // what a budget is held against. A pure function of the task, so that choices do not depend on
  // the machine.
  virtual double cost_us(const Task& task) const = 0;
  // Writes the forecast for steps 1 … path.size() after the last value. False where this history
  // does not carry the model (too short, no season…): it then leaves the race. Values written must
  // be finite. `settings` is empty for all defaults.
  virtual bool forecast(const Series& series, Settings settings, std::span<double> path) const = 0;
  // The same for several series that are one history cut off at several ends, the shortest first;
  // paths[i] belongs to series[i]. To be overridden where fits can share work; false if one of them
  // fails.
  virtual bool forecast_each(std::span<const Series> series, Settings settings,
                             std::span<std::vector<double>> paths) const;
};

}  // namespace headroom::forecast
