// Reads columns of groups: from the runs of a view, and from its head.
//
// Thread safety: a reader is used by one thread; several readers may share a view.
#pragma once

#include <span>
#include <vector>

#include "aggregator/store/fold.h"
#include "aggregator/store/rocks/database.h"
#include "aggregator/store/rocks/read_view.h"

namespace headroom::store::rocks {

// A column of a group, and which of the answer's series it is for.
struct WantedColumn {
  std::uint32_t column = 0;
  std::size_t series = 0;
};

class GroupReader {
 public:
  // Both must outlive the reader.
  GroupReader(const Database& database, const ReadView& view) : database_(database), view_(view) {}

  // Adds the raw samples in [from, to) to those of the series that each column is for: sorted by
  // time, no time twice. `wanted` ascends by column. Errors: kCorruption naming the chunk.
  Status samples(GroupId group, std::span<const WantedColumn> wanted, UnixMs from, UnixMs to,
                 std::vector<Evidence>& series) const;
  // The same with buckets that start in [from, to), of series that are all counters or all gauges.
  Status buckets(Tier tier, GroupId group, std::span<const WantedColumn> wanted, UnixMs from,
                 UnixMs to, bool counters, bool with_sketches, std::vector<Evidence>& series) const;

 private:
  // Calls `use` for every chunk of the group in windows that touch the range, in time, and within a
  // window in the order in which they were written.
  template <typename Use>
  Status each_chunk(Tier tier, GroupId group, UnixMs from, UnixMs to, Use use) const;
  Status head_samples(GroupId group, std::span<const WantedColumn> wanted, UnixMs from, UnixMs to,
                      std::vector<std::vector<Sample>>& found) const;

  const Database& database_;
  const ReadView& view_;
};

// Sorts by time; of samples with one time the last one stays.
void settle_samples(std::vector<Sample>& samples);

}  // namespace headroom::store::rocks
