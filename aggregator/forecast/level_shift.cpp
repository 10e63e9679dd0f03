#include "aggregator/forecast/level_shift.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kSideMax = 8;
constexpr double kSteps = 5;          // usual steps from block to block
constexpr double kSuddenShare = 0.6;  // of the difference that must arise at once
constexpr double kSeenShare = 0.1;

// A service that goes to and fro between levels has not left its past behind. True if more than a
// tenth of the older blocks were near the new level already.
bool seen_before(std::span<const double> older, double level, double near) {
  const auto count = std::count_if(older.begin(), older.end(),
                                   [&](double block) { return std::abs(block - level) < near; });
  return real(static_cast<std::size_t>(count)) > kSeenShare * real(older.size());
}

}  // namespace

LevelShift last_level_shift(std::span<const double> values, std::size_t block) {
  HEADROOM_ASSERT(block > 0);
  const std::vector<double> medians = block_medians(values, block);
  const std::size_t blocks = medians.size();
  if (blocks < 2 * kShiftBlocks) return {};

  std::vector<double> steps(blocks - 1);
  for (std::size_t i = 1; i < blocks; ++i) steps[i - 1] = std::abs(medians[i] - medians[i - 1]);
  const double usual_step = 1.4826 * median_inplace(steps);
  const std::size_t skipped = values.size() - blocks * block;
  std::vector<double> within(values.size() - skipped);
  for (std::size_t i = 0; i < within.size(); ++i) {
    within[i] = values[skipped + i] - medians[i / block];
  }
  const double least = std::max(kSteps * usual_step, spread(within, 0));
  const std::span<const double> all(medians);

  for (std::size_t k = blocks - kShiftBlocks; k >= kShiftBlocks; --k) {
    const std::size_t before = std::min(k, kSideMax);
    const std::size_t after = std::min(blocks - k, kSideMax);
    const double jump = median(all.subspan(k, after)) - median(all.subspan(k - before, before));
    const double sudden = median(all.subspan(k, 2)) - median(all.subspan(k - 2, 2));
    if (std::abs(jump) <= least || sudden / jump < kSuddenShare) continue;
    if (seen_before(all.first(k), median(all.subspan(k, after)), std::abs(jump) / 2)) return {};
    // The neighbouring boundary may fit still better.
    std::size_t best = k;
    if (std::abs(medians[k - 1] - medians[k - 2]) > std::abs(medians[k] - medians[k - 1])) --best;
    return {skipped + best * block, jump};
  }
  return {};
}

}  // namespace headroom::forecast
