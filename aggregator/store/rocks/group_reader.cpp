#include "aggregator/store/rocks/group_reader.h"

#include <algorithm>

#include "aggregator/store/rocks/keys.h"
#include "aggregator/store/sketch.h"
#include "common/codec/column.h"

namespace headroom::store::rocks {
namespace {

std::string place(Tier tier, std::uint32_t window, GroupId group) {
  return "chunk of group " + std::to_string(group) + " in window " + std::to_string(window) +
         " of " + kFamilyNames[static_cast<std::size_t>(family_of(tier))];
}

// Stable sort by `key`, the last of equal ones stays; cheap where all is in order already.
template <typename Item, typename Key>
void settle(std::vector<Item>& items, Key key) {
  const auto not_before = [&](const Item& a, const Item& b) { return key(a) >= key(b); };
  if (std::adjacent_find(items.begin(), items.end(), not_before) == items.end()) return;
  std::stable_sort(items.begin(), items.end(),
                   [&](const Item& a, const Item& b) { return key(a) < key(b); });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i + 1 < items.size() && key(items[i + 1]) == key(items[i])) continue;
    if (kept != i) items[kept] = std::move(items[i]);
    ++kept;
  }
  items.resize(kept);
}

UnixMs start_of(const SketchedBucket& one) { return one.bucket.start; }

// What two groups know of one series in one bucket. Their samples lie anyhow in time; what a
// counter grew by is as sure only where neither saw a reset.
void combine(SketchedBucket& one, const SketchedBucket& other, bool counters) {
  Bucket& a = one.bucket;
  const Bucket& b = other.bucket;
  a.low = std::min(a.low, b.low);
  a.high = std::max(a.high, b.high);
  a.total = counters ? std::max(a.total, b.total) : a.total + b.total;
  a.count += b.count;
  if (one.sketch.empty()) {
    one.sketch = other.sketch;
  } else if (!other.sketch.empty()) {
    auto sum = Sketch::parse(one.sketch);
    const auto more = Sketch::parse(other.sketch);
    if (!sum || !more) return;
    sum->merge(*more);
    one.sketch = sum->serialize();
  }
}

// Buckets of one group join those of another that the series was in before.
void join_buckets(std::vector<SketchedBucket>& all, std::vector<SketchedBucket>&& more,
                  bool counters) {
  if (all.empty()) {
    all = std::move(more);
    return;
  }
  std::vector<SketchedBucket> both;
  both.reserve(all.size() + more.size());
  std::merge(std::make_move_iterator(all.begin()), std::make_move_iterator(all.end()),
             std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()),
             std::back_inserter(both), [](const SketchedBucket& a, const SketchedBucket& b) {
               return start_of(a) < start_of(b);
             });
  all.clear();
  for (SketchedBucket& bucket : both) {
    // A minute and an hour may begin together where one tier takes over from the other.
    if (!all.empty() && start_of(all.back()) == start_of(bucket) &&
        all.back().length == bucket.length) {
      combine(all.back(), bucket, counters);
    } else {
      all.push_back(std::move(bucket));
    }
  }
}

}  // namespace

void settle_samples(std::vector<Sample>& samples) {
  settle(samples, [](const Sample& sample) { return sample.time; });
}

template <typename Use>
Status GroupReader::each_chunk(Tier tier, GroupId group, UnixMs from, UnixMs to, Use use) const {
  const auto& windows = view_.of(tier);
  if (from >= to) return {};
  const auto last = windows.upper_bound(window_of(tier, to - 1));
  for (auto at = windows.lower_bound(window_of(tier, std::max<UnixMs>(from, 0))); at != last;
       ++at) {
    for (const RunPtr& run : at->second.runs) {
      rocksdb::PinnableSlice bytes;
      const auto found =
          database_.get(family_of(tier), chunk_key({at->first, run->number, group}), bytes);
      if (!found) return fail(found.error().within(place(tier, at->first, group)));
      if (!*found) continue;
      const auto chunk = ChunkView::open(codec::as_bytes(view(bytes)));
      const Status used = chunk ? use(*chunk) : fail(chunk.error());
      if (used) continue;
      const Error damaged = used.error().within(place(tier, at->first, group));
      if (damaged.code == ErrorCode::kCorruption) database_.set_damage(damaged.message);
      return fail(damaged);
    }
  }
  return {};
}

Status GroupReader::head_samples(GroupId group, std::span<const WantedColumn> wanted, UnixMs from,
                                 UnixMs to, std::vector<std::vector<Sample>>& found) const {
  const auto slices = view_.slices.find(group);
  if (slices == view_.slices.end()) return {};
  std::vector<double> values;
  for (const HeadSlice& slice : slices->second) {
    for (const HeadBatch& batch : slice) {
      if (batch.start >= to || batch.last() < from) continue;
      const TimeRun run{batch.start, batch.step_ms, batch.steps};
      codec::Bytes rest(batch.columns, batch.size);
      std::uint32_t column = 0;
      values.resize(batch.steps);
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        for (; column < wanted[i].column; ++column) {
          const auto size = codec::measure_column(rest, batch.steps);
          if (!size) return fail(size.error());
          rest = rest.subspan(*size);
        }
        if (const auto taken = codec::decode_column(rest, values); !taken)
          return fail(taken.error());
        append_samples(std::span(&run, 1), values, from, to, found[i]);
      }
    }
  }
  return {};
}

Status GroupReader::samples(GroupId group, std::span<const WantedColumn> wanted, UnixMs from,
                            UnixMs to, std::vector<Evidence>& series) const {
  std::vector<std::vector<Sample>> found(wanted.size());
  const Status read =
      each_chunk(Tier::kRaw, group, from, to, [&](const ChunkView& chunk) -> Status {
        if (chunk.first() >= to || chunk.last() < from) return {};
        for (std::size_t i = 0; i < wanted.size(); ++i) {
          if (auto done = chunk.read(wanted[i].column, from, to, found[i]); !done) return done;
        }
        return {};
      });
  if (!read) return read;
  if (auto done = head_samples(group, wanted, from, to, found); !done) return done;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    std::vector<Sample>& all = series[wanted[i].series].samples;
    if (all.empty()) {
      all = std::move(found[i]);
    } else {
      all.insert(all.end(), found[i].begin(), found[i].end());
    }
    settle_samples(all);
  }
  return {};
}

Status GroupReader::buckets(Tier tier, GroupId group, std::span<const WantedColumn> wanted,
                            UnixMs from, UnixMs to, bool counters, bool with_sketches,
                            std::vector<Evidence>& series) const {
  std::vector<std::vector<SketchedBucket>> found(wanted.size());
  std::array<std::vector<double>, kRollupColumns> values;
  const Status read = each_chunk(tier, group, from, to, [&](const ChunkView& chunk) -> Status {
    if (chunk.first() >= to || chunk.last() < from) return {};
    std::vector<SketchColumn> sketches;
    if (with_sketches) {
      auto parsed = chunk.sketches();
      if (!parsed) return fail(parsed.error());
      sketches = std::move(*parsed);
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const std::size_t first = std::size_t{wanted[i].column} * kRollupColumns;
      if (first + kRollupColumns > chunk.columns())
        return fail(ErrorCode::kCorruption, "a rollup's chunk has too few columns");
      for (std::size_t k = 0; k < kRollupColumns; ++k) {
        values[k].resize(chunk.count());
        if (auto done = codec::decode_column(chunk.column(first + k), values[k]); !done)
          return fail(done.error());
      }
      const auto sketched =
          std::find_if(sketches.begin(), sketches.end(),
                       [&](const SketchColumn& one) { return one.series == wanted[i].column; });
      std::size_t at = 0;
      for (const TimeRun& run : chunk.runs()) {
        for (std::size_t k = 0; k < run.count; ++k, ++at) {
          const UnixMs start = run.at(k);
          if (start < from || start >= to || is_missing(values[3][at])) continue;
          found[i].push_back({{start, values[0][at], values[1][at], values[2][at], values[3][at]},
                              bucket_ms(tier),
                              sketched == sketches.end() ? std::string() : sketched->sketches[at]});
        }
      }
    }
    return {};
  });
  if (!read) return read;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    settle(found[i], start_of);
    join_buckets(series[wanted[i].series].buckets, std::move(found[i]), counters);
  }
  return {};
}

}  // namespace headroom::store::rocks
