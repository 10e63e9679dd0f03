// Changes of level: a deploy or a resize makes the past a different service.
#pragma once

#include <cstddef>
#include <span>

namespace headroom::forecast {

struct LevelShift {
  std::size_t at = 0;  // index of the first value of the new level; 0 where there was no shift
  double jump = 0;     // new level less old level
};

// Blocks that must lie on either side of a change before it counts as lasting.
inline constexpr std::size_t kShiftBlocks = 3;

// The last large and lasting change in level, seen in the medians of blocks of `block` values
// aligned to the end, one season each. What repeats in longer seasons is best taken out before: a
// quiet weekend of three days would pose as a change. At a change the medians of up to eight blocks
// on either side differ by more than five times the usual step from block to block and more than
// the values' spread within a block; at least kShiftBlocks lie on either side; and most of the
// difference arises between two blocks, which is what sets a shift apart from a trend. A change
// back to a level that is known from before is none.
LevelShift last_level_shift(std::span<const double> values, std::size_t block);

}  // namespace headroom::forecast
