// Why a forecast looks as it does, in one sentence for the person who has to trust it.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "aggregator/forecast/choice.h"
#include "aggregator/forecast/forecast.h"

namespace headroom::forecast {

// What happened on the way from the history to the forecast.
struct Story {
  std::chrono::milliseconds step{0};
  std::size_t points = 0;             // from the first known value to the last
  std::size_t unused = 0;
  std::size_t infinite = 0;
  std::size_t trailing_unknown = 0;
  bool constant = false;
  std::size_t filled = 0;
  std::size_t damped = 0;
  std::size_t shift_age = 0;          // points since the last level shift, 0 for none
  const Choice* choice = nullptr;     // null without a backtest
  std::size_t backtest_steps = 0;

  std::string tell(const Forecast& forecast) const;
};

}  // namespace headroom::forecast
