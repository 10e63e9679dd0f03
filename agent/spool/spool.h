// What the aggregator could not be given waits here, on disk, within a limit of bytes.
//
// A folder of segments (spool/segment.h), named by numbers that only grow; the folder is locked, so
// one process owns it. Several streams may wait one behind the other: those of an earlier outage or
// of a process that was ended. A segment goes once all of it is acknowledged.
//
// Over the limit the oldest segments are thinned to one value per minute, until thinned ones take
// half of the room; then the oldest goes for good and a gap takes its place, which says how much
// that was. Every step replaces one file by another, so a process that is killed at any moment
// leaves a spool that can be read; what the kernel had not yet written is lost with the power.
//
// One thread. The files are small and written to the page cache only; nothing here waits for a
// disk, except thinning for one segment's reading.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/spool/segment.h"
#include "common/base/file.h"

namespace headroom::agent {

struct SpoolOptions {
  std::string path;
  std::uint64_t limit_bytes = 64u << 20;
  // So much stays free on the filesystem: an outage must not fill a host's disk.
  std::uint64_t keep_free_bytes = 256u << 20;
};

struct SpoolCounters {
  std::uint64_t samples_thinned = 0;   // gave way to means
  std::uint64_t samples_dropped = 0;   // are gone
  std::uint64_t segments_damaged = 0;  // read only in part
  std::uint64_t write_failures = 0;
};

class Spool {
 public:
  // Creates the folder if need be. Damaged files are counted and said, and go when their turn
  // comes. Errors: kPermissionDenied, kUnavailable when another process has it locked, and what
  // else the filesystem says.
  static Result<Spool> open(SpoolOptions options);

  // All of them or none. Their stream goes on in the segment that is being written, or begins one.
  // Errors: kUnavailable where the disk is too full.
  Status append(const wire::StreamId& stream, const std::deque<Backlog::Item>& items);

  bool empty() const { return segments_.empty(); }
  std::uint64_t bytes() const { return bytes_; }
  const SpoolCounters& counters() const { return counters_; }
  std::size_t segments() const { return segments_.size(); }

  // The oldest segment, whole. Until release() or done() it is neither thinned nor dropped. Nothing
  // when there is none, or when it cannot be read for now; one that is damaged from its beginning
  // is passed over and removed.
  std::optional<Segment> load_oldest();
  // The loaded segment is acknowledged: it goes.
  void done();
  // The loaded segment stays for another time.
  void release() { loaded_ = false; }
  // Everything of the kernel's cache to the disk; for a stop.
  void sync();

 private:
  struct File {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
    wire::StreamId stream{};
    bool thinned = false;
    bool is_gap = false;   // stands for segments that were dropped
    bool touched = false;  // part of it may have been sent: thinned, it would come twice
  };

  explicit Spool(SpoolOptions options) : options_(std::move(options)) {}
  Status scan();
  std::string path_of(std::uint64_t number) const;
  std::uint64_t segment_bytes() const;
  bool has_room(std::uint64_t bytes) const;
  Status write(std::string_view bytes);
  Status begin_segment(const wire::StreamId& stream);
  void keep_within_limit();
  bool thin_oldest();
  bool drop_oldest();
  // Errors: kCorruption where nothing of it can ever be read.
  Result<Segment> read(const File& file);
  // Puts these items in the place of the file's.
  Status replace(File& file, const SegmentHeader& header, std::span<const Backlog::Item> items);
  void remove(std::size_t index);

  SpoolOptions options_;
  Fd lock_;
  std::deque<File> segments_;  // oldest first
  std::uint64_t bytes_ = 0;
  std::uint64_t next_number_ = 1;
  Fd writing_;  // the newest segment, while it may grow
  SegmentWriter writer_;
  bool loaded_ = false;  // the oldest segment is being sent
  SpoolCounters counters_;
};

}  // namespace headroom::agent
