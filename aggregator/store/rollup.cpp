#include "aggregator/store/rollup.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "aggregator/store/sketch.h"
#include "common/codec/decimal.h"

namespace headroom::store {
namespace {

// A sum of integers divided by 10^exponent is one itself; what the additions rounded off is undone.
double rounded(double sum, std::optional<unsigned> exponent) {
  if (!exponent) return sum;
  const double scaled = std::nearbyint(sum * codec::kPowersOfTen[*exponent]);
  return std::abs(scaled) < codec::kIntegerLimit ? scaled / codec::kPowersOfTen[*exponent] : sum;
}

std::vector<UnixMs> bucket_starts(std::span<const UnixMs> times, UnixMs length) {
  std::vector<UnixMs> starts;
  for (const UnixMs time : times) {
    const UnixMs start = time / length * length;
    if (starts.empty() || starts.back() != start) starts.push_back(start);
  }
  return starts;
}

// Adds the sketch `more` to `sum`, which may be empty.
Status add_sketch(const std::string& more, std::string& sum) {
  auto both = Sketch::parse(more);
  if (!both) return fail(both.error());
  if (!sum.empty()) {
    const auto own = Sketch::parse(sum);
    if (!own) return fail(own.error());
    both->merge(*own);
  }
  sum = both->serialize();
  return {};
}

std::array<double, kRollupColumns> numbers(const Bucket& bucket) {
  return {bucket.low, bucket.high, bucket.total, bucket.count};
}

}  // namespace

void Bucket::append(const Bucket& later, bool counter) {
  if (count == 0) {
    const UnixMs begin = start;
    *this = later;
    start = begin;
    return;
  }
  if (later.count == 0) return;
  if (counter) {
    total += later.total + (later.low < high ? high : 0);
    high = later.high;
  } else {
    low = std::min(low, later.low);
    high = std::max(high, later.high);
    total += later.total;
  }
  count += later.count;
}

void roll_up(std::span<const UnixMs> times, std::span<const double> values, UnixMs length,
             bool counter, std::optional<unsigned> exponent, std::vector<Bucket>& buckets) {
  buckets.clear();
  for (std::size_t i = 0; i < times.size();) {
    const UnixMs start = times[i] / length * length;
    const UnixMs end = start + length;
    Bucket bucket{start, 0, 0, 0, 0};
    for (; i < times.size() && times[i] < end; ++i) {
      const double value = values[i];
      if (std::isnan(value)) continue;  // missing, or not a number
      if (bucket.count == 0) {
        bucket.low = bucket.high = value;
        bucket.total = counter ? 0 : value;
      } else if (counter) {
        if (value < bucket.high) bucket.total += bucket.high;
        bucket.high = value;
      } else {
        bucket.low = std::min(bucket.low, value);
        bucket.high = std::max(bucket.high, value);
        bucket.total += value;
      }
      ++bucket.count;
    }
    if (bucket.count == 0) continue;
    bucket.total = rounded(bucket.total, exponent);
    buckets.push_back(bucket);
  }
}

RollupBuilder::RollupBuilder(std::span<const UnixMs> times, Tier tier)
    : times_(times), length_(bucket_ms(tier)), starts_(bucket_starts(times, bucket_ms(tier))) {}

void RollupBuilder::add_column(std::span<const double> values, ColumnShape shape,
                               std::optional<unsigned> exponent) {
  roll_up(times_, values, length_, shape == kCounterColumn, exponent, scratch_);
  const std::size_t first = columns_.size();
  columns_.resize(first + kRollupColumns, std::vector<double>(starts_.size(), missing_value()));
  std::size_t at = 0;
  for (const Bucket& bucket : scratch_) {
    while (starts_[at] != bucket.start) ++at;
    const auto all = numbers(bucket);
    for (std::size_t k = 0; k < kRollupColumns; ++k) columns_[first + k][at] = all[k];
  }
  if (shape == kSketchedColumn && length_ == kHourMs) {
    std::vector<Sketch> sketches(starts_.size());
    at = 0;
    for (std::size_t i = 0; i < times_.size(); ++i) {
      while (times_[i] >= starts_[at] + length_) ++at;
      if (!std::isnan(values[i])) sketches[at].add(values[i]);
    }
    SketchColumn column{static_cast<std::uint32_t>(shapes_.size()), {}};
    for (const Sketch& sketch : sketches)
      column.sketches.push_back(sketch.count() > 0 ? sketch.serialize() : std::string());
    sketches_.push_back(std::move(column));
  }
  shapes_.push_back(shape);
}

Status RollupBuilder::add_existing(std::span<const ChunkView> existing) {
  std::vector<Piece> pieces;
  for (const ChunkView& chunk : existing) pieces.push_back(Piece::of(chunk));
  Merger before(std::move(pieces));
  // Where each of our buckets stands among those that were there; others stay where they are.
  std::vector<std::optional<std::size_t>> places;
  for (const UnixMs start : starts_) {
    const auto found = std::lower_bound(before.times().begin(), before.times().end(), start);
    const bool there = found != before.times().end() && *found == start;
    places.push_back(there ? std::optional(static_cast<std::size_t>(found - before.times().begin()))
                           : std::nullopt);
  }
  for (std::size_t series = 0; series < shapes_.size(); ++series) {
    std::array<std::vector<double>, kRollupColumns> old;
    for (std::vector<double>& column : old) {
      const auto values = before.next();
      if (!values) return fail(values.error());
      column.assign(values->begin(), values->end());
    }
    const std::span<std::vector<double>> fresh =
        std::span(columns_).subspan(series * kRollupColumns, kRollupColumns);
    for (std::size_t i = 0; i < starts_.size(); ++i) {
      if (!places[i] || is_missing(old[3][*places[i]])) continue;
      const std::size_t k = *places[i];
      Bucket sum{starts_[i], old[0][k], old[1][k], old[2][k], old[3][k]};
      if (!is_missing(fresh[3][i])) {
        sum.append({starts_[i], fresh[0][i], fresh[1][i], fresh[2][i], fresh[3][i]},
                   shapes_[series] == kCounterColumn);
      }
      const auto all = numbers(sum);
      for (std::size_t n = 0; n < kRollupColumns; ++n) fresh[n][i] = all[n];
    }
  }
  return {};
}

Status RollupBuilder::add_existing_sketches(std::span<const ChunkView> existing) {
  // By series and bucket: a later chunk's sketch holds what those before it had.
  std::vector<std::vector<bool>> added(sketches_.size(), std::vector<bool>(starts_.size(), false));
  for (std::size_t chunk = existing.size(); chunk-- > 0;) {
    const auto columns = existing[chunk].sketches();
    if (!columns) return fail(columns.error());
    for (std::size_t i = 0; i < sketches_.size(); ++i) {
      const auto old = std::find_if(columns->begin(), columns->end(), [&](const SketchColumn& one) {
        return one.series == sketches_[i].series;
      });
      if (old == columns->end()) continue;
      std::size_t at = 0;
      for (const TimeRun& run : existing[chunk].runs()) {
        for (std::size_t k = 0; k < run.count; ++k, ++at) {
          const auto place = std::lower_bound(starts_.begin(), starts_.end(), run.at(k));
          if (place == starts_.end() || *place != run.at(k) || old->sketches[at].empty()) continue;
          const auto bucket = static_cast<std::size_t>(place - starts_.begin());
          if (added[i][bucket]) continue;
          added[i][bucket] = true;
          if (auto done = add_sketch(old->sketches[at], sketches_[i].sketches[bucket]); !done)
            return done;
        }
      }
    }
  }
  return {};
}

Result<std::string> RollupBuilder::finish(std::span<const ChunkView> existing) {
  if (!existing.empty()) {
    if (auto added = add_existing(existing); !added) return fail(added.error());
    if (auto added = add_existing_sketches(existing); !added) return fail(added.error());
  }
  ChunkBuilder builder(starts_);
  for (const std::vector<double>& column : columns_) builder.add_column(column);
  for (const SketchColumn& column : sketches_) builder.add_sketches(column);
  return builder.finish();
}

}  // namespace headroom::store
