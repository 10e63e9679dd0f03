// The head: what is committed and not yet in chunks, in memory and still encoded. Not thread-safe.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "aggregator/store/batch.h"

namespace headroom::store {

// Committed batches by group, in the order of their commits.
struct Head {
  std::unordered_map<GroupId, std::vector<StoredBatchPtr>> groups;
  std::uint64_t batches = 0;
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;

  void add(const StoredBatchPtr& batch, std::size_t columns) {
    groups[batch->group].push_back(batch);
    ++batches;
    samples += columns * batch->steps;
    bytes += batch->columns.size() + sizeof(StoredBatch);
  }
};

}  // namespace headroom::store
