#include "aggregator/store/catalog/bytes.h"

namespace headroom::store {

std::string serialize(const Series& series) {
  std::string bytes;
  codec::put_text(bytes, series.metric);
  codec::put_text(bytes, series.unit);
  codec::put_u8(bytes, static_cast<std::uint8_t>(series.kind));
  codec::put_varint(bytes, series.attributes.size());
  for (const Attribute& one : series.attributes) {
    codec::put_text(bytes, one.key);
    codec::put_text(bytes, one.value);
  }
  return bytes;
}

Result<Series> parse_series(std::string_view bytes) {
  codec::Reader reader(codec::as_bytes(bytes));
  Series series;
  series.metric = reader.text();
  series.unit = reader.text();
  const std::uint8_t kind = reader.u8();
  const std::uint64_t attributes = reader.varint();
  for (std::uint64_t i = 0; i < attributes && reader.ok(); ++i) {
    std::string key(reader.text());
    std::string value(reader.text());
    series.attributes.push_back({std::move(key), std::move(value)});
  }
  if (!reader.ok() || reader.left() != 0 || kind > 1) {
    return fail(ErrorCode::kCorruption, "the catalog holds a series that cannot be read");
  }
  series.kind = static_cast<Kind>(kind);
  return series;
}

std::string serialize_members(std::span<const SeriesId> members) {
  std::string bytes;
  codec::put_varint(bytes, members.size());
  std::int64_t before = -1;
  for (const SeriesId id : members) {
    codec::put_varint(bytes, codec::zigzag(static_cast<std::int64_t>(id) - before));
    before = id;
  }
  return bytes;
}

Result<std::vector<SeriesId>> parse_members(std::string_view bytes) {
  codec::Reader reader(codec::as_bytes(bytes));
  const std::uint64_t count = reader.varint();
  std::vector<SeriesId> members;
  if (count <= reader.left()) members.reserve(static_cast<std::size_t>(count));
  std::int64_t before = -1;
  bool in_range = true;
  for (std::uint64_t i = 0; i < count && reader.ok() && in_range; ++i) {
    // Unsigned, so that a difference that no list has wraps around and is seen below.
    before = static_cast<std::int64_t>(static_cast<std::uint64_t>(before) +
                                       static_cast<std::uint64_t>(reader.svarint()));
    in_range = before >= 0 && before < INT64_C(0xffffffff);
    members.push_back(static_cast<SeriesId>(before));
  }
  if (!reader.ok() || reader.left() != 0 || !in_range) {
    return fail(ErrorCode::kCorruption, "the catalog holds a group that cannot be read");
  }
  return members;
}

std::string serialize(const CatalogNumbers& numbers) {
  std::string bytes;
  codec::put_varint(bytes, numbers.next_series);
  codec::put_varint(bytes, numbers.next_group);
  codec::put_varint(bytes, numbers.removed_series);
  codec::put_varint(bytes, numbers.removed_groups);
  return bytes;
}

Result<CatalogNumbers> parse_numbers(std::string_view bytes) {
  codec::Reader reader(codec::as_bytes(bytes));
  const std::uint64_t next_series = reader.varint();
  const std::uint64_t next_group = reader.varint();
  const std::uint64_t removed_series = reader.varint();
  const std::uint64_t removed_groups = reader.varint();
  if (!reader.ok() || reader.left() != 0 || next_series > UINT32_MAX || next_group > UINT32_MAX ||
      removed_series > next_series || removed_groups > next_group) {
    return fail(ErrorCode::kCorruption, "the catalog's next numbers cannot be read");
  }
  return CatalogNumbers{static_cast<SeriesId>(next_series), static_cast<GroupId>(next_group),
                        static_cast<std::uint32_t>(removed_series),
                        static_cast<std::uint32_t>(removed_groups)};
}

std::string serialize_tombstone(UnixMs at) {
  std::string bytes;
  codec::put_be(bytes, at);
  return bytes;
}

Result<UnixMs> parse_tombstone(std::string_view bytes) {
  codec::Reader reader(codec::as_bytes(bytes));
  const auto at = reader.be<UnixMs>();
  if (!reader.ok() || reader.left() != 0)
    return fail(ErrorCode::kCorruption, "the catalog holds a host's end that cannot be read");
  return at;
}

}  // namespace headroom::store
