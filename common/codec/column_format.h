// The fixed part of a column, as docs/formats/column.md describes it field by field.
#pragma once

#include <array>
#include <cstdint>

#include "common/codec/bytes.h"

namespace headroom::codec {

// First byte of a column: mode in bits 0-2, a bitmap of present values in bit 3.
enum Mode : std::uint8_t {
  kAllMissing = 0,
  kConstant = 1,
  kConstantRaw = 2,
  kPacked = 3,  // read, no longer written
  kRaw = 4,
  kCoded = 5,
  kConstantShort = 6,
};
inline constexpr std::uint8_t kModeMask = 0x07;
inline constexpr std::uint8_t kHasMissing = 0x08;

// Modes 0 … 4 have flags above it.
inline constexpr std::uint8_t kOrderShift = 4;      // bits 4-5
inline constexpr std::uint8_t kHasExponent = 0x40;  // an exponent byte follows
inline constexpr std::uint8_t kHasTwos = 0x80;      // a byte with a power of two follows

// Modes 5 and 6 have the scale in bits 4-7: up to kScaleExponentMax an exponent, else
inline constexpr std::uint8_t kScaleShift = 4;
inline constexpr unsigned kScaleExponentMax = 11;
inline constexpr unsigned kScaleKibi = 12;     // multiples of 2^10
inline constexpr unsigned kScalePages = 13;    // multiples of 2^12
inline constexpr unsigned kScaleDivisor = 14;  // mode 5: divisor follows; mode 6: the value is 0
inline constexpr unsigned kScaleFull = 15;     // mode 5: exponent, divisor, offset follow

// What the integers of a coded column were made into before they went to blocks (two bits).
enum class Shape : std::uint8_t {
  kLevels = 0,  // less the smallest
  kSteps = 1,   // differences, zigzag
  kBends = 2,   // second differences, zigzag
  kClimb = 3,   // differences, none below zero
};
inline constexpr unsigned kShapeBits = 2;
// kBends: how many bits the first difference takes, which then follows, zigzag.
inline constexpr unsigned kStepWidthBits = 6;
inline constexpr unsigned kStepWidthMax = 56;
// How many integers stand apart, before the blocks.
inline constexpr std::array<std::size_t, 4> kShapeApart{0, 1, 2, 1};

// A value is double(integer × divisor + offset) / 10^exponent.
struct Scale {
  unsigned exponent = 0;
  std::uint64_t divisor = 1;
  std::uint64_t offset = 0;
};

struct Header {
  Mode mode = kAllMissing;
  unsigned order = 0;  // mode 3
  bool zero = false;   // mode 6
  Scale scale;
  Bytes bitmap;             // empty: every value is present
  std::size_t present = 0;  // how many values follow
};

// What is wrong with a column, for an Error; null if nothing is. Columns are measured by the
// million, and this is cheaper to hand on than a Status.
using Fault = const char*;

// `count` is the number of values of the column, missing ones included.
Fault read_header(Reader& reader, std::size_t count, Header& header);

}  // namespace headroom::codec
