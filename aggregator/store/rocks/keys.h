// The keys of the embedded store (docs/formats/store.md). Numbers are big-endian so that keys sort
// as they count.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aggregator/store/store.h"
#include "common/codec/bytes.h"

namespace headroom::store::rocks {

inline std::string number_key(std::uint64_t number) {
  std::string key;
  codec::put_be(key, number);
  return key;
}
inline std::uint64_t parse_number_key(std::string_view key) {
  return codec::Reader(codec::as_bytes(key)).be<std::uint64_t>();
}

// series: 's' number → series; 'g' number → members of a group.
inline std::string catalog_key(char kind, std::uint32_t number) {
  std::string key(1, kind);
  codec::put_be(key, number);
  return key;
}

// capacity_metrics: window, group, serial. Later serials were flushed later.
inline std::string chunk_key(std::uint32_t window, GroupId group, std::uint64_t serial) {
  std::string key;
  codec::put_be(key, window);
  codec::put_be(key, group);
  codec::put_be(key, serial);
  return key;
}
struct ChunkKey {
  std::uint32_t window = 0;
  GroupId group = 0;
  std::uint64_t serial = 0;
};
inline ChunkKey parse_chunk_key(std::string_view key) {
  codec::Reader reader(codec::as_bytes(key));
  ChunkKey parsed;
  parsed.window = reader.be<std::uint32_t>();
  parsed.group = reader.be<std::uint32_t>();
  parsed.serial = reader.be<std::uint64_t>();
  return parsed;
}

// cursors: agent, a zero byte, stream → cursor.
inline std::string cursor_key(const StreamKey& stream) {
  std::string key = stream.agent;
  key += '\0';
  key.append(reinterpret_cast<const char*>(stream.stream.data()), stream.stream.size());
  return key;
}

}  // namespace headroom::store::rocks
