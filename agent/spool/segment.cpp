#include "agent/spool/segment.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <zlib.h>

namespace headroom::agent {
namespace {

constexpr std::string_view kMagic = "HDRSPOOL";
constexpr std::uint16_t kVersion = 1;
constexpr std::uint16_t kThinnedFlag = 1;
constexpr std::uint16_t kGapFlag = 2;
constexpr std::size_t kRecordHeaderBytes = 8;

std::uint32_t checksum(codec::Bytes bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(::crc32_z(0, nullptr, 0), bytes.data(), bytes.size()));
}

Status put_record(const wire::Message& message, std::string& out) {
  const auto bytes = wire::encode(message);
  if (!bytes) return fail(bytes.error());
  codec::put_le(out, static_cast<std::uint32_t>(bytes->size()));
  codec::put_le(out, checksum(codec::as_bytes(*bytes)));
  out += *bytes;
  return {};
}

// What the records say, one after the other.
class ItemReader {
 public:
  explicit ItemReader(std::vector<Backlog::Item>& items) : items_(items) {}

  Status take(codec::Bytes record) {
    const wire::AlignedBytes aligned(record);
    auto message = wire::decode(aligned.bytes());
    if (!message) return fail(message.error());
    if (auto* layout = std::get_if<wire::Layout>(&*message)) return take(std::move(*layout));
    if (const auto* batch = std::get_if<wire::Batch>(&*message)) return take(*batch);
    if (const auto* gap = std::get_if<wire::Gap>(&*message)) return take(*gap);
    return fail(ErrorCode::kCorruption, "a record that is no layout, batch or gap");
  }

 private:
  Status take(wire::Layout&& layout) {
    layouts_.push_back(std::make_shared<const wire::Layout>(std::move(layout)));
    return {};
  }

  Status take(const wire::Batch& batch) {
    // The newest of a number: a stream that lived on after its numbers began anew has several.
    const auto layout = std::find_if(layouts_.rbegin(), layouts_.rend(), [&](const LayoutPtr& one) {
      return one->number == batch.layout;
    });
    if (layout == layouts_.rend())
      return fail(ErrorCode::kCorruption, "a batch whose layout is not there");
    Backlog::Item item;
    item.first_sequence = item.last_sequence = batch.sequence;
    item.attempts = batch.attempt;
    item.batch = ClosedBatch{
        *layout, batch.start, batch.step_ms, batch.steps,
        std::string(reinterpret_cast<const char*>(batch.columns.data()), batch.columns.size())};
    return add(std::move(item));
  }

  Status take(const wire::Gap& gap) {
    Backlog::Item item;
    item.first_sequence = gap.first_sequence;
    item.last_sequence = gap.last_sequence;
    item.gap = gap;
    return add(std::move(item));
  }

  Status add(Backlog::Item item) {
    if (!items_.empty() && item.first_sequence <= items_.back().last_sequence)
      return fail(ErrorCode::kCorruption, "sequences that go back");
    items_.push_back(std::move(item));
    return {};
  }

  std::vector<Backlog::Item>& items_;
  std::vector<LayoutPtr> layouts_;
};

}  // namespace

void SegmentWriter::begin(const SegmentHeader& header, std::string& out) {
  layouts_.clear();
  const std::size_t start = out.size();
  out += kMagic;
  codec::put_le(out, kVersion);
  codec::put_le(out, static_cast<std::uint16_t>((header.thinned ? kThinnedFlag : 0) |
                                                (header.gap ? kGapFlag : 0)));
  out.append(reinterpret_cast<const char*>(header.stream.data()), header.stream.size());
  codec::put_le(out, header.first_sequence);
  codec::put_le(out, checksum(codec::as_bytes(std::string_view(out).substr(start))));
}

Status SegmentWriter::append(const Backlog::Item& item, std::string& out) {
  if (!item.batch) return put_record(item.gap, out);
  const ClosedBatch& batch = *item.batch;
  const std::size_t before = out.size();
  const bool is_new = std::find(layouts_.begin(), layouts_.end(), batch.layout) == layouts_.end();
  if (is_new) {
    if (auto put = put_record(*batch.layout, out); !put) return put;
  }
  wire::Batch record;
  record.sequence = item.first_sequence;
  // What comes from the spool comes late: its age says nothing about the clocks.
  record.attempt = std::max(1u, item.attempts);
  record.layout = batch.layout->number;
  record.start = batch.start;
  record.step_ms = batch.step_ms;
  record.steps = batch.steps;
  record.columns = codec::as_bytes(batch.columns);
  if (auto put = put_record(record, out); !put) {
    out.resize(before);
    return put;
  }
  if (is_new) layouts_.push_back(batch.layout);
  return {};
}

Result<SegmentHeader> parse_segment_header(codec::Bytes bytes) {
  if (bytes.size() < kSegmentHeaderBytes ||
      std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    return fail(ErrorCode::kCorruption, "no segment of a spool");
  }
  codec::Reader reader(bytes.subspan(kMagic.size(), kSegmentHeaderBytes - kMagic.size()));
  SegmentHeader header;
  const auto version = reader.le<std::uint16_t>();
  const auto flags = reader.le<std::uint16_t>();
  header.thinned = (flags & kThinnedFlag) != 0;
  header.gap = (flags & kGapFlag) != 0;
  const codec::Bytes stream = reader.bytes(header.stream.size());
  std::copy(stream.begin(), stream.end(), header.stream.begin());
  header.first_sequence = reader.le<std::uint64_t>();
  const auto expected = reader.le<std::uint32_t>();
  if (checksum(bytes.first(kSegmentHeaderBytes - sizeof(expected))) != expected)
    return fail(ErrorCode::kCorruption, "the header of a segment is damaged");
  if (version != kVersion) {
    return fail(ErrorCode::kUnsupported, "a segment of format " + std::to_string(version) +
                                             "; this agent reads " + std::to_string(kVersion));
  }
  return header;
}

Result<Segment> parse_segment(codec::Bytes bytes) {
  const auto header = parse_segment_header(bytes);
  if (!header) return fail(header.error());
  Segment segment;
  segment.header = *header;
  segment.good_bytes = kSegmentHeaderBytes;
  ItemReader items(segment.items);
  while (segment.good_bytes < bytes.size()) {
    codec::Reader reader(bytes.subspan(segment.good_bytes));
    const auto length = reader.le<std::uint32_t>();
    const auto expected = reader.le<std::uint32_t>();
    if (!reader.ok() || length > reader.left()) {
      segment.damage = "the last record is not whole";
      break;
    }
    const codec::Bytes record = reader.bytes(length);
    if (checksum(record) != expected) {
      segment.damage = "a record does not fit its checksum";
      break;
    }
    if (auto taken = items.take(record); !taken) {
      segment.damage = taken.error().message;
      break;
    }
    segment.good_bytes += kRecordHeaderBytes + length;
  }
  return segment;
}

}  // namespace headroom::agent
