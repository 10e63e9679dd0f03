// What writer and reader of a block agree on; see docs/formats/column.md.
#pragma once

#include <cstdint>

namespace headroom::codec::rice {

// A block begins with six bits: up to kLowBitsMax a plain list with so many low bits, else a kind.
inline constexpr unsigned kKindBits = 6;
inline constexpr unsigned kLowBitsMax = 55;
enum Kind : std::uint8_t {
  kList = 0,  // and every number up to kLowBitsMax
  kZeros = 56,
  kPatchedList = 57,
  kBitmap = 58,
  kPatchedBitmap = 59,
  kGaps = 60,
  kPatchedGaps = 61,
};

inline constexpr unsigned kExceptionCountBits = 5;  // one less than there are
inline constexpr unsigned kExceptionPositionBits = 7;
inline constexpr unsigned kExceptionWidthBits = 6;
inline constexpr unsigned kExceptionsMax = 1u << kExceptionCountBits;
inline constexpr unsigned kGapCountBits = 7;  // one less than there are
inline constexpr unsigned kGapLowBitsBits = 3;

}  // namespace headroom::codec::rice
