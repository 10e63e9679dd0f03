// The keys of the embedded store (docs/formats/store.md). Numbers are big-endian so that keys sort
// as they count.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aggregator/store/store.h"
#include "aggregator/store/tier.h"
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

// series: 's' number → series; 'g' number → members of a group; 't' host → since when it is gone;
// 'n' → the next numbers.
inline constexpr std::string_view kNumbersKey = "n";
inline std::string catalog_key(char kind, std::uint32_t number) {
  std::string key(1, kind);
  codec::put_be(key, number);
  return key;
}

// The chunk families: window, run, group. A run is never changed, so its files hold nothing else.
struct ChunkKey {
  std::uint32_t window = 0;
  std::uint32_t run = 0;
  GroupId group = 0;
};
inline std::string chunk_key(const ChunkKey& at) {
  std::string key;
  codec::put_be(key, at.window);
  codec::put_be(key, at.run);
  codec::put_be(key, at.group);
  return key;
}
inline ChunkKey parse_chunk_key(std::string_view key) {
  codec::Reader reader(codec::as_bytes(key));
  ChunkKey parsed;
  parsed.window = reader.be<std::uint32_t>();
  parsed.run = reader.be<std::uint32_t>();
  parsed.group = reader.be<std::uint32_t>();
  return parsed;
}

// windows: tier, window → its runs.
inline std::string window_key(Tier tier, std::uint32_t window) {
  std::string key(1, static_cast<char>(tier));
  codec::put_be(key, window);
  return key;
}

// cursors: agent, a zero byte, stream → cursor.
inline std::string cursor_key(const StreamKey& stream) {
  std::string key = stream.agent;
  key += '\0';
  key.append(reinterpret_cast<const char*>(stream.stream.data()), stream.stream.size());
  return key;
}

}  // namespace headroom::store::rocks
