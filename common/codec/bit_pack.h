// Bit packing of unsigned integers, least significant bit first.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "common/codec/bytes.h"

namespace headroom::codec {

inline std::size_t packed_bytes(std::size_t count, unsigned width) {
  return (count * width + 7) / 8;
}

// Appends the low `width` (0 … 64) bits of each value.
inline void pack_bits(std::span<const std::uint64_t> values, unsigned width, std::string& out) {
  if (width == 0) return;
  const std::uint64_t mask = width == 64 ? ~0ULL : (1ULL << width) - 1;
  unsigned __int128 pending = 0;
  unsigned bits = 0;
  for (const std::uint64_t value : values) {
    pending |= static_cast<unsigned __int128>(value & mask) << bits;
    bits += width;
    while (bits >= 8) {
      out.push_back(static_cast<char>(pending));
      pending >>= 8;
      bits -= 8;
    }
  }
  if (bits > 0) out.push_back(static_cast<char>(pending));
}

// The inverse; `in` holds exactly packed_bytes(values.size(), width) bytes.
inline void unpack_bits(Bytes in, unsigned width, std::span<std::uint64_t> values) {
  if (width == 0) {
    for (std::uint64_t& value : values) value = 0;
    return;
  }
  const std::uint64_t mask = width == 64 ? ~0ULL : (1ULL << width) - 1;
  const std::size_t size = in.size();
  std::size_t bit = 0;
  for (std::uint64_t& value : values) {
    const std::size_t byte = bit / 8;
    const unsigned shift = static_cast<unsigned>(bit % 8);
    if (width <= 56 && byte + 8 <= size) {
      std::uint64_t word = 0;
      std::memcpy(&word, in.data() + byte, 8);
      value = word >> shift & mask;
    } else {
      unsigned __int128 word = 0;
      const std::size_t last = (bit + width - 1) / 8;
      for (std::size_t i = byte; i <= last; ++i) {
        word |= static_cast<unsigned __int128>(in[i]) << (8 * (i - byte));
      }
      value = static_cast<std::uint64_t>(word >> shift) & mask;
    }
    bit += width;
  }
}

}  // namespace headroom::codec
