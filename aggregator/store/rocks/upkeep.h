// What turns batches into runs and keeps runs few: moving a head into chunks, rolling windows up,
// merging runs. Each writes new runs and says what is to become of the windows; nothing counts
// until the store publishes it.
//
// Not thread-safe: one piece of upkeep at a time.
#pragma once

#include <functional>
#include <vector>

#include "aggregator/store/head.h"
#include "aggregator/store/rocks/database.h"
#include "aggregator/store/rocks/run_set.h"
#include "aggregator/store/rocks/window_index.h"
#include "aggregator/store/rollup.h"

namespace headroom::store::rocks {

// From when on each tier still keeps samples: by its retention, or because earlier windows were
// dropped for their size.
struct KeptSince {
  UnixMs raw = 0;
  UnixMs minute = 0;
  UnixMs hour = 0;

  UnixMs of(Tier tier) const {
    return tier == Tier::kRaw ? raw : tier == Tier::kMinute ? minute : hour;
  }
  bool kept(Tier tier, std::uint32_t window) const { return window_end(tier, window) > of(tier); }
};

class Upkeep {
 public:
  // `shape_of` gives the shape of a group, which has one entry per column; `next_run` the numbers
  // of new runs; `written` is told of each run that the database has and that does not count yet.
  Upkeep(Database& database, std::function<GroupShape(GroupId)> shape_of,
         std::function<std::uint32_t()> next_run, std::function<void(const Run&)> written)
      : database_(database),
        shape_of_(std::move(shape_of)),
        next_run_(std::move(next_run)),
        written_(std::move(written)) {}

  struct Flushed {
    std::vector<WindowChange> changes;
    std::uint64_t samples_expired = 0;  // too old for every tier
  };
  // All of the head as raw chunks; samples whose raw window is not kept any more go into the
  // rollups at once, added to what these have. Errors: kUnavailable, kCorruption.
  Result<Flushed> flush(const Head& head, const WindowIndex& index, const KeptSince& since);

  // Rolls up the groups of a raw window that have chunks in runs which are not rolled up yet. With
  // `merge` all runs of the window become one. Errors: kUnavailable, kCorruption.
  Result<std::vector<WindowChange>> roll_up(std::uint32_t window, const WindowState& state,
                                            const KeptSince& since, bool merge);

  // Makes one run out of these runs of one window. Errors: kUnavailable, kCorruption.
  Result<WindowChange> merge(Tier tier, std::uint32_t window, const std::vector<RunPtr>& runs);

 private:
  struct Target;
  static std::vector<Target> targets(std::span<const UnixMs> times, const WindowIndex& index,
                                     const KeptSince& since, std::uint64_t& expired);
  Status flush_group(GroupId group, const Head& head, const WindowIndex& index,
                     const KeptSince& since, RunSet& runs, std::uint64_t& expired);
  Status finish_rollup(GroupId group, Target& target, std::size_t columns, const WindowIndex& index,
                       RunSet& runs);

  Database& database_;
  std::function<GroupShape(GroupId)> shape_of_;
  std::function<std::uint32_t()> next_run_;
  std::function<void(const Run&)> written_;
};

// Which of the runs of a window should become one: nothing where there are few. Those that are
// small beside what is younger go together, so that each sample is rewritten seldom. A window that
// is `closed` for good keeps one run only.
std::vector<RunPtr> runs_to_merge(const WindowState& state, bool closed);

inline constexpr std::size_t kRunsPerWindow = 12;

}  // namespace headroom::store::rocks
