// A chunk: the values of one group in one window, time once and one column after the other
// (docs/formats/chunk.md). A rollup's chunk has kRollupColumns columns per series, and may carry a
// quantile sketch per series and bucket.
//
// Thread safety: plain functions; a ChunkView is read-only and points into the chunk's bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/codec/bytes.h"
#include "common/model/series.h"

namespace headroom::store {

// A stretch of evenly spaced times.
struct TimeRun {
  UnixMs start = 0;
  std::uint32_t step_ms = 0;  // > 0
  std::uint32_t count = 0;    // > 0

  UnixMs at(std::size_t i) const {
    return start + static_cast<UnixMs>(step_ms) * static_cast<UnixMs>(i);
  }
  UnixMs last() const { return at(count - 1); }
};

// Times that ascend strictly, as few runs.
std::vector<TimeRun> make_runs(std::span<const UnixMs> times);

// Sketches of one series: one per time of the chunk, empty where there is none.
struct SketchColumn {
  std::uint32_t series = 0;
  std::vector<std::string> sketches;
};

// Writes a chunk column by column.
class ChunkBuilder {
 public:
  // `times` ascend strictly and are not empty.
  explicit ChunkBuilder(std::span<const UnixMs> times);

  std::size_t times() const { return times_; }
  // As many values as there are times.
  void add_column(std::span<const double> values);
  // In the order of their series.
  void add_sketches(const SketchColumn& column);
  // Values given so far: times × columns.
  std::uint64_t samples() const { return times_ * sizes_.size(); }
  std::string finish();

 private:
  std::size_t times_ = 0;
  std::string head_;
  std::vector<std::size_t> sizes_;
  std::string data_;
  std::uint64_t sketch_columns_ = 0;
  std::string sketches_;
};

// A chunk's table of contents.
class ChunkView {
 public:
  // Errors: kCorruption.
  static Result<ChunkView> open(codec::Bytes bytes);

  std::size_t columns() const { return offsets_.size() - 1; }
  std::size_t count() const { return count_; }  // of times
  std::span<const TimeRun> runs() const { return runs_; }
  UnixMs first() const { return runs_.front().start; }
  UnixMs last() const { return runs_.back().last(); }
  // One encoded column, of count() values.
  codec::Bytes column(std::size_t index) const {
    return data_.subspan(offsets_[index], offsets_[index + 1] - offsets_[index]);
  }
  // All columns, one behind the other.
  codec::Bytes data() const { return data_; }
  // Errors: kCorruption.
  Result<std::vector<SketchColumn>> sketches() const;

  // Appends the column's samples in [from, to) that are not missing.
  Status read(std::size_t column, UnixMs from, UnixMs to, std::vector<Sample>& samples) const;

 private:
  std::vector<TimeRun> runs_;
  std::size_t count_ = 0;
  std::vector<std::size_t> offsets_;  // of the columns in data_, and the end
  codec::Bytes data_;
  codec::Bytes sketches_;
};

// Appends those of `values`, which stand at the times of `runs`, that are in [from, to) and not
// missing.
void append_samples(std::span<const TimeRun> runs, std::span<const double> values, UnixMs from,
                    UnixMs to, std::vector<Sample>& samples);

}  // namespace headroom::store
