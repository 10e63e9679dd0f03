#include "aggregator/store/cursor.h"

#include <cstring>

namespace headroom::store {

std::string serialize(const Cursor& cursor) {
  std::string bytes;
  for (const std::uint64_t number : {cursor.committed, cursor.batches, cursor.samples,
                                     cursor.lost_batches, cursor.lost_samples}) {
    codec::put_varint(bytes, number);
  }
  return bytes;
}

Result<std::pair<StreamKey, Cursor>> parse_cursor(std::string_view key, std::string_view value) {
  StreamKey stream;
  const std::size_t zero = key.find('\0');
  if (zero == std::string_view::npos || key.size() - zero - 1 != stream.stream.size()) {
    return fail(ErrorCode::kCorruption, "a cursor's key cannot be read");
  }
  stream.agent = key.substr(0, zero);
  std::memcpy(stream.stream.data(), key.data() + zero + 1, stream.stream.size());
  codec::Reader reader(codec::as_bytes(value));
  Cursor cursor;
  for (std::uint64_t* number : {&cursor.committed, &cursor.batches, &cursor.samples,
                                &cursor.lost_batches, &cursor.lost_samples}) {
    *number = reader.varint();
  }
  if (!reader.ok()) return fail(ErrorCode::kCorruption, "a cursor cannot be read");
  return std::pair{stream, cursor};
}

}  // namespace headroom::store
