// A journal entry: everything of one group commit, in the order in which it counts
// (docs/formats/store.md). The head points into the entries instead of copying them.
//
// Thread safety: plain functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "aggregator/store/store.h"

namespace headroom::store {

// One batch of an entry, or the gap that stands in its place (steps == 0).
struct JournalRecord {
  std::uint32_t stream = 0;    // the stream's number
  std::uint64_t sequence = 0;  // the stream's cursor behind it
  std::uint64_t lost_batches = 0;
  std::uint64_t lost_samples = 0;
  GroupId group = 0;
  UnixMs start = 0;
  std::uint32_t step_ms = 0;
  std::uint32_t steps = 0;
  codec::Bytes columns;  // into the entry, or the caller's buffer
};

void append_record(const JournalRecord& record, std::string& entry);

// Calls `take` for each record. Errors: kCorruption, or what `take` returned.
Status parse_entry(codec::Bytes entry, const std::function<Status(const JournalRecord&)>& take);

}  // namespace headroom::store
