// Merges what is known of one group — batches as they came, and chunks — into one ascending
// timeline, column by column, so that only one column is ever decoded at a time.
//
// Of several values for the same time the one of the later piece stays; a missing value does not
// take away one that was there.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "aggregator/store/chunk.h"

namespace headroom::store {

// Values of one group: `columns` holds all its columns, one encoded behind the other.
struct Piece {
  std::vector<TimeRun> runs;
  codec::Bytes columns;

  static Piece of(const ChunkView& chunk) {
    return {{chunk.runs().begin(), chunk.runs().end()}, chunk.data()};
  }
};

class Merger {
 public:
  // The pieces in the order in which they were committed. Their bytes must outlive the merger.
  explicit Merger(std::vector<Piece> pieces);

  // Strictly ascending. Not empty unless there were no pieces.
  std::span<const UnixMs> times() const { return times_; }

  // The next column's values at times(); they hold until the next call. Errors: kCorruption.
  Result<std::span<const double>> next();
  // All values of that column are integers divided by this power of ten; nothing where some are
  // not.
  std::optional<unsigned> exponent() const { return exponent_; }

 private:
  void order();

  std::vector<Piece> pieces_;
  std::vector<std::size_t> counts_;  // of times, by piece
  std::vector<UnixMs> times_;
  std::vector<std::size_t> order_;  // of each time, its value among the pieces'; empty: as they are
  // Kept index, and the value that stands for it where later ones are missing; latest first.
  std::vector<std::pair<std::size_t, std::size_t>> fallbacks_;
  std::vector<double> values_;
  std::vector<double> kept_;
  std::optional<unsigned> exponent_;
};

}  // namespace headroom::store
