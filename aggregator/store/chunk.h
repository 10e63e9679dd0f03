// A chunk: the samples of one group in one time window, time once and one column per series
// (docs/formats/chunk.md).
//
// Thread safety: plain functions; a ChunkView is read-only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/store/batch.h"

namespace headroom::store {

inline constexpr UnixMs kWindowMs =
    7'200'000;  // two hours: files that expire together, seeks that stay few

// A stretch of evenly spaced times.
struct TimeRun {
  UnixMs start = 0;
  std::uint32_t step_ms = 0;  // > 0
  std::uint32_t count = 0;    // > 0
};

// Which window a time belongs to.
inline std::uint32_t window_of(UnixMs time) { return static_cast<std::uint32_t>(time / kWindowMs); }

struct BuiltChunk {
  std::uint32_t window = 0;
  std::uint64_t samples = 0;
  std::string bytes;
};

// Merges batches of one group into chunks, one per window that they touch. Batches are given in the
// order in which they were committed; of two values for the same time the one committed later
// stays. Errors: kCorruption.
Result<std::vector<BuiltChunk>> build_chunks(std::span<const StoredBatchPtr> batches,
                                             std::size_t columns);

// A chunk's table of contents; points into the chunk's bytes.
class ChunkView {
 public:
  static Result<ChunkView> open(codec::Bytes bytes);

  std::size_t columns() const { return offsets_.size() - 1; }
  const std::vector<UnixMs>& times() const { return times_; }
  // Appends the column's samples in [from, to) that are not missing.
  Status read(std::size_t column, UnixMs from, UnixMs to, std::vector<Sample>& samples) const;

 private:
  codec::Bytes data_;
  std::vector<UnixMs> times_;
  std::vector<std::size_t> offsets_;  // of the columns in data_, and the end
};

// Appends the samples of one column of a batch in [from, to) that are not missing.
Status read_batch(const StoredBatch& batch, std::size_t column, UnixMs from, UnixMs to,
                  std::vector<Sample>& samples);

}  // namespace headroom::store
