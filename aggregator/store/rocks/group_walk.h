// Walks through some runs of one window together, group by group.
//
// Not thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "aggregator/store/chunk.h"
#include "aggregator/store/rocks/database.h"
#include "aggregator/store/rocks/window_index.h"

namespace headroom::store::rocks {

class GroupWalk {
 public:
  struct Found {
    std::uint32_t run = 0;
    ChunkView chunk;  // holds until the next call of next()
  };

  // Runs by number, ascending.
  GroupWalk(const Database& database, Tier tier, std::uint32_t window,
            const std::vector<RunPtr>& runs);

  // On to the next group, or to the first; false at the end. Errors: kCorruption, which makes the
  // store read-only.
  Result<bool> next();
  GroupId group() const { return group_; }
  // Its chunks, in the order in which they were written.
  const std::vector<Found>& chunks() const { return chunks_; }

 private:
  struct Source {
    std::uint32_t run = 0;
    std::unique_ptr<rocksdb::Iterator> at;
    bool used = true;  // stands at a group that was given out
    bool begun = false;
  };
  Status advance(Source& source);
  // Nothing: the source is at its end.
  std::optional<GroupId> group_of(const Source& source) const;

  const Database& database_;
  Tier tier_;
  std::uint32_t window_;
  std::vector<Source> sources_;
  GroupId group_ = 0;
  std::vector<Found> chunks_;
};

}  // namespace headroom::store::rocks
