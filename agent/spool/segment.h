// One file of the spool: items of one stream, in the order of their sequences.
//
// docs/formats/spool.md has the format. A record is a wire message with its length and CRC-32 in
// front, so what is spooled is what would have been sent, and its evolution is the wire's. Each
// segment begins with the layouts it needs, so it can be read alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/push/backlog.h"
#include "common/base/result.h"

namespace headroom::agent {

struct SegmentHeader {
  wire::StreamId stream{};
  std::uint64_t first_sequence = 0;
  bool thinned = false;
  bool gap = false;  // stands for segments that were dropped
};

inline constexpr std::size_t kSegmentHeaderBytes = 40;
// A larger file is no segment of ours.
inline constexpr std::size_t kSegmentBytesMax = 64u << 20;

// Builds what is appended to a segment. One writer per segment: it knows which layouts stand in it.
class SegmentWriter {
 public:
  // Appends the header to `out`.
  void begin(const SegmentHeader& header, std::string& out);
  // Appends the item's records to `out`. Errors: kLimitExceeded for what no message can hold;
  // `out` is then as before.
  Status append(const Backlog::Item& item, std::string& out);
  // What was appended last did not reach the file.
  void forget_layouts() { layouts_.clear(); }

 private:
  std::vector<LayoutPtr> layouts_;  // those in the segment so far
};

struct Segment {
  SegmentHeader header;
  std::vector<Backlog::Item> items;
  std::size_t good_bytes = 0;  // up to the end of the last record that is whole
  std::string damage;          // what is wrong behind them; empty: nothing
};

// Reads as much as is whole. Errors: kCorruption for a header that is none, kUnsupported for one of
// another version.
Result<Segment> parse_segment(codec::Bytes bytes);
Result<SegmentHeader> parse_segment_header(codec::Bytes bytes);

}  // namespace headroom::agent
