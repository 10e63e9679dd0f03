// Rollups: what is kept of the samples in a minute or an hour. Of a gauge its least, greatest, sum
// and number; of a counter its first and last value, what it lost in resets, and their number —
// from these the increase over any run of buckets is exact.
//
// Thread safety: plain functions and values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aggregator/store/chunk.h"
#include "aggregator/store/merge.h"
#include "aggregator/store/tier.h"

namespace headroom::store {

// How the series of a group are rolled up, one byte per column.
enum ColumnShape : std::uint8_t { kGaugeColumn = 0, kCounterColumn = 1, kSketchedColumn = 2 };
using GroupShape = std::vector<ColumnShape>;

// A rollup's chunk has these columns for each series of its group, in this order.
inline constexpr std::size_t kRollupColumns = 4;

struct Bucket {
  UnixMs start = 0;
  double low = 0;    // gauge: least value; counter: first value
  double high = 0;   // gauge: greatest value; counter: last value
  double total = 0;  // gauge: sum; counter: sum of the values that resets took away
  double count = 0;  // of samples

  // Both series of values one after the other: `later` was measured, or came, after *this.
  void append(const Bucket& later, bool counter);
  friend bool operator==(const Bucket&, const Bucket&) = default;
};

// One bucket per minute or hour that has a sample, of samples that ascend in time. NaN is no
// sample. With an exponent all values are integers divided by that power of ten, and sums are
// rounded to it: they are then exact, and short.
void roll_up(std::span<const UnixMs> times, std::span<const double> values, UnixMs length,
             bool counter, std::optional<unsigned> exponent, std::vector<Bucket>& buckets);

// Rolls up one group's columns, as they come, into a chunk.
class RollupBuilder {
 public:
  // `times` ascend and outlive the builder.
  RollupBuilder(std::span<const UnixMs> times, Tier tier);
  void add_column(std::span<const double> values, ColumnShape shape,
                  std::optional<unsigned> exponent);
  // `existing`, if it is not empty, holds the same columns of buckets that were rolled up from
  // samples that are no longer there, oldest first; what is new is added to them. Errors:
  // kCorruption.
  Result<std::string> finish(std::span<const ChunkView> existing = {});
  std::size_t buckets() const { return starts_.size(); }

 private:
  Status add_existing(std::span<const ChunkView> existing);
  Status add_existing_sketches(std::span<const ChunkView> existing);

  std::span<const UnixMs> times_;
  UnixMs length_ = 0;
  std::vector<UnixMs> starts_;  // of the buckets
  std::vector<ColumnShape> shapes_;
  std::vector<std::vector<double>> columns_;  // kRollupColumns per series
  std::vector<SketchColumn> sketches_;
  std::vector<Bucket> scratch_;
};

}  // namespace headroom::store
