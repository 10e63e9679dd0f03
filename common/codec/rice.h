// Blocks of up to 128 unsigned integers, most of them small, in few bits.
//
// A list of integers is Golomb–Rice coded (Golomb, "Run-length encodings", IEEE Trans. IT 12, 1966;
// Rice, JPL 79-22, 1979): the k low bits of an integer as they are, what is above them in unary.
// The low bits of the whole list stand first and the unary parts behind them, so that a reader
// gets the low bits without knowing where anything ends, and 64 bits of unary parts with one load.
// A few integers that are far above the others are left out of the unary part and follow as
// exceptions, as in PFOR (Zukowski et al., ICDE 2006). Where most integers are zero, only the
// others are in the list, and a bitmap or the gaps between them say where they belong.
//
// Thread safety: plain functions without state. The layout is in docs/formats/column.md.
#pragma once

#include <cstdint>
#include <span>

#include "common/codec/bit_stream.h"

namespace headroom::codec {

inline constexpr std::size_t kRiceBlock = 128;

// How a block is written, and the bits that this takes (an estimate, within a few percent).
struct RicePlan {
  std::uint8_t kind = 0;
  std::uint8_t low_bits = 0;
  std::uint8_t gap_low_bits = 0;
  std::size_t bits = 0;
};

// 1 … kRiceBlock integers below 2^57.
RicePlan plan_block(std::span<const std::uint64_t> values);
void write_block(const RicePlan& plan, std::span<const std::uint64_t> values, BitWriter& out);

// Reads a block of `count` (1 … kRiceBlock) integers; without `values` only steps over it, and
// accepts the same bytes. False: they are not a block, or end too early.
bool read_block(BitReader& in, std::size_t count, std::uint64_t* values);

}  // namespace headroom::codec
