#include "common/base/tzif.h"

#include <array>
#include <cstdint>

namespace headroom {
namespace {

constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kTypeBytes = 6;
// RFC 8536, section 3.2: -25 h < offset < 26 h.
constexpr std::int64_t kOffsetLeast = -89'999;
constexpr std::int64_t kOffsetMost = 93'599;
// What zic writes for the beginning of time, and as far ahead.
constexpr std::int64_t kTimeMost = std::int64_t{1} << 59;

struct Header {
  char version = 0;
  std::size_t ut_indicators = 0;
  std::size_t standard_indicators = 0;
  std::size_t leap_seconds = 0;
  std::size_t changes = 0;
  std::size_t types = 0;
  std::size_t characters = 0;

  std::size_t block_bytes(std::size_t time_bytes) const {
    return changes * (time_bytes + 1) + types * kTypeBytes + characters +
           leap_seconds * (time_bytes + 4) + standard_indicators + ut_indicators;
  }
};

tl::unexpected<Error> damaged(const std::string& what) {
  return fail(ErrorCode::kCorruption, "not a TZif file: " + what);
}

std::int64_t big_endian(std::string_view bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  if (count == 4) return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
  return static_cast<std::int64_t>(value);
}

Result<Header> read_header(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes) return damaged("it ends within a header");
  if (!bytes.starts_with("TZif")) return damaged("it does not begin with TZif");
  Header header;
  header.version = bytes[4];
  std::array<std::size_t, 6> counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::int64_t count = big_endian(bytes.substr(20 + 4 * i), 4);
    if (count < 0 || static_cast<std::size_t>(count) > kZoneFileBytes)
      return damaged("a count beyond any file's size");
    counts[i] = static_cast<std::size_t>(count);
  }
  header.ut_indicators = counts[0];
  header.standard_indicators = counts[1];
  header.leap_seconds = counts[2];
  header.changes = counts[3];
  header.types = counts[4];
  header.characters = counts[5];
  if (header.types == 0 || header.types > 256) return damaged("no type of local time, or too many");
  if (header.changes > kZoneChanges) return damaged("too many changes");
  return header;
}

Result<std::vector<TimeZone::Span>> read_block(const Header& header, std::string_view block,
                                               std::size_t time_bytes) {
  const std::string_view times = block.substr(0, header.changes * time_bytes);
  const std::string_view indexes = block.substr(times.size(), header.changes);
  const std::string_view types =
      block.substr(times.size() + indexes.size(), header.types * kTypeBytes);
  std::vector<std::int32_t> offsets(header.types);
  for (std::size_t i = 0; i < header.types; ++i) {
    const std::int64_t offset = big_endian(types.substr(i * kTypeBytes), 4);
    if (offset < kOffsetLeast || offset > kOffsetMost)
      return damaged("local time more than a day from UTC");
    offsets[i] = static_cast<std::int32_t>(offset);
  }
  std::vector<TimeZone::Span> spans;
  spans.reserve(header.changes + 1);
  // Type 0 is what holds before the first change (section 3.2).
  spans.push_back({TimeZone::Span{}.from_s, offsets[0]});
  for (std::size_t i = 0; i < header.changes; ++i) {
    const std::int64_t time = big_endian(times.substr(i * time_bytes), time_bytes);
    const auto type = static_cast<unsigned char>(indexes[i]);
    if (type >= header.types) return damaged("a change to a type that is not there");
    if (time <= spans.back().from_s) return damaged("changes that do not ascend");
    if (time < -kTimeMost || time > kTimeMost) return damaged("a change beyond all time");
    spans.push_back({time, offsets[type]});
  }
  return spans;
}

}  // namespace

Result<TzifContent> parse_tzif(std::string_view bytes) {
  auto header = read_header(bytes);
  if (!header) return fail(header.error());
  std::size_t time_bytes = 4;
  bytes.remove_prefix(kHeaderBytes);
  const bool has_second = header->version >= '2';
  if (has_second) {
    // The first block is for readers that know 32 bits only.
    const std::size_t first = header->block_bytes(time_bytes);
    if (bytes.size() < first) return damaged("it ends within the first block");
    bytes.remove_prefix(first);
    header = read_header(bytes);
    if (!header) return fail(header.error());
    bytes.remove_prefix(kHeaderBytes);
    time_bytes = 8;
  } else if (header->version != '\0') {
    return damaged("an unknown version");
  }
  if (header->leap_seconds > 0) {
    return fail(ErrorCode::kUnsupported,
                "the file counts leap seconds, Unix time does not; use the zone outside of right/");
  }
  const std::size_t size = header->block_bytes(time_bytes);
  if (bytes.size() < size) return damaged("it ends within its data");
  auto spans = read_block(*header, bytes.substr(0, size), time_bytes);
  if (!spans) return fail(spans.error());
  TzifContent content{std::move(*spans), {}};
  if (!has_second) return content;
  bytes.remove_prefix(size);
  const std::size_t end = bytes.find('\n', 1);
  if (!bytes.starts_with('\n') || end == std::string_view::npos)
    return damaged("the footer is cut off");
  const std::string_view rule = bytes.substr(1, end - 1);
  if (rule.empty()) return content;
  const auto zone = parse_posix_zone(rule);
  if (!zone) return damaged(zone.error().message);
  content.rule = *zone;
  return content;
}

}  // namespace headroom
