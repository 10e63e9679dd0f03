// A line chart of a forecast with its bands, in Unicode characters, as wide as the terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/look.h"
#include "common/base/clock.h"

namespace headroom::cli {

struct ChartPoint {
  UnixMs time = 0;
  double value = 0;
  // The widest band, and a narrower one inside it where there is one; lower <= value <= upper.
  double lower = 0;
  double upper = 0;
  std::optional<double> inner_lower;
  std::optional<double> inner_upper;
};

struct Chart {
  std::vector<ChartPoint> points;  // in order of time
  std::string unit;                // UCUM
  std::optional<double>
      capacity;      // drawn unless it lies so far above the band that the band would be squashed
  std::string band;  // for the legend: "95 %"
  std::string inner_band;
};

// Axis labels are round numbers and round times in UTC. Where a column stands for several points it
// shows the highest value and the widest band: a peak is never averaged away. Empty for fewer than
// two points or fewer than 40 columns.
std::string render_chart(const Chart& chart, const Look& look);

}  // namespace headroom::cli
