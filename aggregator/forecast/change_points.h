// Where a series became another one: its level jumped, or its trend turned.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace headroom::forecast {

enum class ChangeKind : std::uint8_t { kLevel, kTrend };

struct ChangePoint {
  std::size_t at = 0;  // index of the first value after it
  ChangeKind kind = ChangeKind::kLevel;
  double before = 0;  // what the segments on either side say about the moment of change
  double after = 0;
  double slope_before = 0;  // per value; 0 where levels alone describe the series
  double slope_after = 0;
  // Within what a double can say.
  double jump() const {
    constexpr double kMost = std::numeric_limits<double>::max();
    return std::clamp(after - before, -kMost, kMost);
  }
};

inline constexpr std::size_t kChangeBlocksMost = 512;
inline constexpr std::size_t kSegmentBlocksMin = 4;  // on either side of a change
inline constexpr std::size_t kChangePointsMost = 32;

// Changes in `values` without their seasons (without_seasons()), ascending. NaN is not known. The
// series is looked at in medians of blocks of `block` values, aligned to the end, or of several
// such blocks where there would be more than kChangeBlocksMost; a jump's position is then sought
// within the blocks.
//
// PELT twice: with levels, each segment costing its absolute deviations from its median, and with
// lines, by least squares on values clipped about a running median. What describes the series
// better for the number of its parameters is taken. A change costs 2.5 ln n (with lines 3.5 ln n)
// times the noise's long-run variance, from differences that no change of level can move (Chakar,
// Lebarbier, Lévy-Leduc & Robin 2017) and from what the segments leave, so that wandering is not
// taken for changing. If more than kChangePointsMost would remain, the penalty doubles until they
// do not.
std::vector<ChangePoint> find_change_points(std::span<const double> values, std::size_t block = 1);

// The values less their seasonal profiles (profile.h); NaN where unknown. Any size of values.
std::vector<double> without_seasons(std::span<const double> values,
                                    std::span<const std::size_t> periods);

}  // namespace headroom::forecast
