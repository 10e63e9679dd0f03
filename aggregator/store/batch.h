// A committed batch as the head and the journal hold it: still encoded, as the agent sent it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/store/store.h"

namespace headroom::store {

struct StoredBatch {
  std::uint64_t stream_tag =
      0;  // first 8 bytes of the stream's identity, to find a batch that stands twice
  std::uint64_t sequence = 0;
  GroupId group = 0;
  UnixMs start = 0;
  std::uint32_t step_ms = 0;
  std::uint32_t steps = 0;
  std::string columns;

  UnixMs end() const { return start + static_cast<UnixMs>(step_ms) * steps; }
};
using StoredBatchPtr = std::shared_ptr<const StoredBatch>;

std::string serialize(const StoredBatch& batch);
Result<StoredBatch> parse_batch(std::string_view bytes);

}  // namespace headroom::store
