#include "aggregator/store/rocks/upkeep.h"

#include <algorithm>
#include <set>

#include "aggregator/store/rocks/group_walk.h"
#include "aggregator/store/rocks/keys.h"
#include "aggregator/store/sketch.h"

namespace headroom::store::rocks {

// One window's share of a timeline.
struct Stretch {
  std::uint32_t window = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

namespace {

std::vector<Stretch> by_window(std::span<const UnixMs> times, Tier tier) {
  std::vector<Stretch> stretches;
  for (std::size_t begin = 0; begin < times.size();) {
    const std::uint32_t window = window_of(tier, times[begin]);
    const auto end = std::lower_bound(times.begin() + static_cast<std::ptrdiff_t>(begin),
                                      times.end(), window_end(tier, window));
    stretches.push_back({window, begin, static_cast<std::size_t>(end - times.begin())});
    begin = stretches.back().end;
  }
  return stretches;
}

std::vector<Piece> pieces_of(const std::vector<GroupWalk::Found>& chunks) {
  std::vector<Piece> pieces;
  for (const GroupWalk::Found& found : chunks) pieces.push_back(Piece::of(found.chunk));
  return pieces;
}

// The sketches of several chunks of one group, by series, at these times; of two the later counts.
Result<std::vector<SketchColumn>> merged_sketches(const std::vector<GroupWalk::Found>& chunks,
                                                  std::span<const UnixMs> times) {
  std::map<std::uint32_t, std::vector<std::string>> merged;
  for (const GroupWalk::Found& found : chunks) {
    auto columns = found.chunk.sketches();
    if (!columns) return fail(columns.error());
    for (SketchColumn& column : *columns) {
      std::vector<std::string>& all = merged.try_emplace(column.series, times.size()).first->second;
      std::size_t at = 0;
      for (const TimeRun& run : found.chunk.runs()) {
        for (std::size_t i = 0; i < run.count; ++i, ++at) {
          const auto place = std::lower_bound(times.begin(), times.end(), run.at(i));
          if (!column.sketches[at].empty())
            all[static_cast<std::size_t>(place - times.begin())] = std::move(column.sketches[at]);
        }
      }
    }
  }
  std::vector<SketchColumn> columns;
  for (auto& [series, sketches] : merged) columns.push_back({series, std::move(sketches)});
  return columns;
}

Result<std::string> merged_chunk(const std::vector<GroupWalk::Found>& chunks, std::size_t columns) {
  Merger merger(pieces_of(chunks));
  ChunkBuilder builder(merger.times());
  for (std::size_t i = 0; i < columns; ++i) {
    const auto values = merger.next();
    if (!values) return fail(values.error());
    builder.add_column(*values);
  }
  const auto sketches = merged_sketches(chunks, merger.times());
  if (!sketches) return fail(sketches.error());
  for (const SketchColumn& column : *sketches) builder.add_sketches(column);
  return builder.finish();
}

}  // namespace

// One chunk that a head's group becomes part of: raw, or a rollup of what comes too late to be kept
// raw.
struct Upkeep::Target {
  Tier tier = Tier::kRaw;
  Stretch stretch;
  std::optional<ChunkBuilder> raw;
  std::optional<RollupBuilder> rollup;
};

std::vector<Upkeep::Target> Upkeep::targets(std::span<const UnixMs> times, const WindowIndex& index,
                                            const KeptSince& since, std::uint64_t& expired) {
  // Windows are dropped from the oldest on. One that is still there takes more, whatever its age:
  // it is rolled up again from all that it holds.
  const auto& raw = index.of(Tier::kRaw);
  std::uint32_t first = window_of(Tier::kRaw, std::max<UnixMs>(since.raw, 0));
  if (!raw.empty()) first = std::min(first, raw.begin()->first);
  std::vector<Target> all;
  for (const Stretch& one : by_window(times, Tier::kRaw)) {
    if (one.window >= first)
      all.push_back(
          {Tier::kRaw, one, ChunkBuilder(times.subspan(one.begin, one.end - one.begin)), {}});
  }
  // All before this has no raw window any more.
  const UnixMs raw_from = window_start(Tier::kRaw, first);
  const auto late = times.first(static_cast<std::size_t>(
      std::lower_bound(times.begin(), times.end(), raw_from) - times.begin()));
  for (const Tier tier : kRollupTiers) {
    for (const Stretch& one : by_window(late, tier)) {
      if (since.kept(tier, one.window)) {
        all.push_back(
            {tier, one, {}, RollupBuilder(late.subspan(one.begin, one.end - one.begin), tier)});
      } else if (tier == Tier::kHour) {
        expired += one.end - one.begin;
      }
    }
  }
  return all;
}

Status Upkeep::finish_rollup(GroupId group, Target& target, std::size_t columns,
                             const WindowIndex& index, RunSet& runs) {
  const std::uint32_t window = target.stretch.window;
  std::vector<rocksdb::PinnableSlice> pinned;
  std::vector<ChunkView> existing;
  if (const WindowState* state = index.find(target.tier, window)) {
    pinned.reserve(state->runs.size());
    for (const RunPtr& run : state->runs) {
      const auto found = database_.get(
          family_of(target.tier), chunk_key({window, run->number, group}), pinned.emplace_back());
      if (!found) return fail(found.error());
      if (!*found) continue;
      auto chunk = ChunkView::open(codec::as_bytes(view(pinned.back())));
      if (!chunk) return fail(chunk.error());
      existing.push_back(std::move(*chunk));
    }
  }
  const auto chunk = target.rollup->finish(existing);
  if (!chunk) return fail(chunk.error());
  return runs.add(target.tier, window, group, *chunk, target.rollup->buckets() * columns);
}

Status Upkeep::flush_group(GroupId group, const Head& head, const WindowIndex& index,
                           const KeptSince& since, RunSet& runs, std::uint64_t& expired) {
  std::vector<Piece> pieces;
  for (const HeadBatch& batch : head.slice(group)) pieces.push_back(batch.piece());
  const GroupShape shape = shape_of_(group);
  Merger merger(std::move(pieces));
  std::uint64_t times_expired = 0;
  std::vector<Target> all = targets(merger.times(), index, since, times_expired);
  expired += times_expired * shape.size();
  for (const ColumnShape column : shape) {
    const auto values = merger.next();
    if (!values) return fail(values.error());
    for (Target& target : all) {
      const auto ours =
          values->subspan(target.stretch.begin, target.stretch.end - target.stretch.begin);
      if (target.raw) {
        target.raw->add_column(ours);
      } else {
        target.rollup->add_column(ours, column, merger.exponent());
      }
    }
  }
  for (Target& target : all) {
    const Status added =
        target.raw ? runs.add(Tier::kRaw, target.stretch.window, group, target.raw->finish(),
                              (target.stretch.end - target.stretch.begin) * shape.size())
                   : finish_rollup(group, target, shape.size(), index, runs);
    if (!added) return added;
  }
  return {};
}

Result<Upkeep::Flushed> Upkeep::flush(const Head& head, const WindowIndex& index,
                                      const KeptSince& since) {
  Flushed flushed;
  RunSet runs(database_, next_run_, written_);
  for (const GroupId group : head.groups()) {
    if (auto done = flush_group(group, head, index, since, runs, flushed.samples_expired); !done)
      return fail(done.error().within("group " + std::to_string(group)));
  }
  auto changes = runs.finish();
  if (!changes) return fail(changes.error());
  flushed.changes = std::move(*changes);
  return flushed;
}

Result<std::vector<WindowChange>> Upkeep::roll_up(std::uint32_t window, const WindowState& state,
                                                  const KeptSince& since, bool merge) {
  RunSet runs(database_, next_run_, written_);
  GroupWalk walk(database_, Tier::kRaw, window, state.runs);
  const UnixMs start = window_start(Tier::kRaw, window);
  for (;;) {
    const auto more = walk.next();
    if (!more) return fail(more.error());
    if (!*more) break;
    const bool stale = walk.chunks().back().run > state.rolled_up;
    if (!stale && !merge) continue;
    const GroupShape shape = shape_of_(walk.group());
    Merger merger(pieces_of(walk.chunks()));
    ChunkBuilder chunk(merger.times());
    RollupBuilder minutes(merger.times(), Tier::kMinute);
    RollupBuilder hours(merger.times(), Tier::kHour);
    for (const ColumnShape column : shape) {
      const auto values = merger.next();
      if (!values) return fail(values.error().within("group " + std::to_string(walk.group())));
      if (merge) chunk.add_column(*values);
      if (!stale) continue;
      minutes.add_column(*values, column, merger.exponent());
      hours.add_column(*values, column, merger.exponent());
    }
    if (merge) {
      const std::uint64_t samples = chunk.samples();
      if (auto added = runs.add(Tier::kRaw, window, walk.group(), chunk.finish(), samples); !added)
        return fail(added.error());
    }
    if (!stale) continue;
    for (const auto& [tier, builder] :
         {std::pair{Tier::kMinute, &minutes}, std::pair{Tier::kHour, &hours}}) {
      const std::uint32_t at = window_of(tier, start);
      if (!since.kept(tier, at)) continue;
      const auto bytes = builder->finish();
      if (!bytes) return fail(bytes.error());
      if (auto added = runs.add(tier, at, walk.group(), *bytes, builder->buckets() * shape.size());
          !added)
        return fail(added.error());
    }
  }
  auto finished = runs.finish();
  if (!finished) return fail(finished.error());
  std::vector<WindowChange> changes = std::move(*finished);
  WindowChange* ours = nullptr;
  for (WindowChange& change : changes) {
    if (change.tier == Tier::kRaw) ours = &change;
  }
  if (ours == nullptr) {
    changes.push_back({Tier::kRaw, window, {}, {}, {}, false});
    ours = &changes.back();
  }
  ours->rolled_up = state.runs.back()->number;
  if (merge) {
    for (const RunPtr& run : state.runs) ours->remove.push_back(run->number);
    if (!ours->add.empty()) ours->rolled_up = ours->add.back().number;
  }
  return changes;
}

Result<WindowChange> Upkeep::merge(Tier tier, std::uint32_t window,
                                   const std::vector<RunPtr>& runs) {
  // The new run takes the place of the last one it is made of: what was written after that still
  // comes after it. Numbers are never used twice, so it is a place in the order and not the number
  // that would have to be kept; runs that are merged are always the youngest.
  RunSet set(database_, next_run_, written_);
  GroupWalk walk(database_, tier, window, runs);
  for (;;) {
    const auto more = walk.next();
    if (!more) return fail(more.error());
    if (!*more) break;
    const GroupShape shape = shape_of_(walk.group());
    const std::size_t columns = shape.size() * (tier == Tier::kRaw ? 1 : kRollupColumns);
    const auto bytes = merged_chunk(walk.chunks(), columns);
    if (!bytes) return fail(bytes.error().within("group " + std::to_string(walk.group())));
    const auto view = ChunkView::open(codec::as_bytes(*bytes));
    if (!view) return fail(view.error());
    if (auto added = set.add(tier, window, walk.group(), *bytes, view->count() * shape.size());
        !added)
      return fail(added.error());
  }
  auto changes = set.finish();
  if (!changes) return fail(changes.error());
  HEADROOM_ASSERT(changes->size() == 1);
  for (const RunPtr& run : runs) changes->front().remove.push_back(run->number);
  return std::move(changes->front());
}

std::vector<RunPtr> runs_to_merge(const WindowState& state, bool closed) {
  if (state.runs.size() < 2 || (!closed && state.runs.size() <= kRunsPerWindow)) return {};
  if (closed) return state.runs;
  std::size_t first = state.runs.size() - 1;
  std::uint64_t younger = state.runs[first]->bytes;
  while (first > 0 && state.runs[first - 1]->bytes <= 2 * younger)
    younger += state.runs[--first]->bytes;
  if (state.runs.size() - first < 2) first = state.runs.size() - 2;
  return {state.runs.begin() + static_cast<std::ptrdiff_t>(first), state.runs.end()};
}

}  // namespace headroom::store::rocks
