#include "common/codec/packed_blocks.h"

#include <algorithm>
#include <array>

#include "common/codec/bit_stream.h"

namespace headroom::codec {
namespace {

constexpr std::size_t kPackedBlock = 128;

// `count` fields of `width` (0 … 64) bits.
void unpack(Bytes bytes, unsigned width, std::size_t count, std::uint64_t* values) {
  BitReader bits(bytes);
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned low = std::min(width, 32u);
    values[i] = bits.take(low);
    if (width > low) values[i] |= bits.take(width - low) << low;
  }
}

}  // namespace

Fault read_packed_blocks(Reader& reader, std::size_t count, std::int64_t* values) {
  std::array<std::uint64_t, kPackedBlock> offsets{};
  for (std::size_t at = 0; at < count; at += kPackedBlock) {
    const std::size_t size = std::min(kPackedBlock, count - at);
    const std::int64_t base = reader.svarint();
    const unsigned width = reader.u8();
    const std::size_t exceptions = reader.u8();
    if (width > 64 || exceptions > size) return "has a block that cannot be";
    const Bytes bits = reader.bytes((size * width + 7) / 8);
    if (!reader.ok()) return "ends inside a block";
    if (values != nullptr) unpack(bits, width, size, offsets.data());
    for (std::size_t i = 0; i < exceptions; ++i) {
      const std::size_t position = reader.u8();
      const std::uint64_t high = reader.varint();
      if (position >= size || width >= 64) return "has an exception outside its block";
      offsets[position] |= high << width;
    }
    if (!reader.ok()) return "ends inside its exceptions";
    if (values == nullptr) continue;
    for (std::size_t i = 0; i < size; ++i) {
      values[at + i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + offsets[i]);
    }
  }
  return nullptr;
}

}  // namespace headroom::codec
