#include <algorithm>

#include "aggregator/store/rocks/engine.h"
#include "aggregator/store/rocks/keys.h"
#include "common/log/log.h"

namespace headroom::store::rocks {
namespace {

using std::chrono::milliseconds;

constexpr UnixMs kCloseGraceMs = 120'000;  // late batches of a window that has just ended
constexpr milliseconds kQuiet{60'000};     // a window that batches still come for is not rolled up
constexpr milliseconds kUpkeepEvery{1000};
constexpr milliseconds kRetry{5000};
constexpr milliseconds kRetentionEvery{60'000};
constexpr std::size_t kRunsLeft = 2;          // in a raw window that is rolled up
constexpr std::size_t kRawWindowsLeast = 12;  // a day: the size's limit leaves so many raw windows

}  // namespace

KeptSince Engine::kept_since() const {
  const UnixMs at = now();
  const std::lock_guard lock(mutex_);
  return {std::max(at - options_.retention_raw.count(), dropped_[0]),
          std::max(at - options_.retention_minute.count(), dropped_[1]),
          std::max(at - options_.retention_hour.count(), dropped_[2])};
}

bool Engine::quiet(std::uint32_t window) const {
  const auto touched = touched_.find(window);
  return touched == touched_.end() || Steady::now() - touched->second > kQuiet;
}

bool Engine::flush_is_due() const {
  if (flushing_ || head_->bytes() > options_.head_bytes) return true;
  if (head_->empty()) return false;
  if (Steady::now() - head_since_ > options_.flush_interval) return true;
  const std::uint32_t window = head_->windows().begin()->first;
  return window_end(Tier::kRaw, window) + kCloseGraceMs <= now() && quiet(window);
}

Status Engine::roll_up_closed(bool at_once) {
  const KeptSince since = kept_since();
  std::vector<std::pair<std::uint32_t, WindowState>> due;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [window, state] : windows_.of(Tier::kRaw)) {
      const bool closed = window_end(Tier::kRaw, window) + (at_once ? 0 : kCloseGraceMs) <= now();
      if (closed && state.dirty() && (at_once || quiet(window))) due.emplace_back(window, state);
    }
  }
  for (const auto& [window, state] : due) {
    // Two runs read nearly as fast as one, and need not be written again.
    const bool merge = state.runs.size() > kRunsLeft;
    const auto changes = upkeep_.roll_up(window, state, since, merge);
    if (!changes) return fail(changes.error());
    rocksdb::WriteBatch batch;
    if (auto published = publish(*changes, batch, [&, window = window] { touched_.erase(window); });
        !published)
      return published;
  }
  return {};
}

Status Engine::merge_runs() {
  for (const Tier tier : kTiers) {
    std::vector<std::pair<std::uint32_t, WindowState>> all;
    {
      const std::lock_guard lock(mutex_);
      all.assign(windows_.of(tier).begin(), windows_.of(tier).end());
    }
    for (const auto& [window, state] : all) {
      // A raw window has been merged when it was rolled up; what comes later stays beside it.
      const bool closed =
          tier != Tier::kRaw && window_end(tier, window) + window_ms(Tier::kRaw) <= now();
      const auto runs = runs_to_merge(state, closed && state.runs.size() > 1);
      if (runs.empty()) continue;
      auto change = upkeep_.merge(tier, window, runs);
      if (!change) return fail(change.error());
      if (tier == Tier::kRaw && !state.dirty()) change->rolled_up = change->add.back().number;
      rocksdb::WriteBatch batch;
      if (auto published = publish({*change}, batch); !published) return published;
    }
  }
  return {};
}

Status Engine::drop_windows(Tier tier, const std::vector<std::uint32_t>& windows) {
  if (windows.empty()) return {};
  std::vector<WindowChange> changes;
  for (const std::uint32_t window : windows) changes.push_back({tier, window, {}, {}, {}, true});
  // What still comes for them must not be taken for all that there was.
  const auto which = static_cast<std::size_t>(tier);
  const UnixMs dropped = std::max(dropped_[which], window_end(tier, windows.back()));
  rocksdb::WriteBatch batch;
  put_meta(batch, kDroppedKeys[which], static_cast<std::uint64_t>(dropped));
  return publish(changes, batch, [&] {
    dropped_[which] = dropped;
    stats_.windows_dropped += windows.size();
    // The oldest samples are now those of the tier that reaches back furthest.
    UnixMs oldest = INT64_MAX;
    for (const Tier one : kTiers) {
      if (!windows_.of(one).empty())
        oldest = std::min(oldest, window_start(one, windows_.of(one).begin()->first));
    }
    if (oldest != INT64_MAX) stats_.oldest = std::max(stats_.oldest, oldest);
  });
}

Status Engine::drop_expired() {
  const KeptSince since = kept_since();
  for (const Tier tier : kTiers) {
    std::vector<std::uint32_t> expired;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [window, state] : windows_.of(tier)) {
        // From the oldest on, and none that is not rolled up.
        if (since.kept(tier, window) || (tier == Tier::kRaw && state.dirty())) break;
        expired.push_back(window);
      }
    }
    if (auto dropped = drop_windows(tier, expired); !dropped) return dropped;
  }
  return {};
}

Status Engine::drop_beyond_size() {
  if (options_.max_bytes == 0) return {};
  for (const Tier tier : kTiers) {
    std::vector<std::uint32_t> oldest;
    {
      const std::lock_guard lock(mutex_);
      std::uint64_t bytes = windows_.bytes();
      const auto& windows = windows_.of(tier);
      const std::size_t least = tier == Tier::kRaw ? kRawWindowsLeast : 1;
      for (auto at = windows.begin(); at != windows.end() && bytes > options_.max_bytes; ++at) {
        if (windows.size() - oldest.size() <= least) break;
        if (tier == Tier::kRaw && at->second.dirty()) break;
        bytes -= at->second.bytes();
        oldest.push_back(at->first);
      }
    }
    if (auto dropped = drop_windows(tier, oldest); !dropped) return dropped;
  }
  return {};
}

// Hosts that are gone for longer than anything of them is kept.
Status Engine::forget_hosts() {
  const std::lock_guard lock(commit_mutex_);
  const auto removal = catalog_.plan_removal(kept_since().hour);
  if (removal.nothing_to_write()) return {};
  rocksdb::WriteBatch batch;
  rocksdb::ColumnFamilyHandle* family = database_->family(Family::kSeries);
  for (const SeriesId id : removal.series) batch.Delete(family, catalog_key('s', id));
  for (const GroupId id : removal.groups) batch.Delete(family, catalog_key('g', id));
  for (const std::string& host : removal.hosts) batch.Delete(family, "t" + host);
  batch.Put(family, slice(kNumbersKey), serialize(removal.numbers));
  if (auto written = database_->write(batch, true); !written) return written;
  catalog_.apply(removal);
  return {};
}

void Engine::drop_unused_runs() {
  // What was written for nothing, because a later step failed.
  for (const Run& run : uncounted_) unused_runs_.push_back(std::make_shared<const Run>(run));
  uncounted_.clear();
  std::erase_if(unused_runs_, [&](const RunPtr& run) {
    if (run.use_count() > 1) return false;  // a read still looks into it
    const auto dropped =
        database_->drop_files(family_of(run->tier), chunk_key({run->window, run->number, 0}),
                              chunk_key({run->window, run->number + 1, 0}));
    if (!dropped) log::warn("{}", dropped.error().message);
    return true;  // what could not be dropped goes at the next start
  });
}

Status Engine::upkeep(bool flush_first) {
  if (flush_first) {
    if (auto done = flush_head(); !done) return done;
  }
  if (auto done = roll_up_closed(false); !done) return done;
  return merge_runs();
}

Status Engine::flush() {
  const std::lock_guard upkeep_lock(upkeep_mutex_);
  if (auto done = flush_head(); !done) return done;
  if (auto done = roll_up_closed(true); !done) return done;
  if (auto done = merge_runs(); !done) return done;
  if (auto done = drop_what_is_too_much(); !done) return done;
  drop_unused_runs();
  return database_->settle(true);
}

Status Engine::drop_what_is_too_much() {
  if (auto done = drop_expired(); !done) return done;
  if (auto done = drop_beyond_size(); !done) return done;
  return forget_hosts();
}

void Engine::start_upkeep() {
  if (options_.background && database_->damage().empty())
    thread_ = std::thread([this] { run_upkeep(); });
}

void Engine::run_upkeep() {
  auto retention_due = Steady::now();
  for (;;) {
    bool due = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, upkeep_failure_.empty() ? kUpkeepEvery : kRetry,
                     [&] { return stopping_ || (upkeep_failure_.empty() && flush_is_due()); });
      if (stopping_) return;
      due = flush_is_due();
    }
    const std::lock_guard upkeep_lock(upkeep_mutex_);
    Status done = upkeep(due);
    drop_unused_runs();
    // Also where a flush failed: on a full disk this is what makes room.
    if (Steady::now() >= retention_due) {
      retention_due = Steady::now() + kRetentionEvery;
      if (auto dropped = drop_what_is_too_much(); !dropped && done) done = dropped;
      drop_unused_runs();
    }
    if (!done) log::error("upkeep of the store failed, trying again: {}", done.error().message);
    const std::lock_guard lock(mutex_);
    upkeep_failure_ = done ? std::string() : done.error().message;
  }
}

}  // namespace headroom::store::rocks
