#include <algorithm>

#include "aggregator/store/rocks/engine.h"
#include "aggregator/store/rocks/group_walk.h"
#include "aggregator/store/rocks/keys.h"
#include "aggregator/store/sketch.h"
#include "common/codec/column.h"

namespace headroom::store::rocks {
namespace {

// Every column and every sketch can be read, and all times lie in the window.
Status check_chunk(const ChunkView& chunk, Tier tier, std::uint32_t window, std::size_t columns) {
  const auto corrupt = [](const std::string& what) { return fail(ErrorCode::kCorruption, what); };
  if (chunk.first() < window_start(tier, window) || chunk.last() >= window_end(tier, window))
    return corrupt("has times outside its window");
  if (chunk.columns() != columns)
    return corrupt("has " + std::to_string(chunk.columns()) + " columns, its group " +
                   std::to_string(columns));
  std::vector<double> values(chunk.count());
  for (std::size_t i = 0; i < chunk.columns(); ++i) {
    const auto taken = codec::decode_column(chunk.column(i), values);
    if (!taken) return fail(taken.error());
    if (*taken != chunk.column(i).size())
      return corrupt("has bytes behind column " + std::to_string(i));
  }
  const auto sketches = chunk.sketches();
  if (!sketches) return fail(sketches.error());
  for (const SketchColumn& column : *sketches) {
    for (const std::string& sketch : column.sketches) {
      if (sketch.empty()) continue;
      if (const auto parsed = Sketch::parse(sketch); !parsed) return fail(parsed.error());
    }
  }
  return {};
}

void note(VerifyReport& report, std::string where, std::string what) {
  ++report.problem_count;
  if (report.problems.size() < kVerifyProblems)
    report.problems.push_back({std::move(where), std::move(what)});
}

}  // namespace

Result<VerifyReport> Engine::verify(const Progress& progress) const {
  WindowIndex windows;
  std::vector<std::shared_ptr<const Head>> heads;
  {
    const std::lock_guard lock(mutex_);
    windows = windows_;
    for (const std::shared_ptr<const Head>& head :
         {flushing_, std::shared_ptr<const Head>(head_)}) {
      if (head != nullptr) heads.push_back(head);
    }
  }
  VerifyReport report;
  const double all = static_cast<double>(std::max<std::uint64_t>(windows.bytes(), 1));
  std::uint64_t read = 0;
  for (const Tier tier : kTiers) {
    for (const auto& [window, state] : windows.of(tier)) {
      for (const RunPtr& run : state.runs) {
        const std::string where =
            std::string(kFamilyNames[static_cast<std::size_t>(family_of(tier))]) + " window " +
            std::to_string(window) + " run " + std::to_string(run->number);
        std::uint64_t chunks = 0;
        GroupWalk walk(*database_, tier, window, {run});
        for (;;) {
          const auto more = walk.next();
          if (!more) {
            note(report, where, more.error().message);
            break;
          }
          if (!*more) break;
          ++chunks;
          const ChunkView& chunk = walk.chunks().front().chunk;
          const std::size_t series = catalog_.columns(walk.group());
          report.samples += chunk.count() * series;
          const auto checked =
              check_chunk(chunk, tier, window, series * (tier == Tier::kRaw ? 1 : kRollupColumns));
          if (!checked)
            note(report, where + " group " + std::to_string(walk.group()), checked.error().message);
        }
        if (chunks != run->chunks)
          note(report, where,
               "has " + std::to_string(chunks) + " readable chunks of " +
                   std::to_string(run->chunks));
        report.chunks += chunks;
        report.bytes += run->bytes;
        read += run->bytes;
        if (progress && !progress(static_cast<double>(read) / all))
          return fail(ErrorCode::kCancelled, "the check was cancelled");
      }
    }
  }
  for (const auto& head : heads) report.journal_batches += head->batches();
  if (report.problem_count > 0)
    database_->set_damage(report.problems.front().where + ": " + report.problems.front().what);
  return report;
}

Status Engine::backup(const std::string& path) {
  // A run must not come to count between the list of files and the log that says so.
  const std::lock_guard upkeep_lock(upkeep_mutex_);
  return database_->checkpoint(path);
}

StoreStats Engine::stats() const {
  StoreStats stats;
  {
    const std::lock_guard lock(mutex_);
    stats = stats_;
    stats.streams = streams_.all().size();
    for (const std::shared_ptr<const Head>& head :
         {flushing_, std::shared_ptr<const Head>(head_)}) {
      if (head == nullptr) continue;
      stats.head_batches += head->batches();
      stats.head_samples += head->samples();
      stats.head_bytes += head->bytes();
    }
    for (const Tier tier : kTiers) {
      FamilyStats family;
      family.name = kFamilyNames[static_cast<std::size_t>(family_of(tier))];
      const auto& windows = windows_.of(tier);
      family.windows = windows.size();
      if (!windows.empty()) family.oldest = window_start(tier, windows.begin()->first);
      for (const auto& [window, state] : windows) {
        family.runs += state.runs.size();
        family.bytes += state.bytes();
        if (tier == Tier::kRaw && state.dirty() && window_end(tier, window) <= now())
          ++stats.dirty_windows;
        for (const RunPtr& run : state.runs) {
          family.samples += run->samples;
          family.chunks += run->chunks;
        }
      }
      stats.families.push_back(std::move(family));
    }
    stats.cannot_write = upkeep_failure_;
  }
  for (const Family which : {Family::kSeries, Family::kCursors, Family::kJournal, Family::kWindows,
                             Family::kScalingEvents, Family::kState, Family::kMeta}) {
    FamilyStats family;
    family.name = kFamilyNames[static_cast<std::size_t>(which)];
    family.bytes = database_->file_bytes(which);
    stats.families.push_back(std::move(family));
  }
  stats.wal_bytes = database_->wal_bytes();
  stats.disk_bytes = stats.wal_bytes;
  for (const FamilyStats& family : stats.families) stats.disk_bytes += family.bytes;
  stats.written_bytes = database_->written_bytes();
  stats.disk_free_bytes = disk_.free_bytes();
  stats.series = catalog_.series_count();
  stats.groups = catalog_.group_count();
  if (const std::string full = disk_.full(0); !full.empty()) stats.cannot_write = full;
  if (const std::string damage = database_->damage(); !damage.empty()) {
    stats.cannot_write = damage;
    stats.read_only = true;
  }
  return stats;
}

}  // namespace headroom::store::rocks
