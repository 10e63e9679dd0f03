// The highest value of a horizon. The maximum of a path is not the maximum of its medians: of many
// steps that are about equally high, one will be higher than it is forecast. So whole paths of
// errors are drawn from the backtest's and added to the forecast, and what is highest in each is
// looked at.
//
// A drawn path is the mean error of one origin, smoothed over the origins' spread, plus blocks of
// consecutive errors about their own mean, each from an origin of its own (block bootstrap: Künsch
// 1989; smoothed: Silverman & Young 1987). The draws are the same for the same input.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

inline constexpr std::size_t kPeakDraws = 256;
inline constexpr std::size_t kPeakSteps = 256;  // the steps most likely to be highest

struct PeakTask {
  std::span<const double> path;   // forecast of the steps that count; not empty
  std::span<const double> sizes;  // of an error at each of them, >= 0
  // errors[origin][step]: truth less forecast, each over its size; NaN where unknown. Without any,
  // one normal error is shared by all steps.
  std::span<const std::vector<double>> errors;
  std::size_t block = 1;  // steps whose errors hang together, such as a season
};

// One per draw.
struct PeakDraws {
  std::vector<double> values;      // of the highest step, ascending
  std::vector<std::size_t> steps;  // which it was, an index into the path, ascending
};

PeakDraws draw_peaks(const PeakTask& task);

}  // namespace headroom::forecast
