#include <array>
#include <bit>

#include "common/codec/rice.h"
#include "common/codec/rice_format.h"

namespace headroom::codec {
namespace {

using namespace rice;

// The low bits of `count` integers, side by side.
void read_low_bits(BitReader& in, std::size_t count, unsigned width, std::uint64_t* values) {
  const std::size_t first = in.position();
  in.skip(count * width);
  if (!in.ok() || values == nullptr) return;
  const std::uint64_t mask = low_bits(width);
  std::size_t bit = first;
  if (in.has_words_until(in.position())) {
    const std::uint8_t* const data = in.data();
    for (std::size_t i = 0; i < count; ++i, bit += width) {
      std::uint64_t word = 0;
      std::memcpy(&word, data + bit / 8, sizeof(word));
      values[i] = word >> (bit % 8) & mask;
    }
  } else {
    for (std::size_t i = 0; i < count; ++i, bit += width) values[i] = in.window(bit) & mask;
  }
}

// In a register: a call of the library is what the compiler makes of std::popcount for any x86-64.
unsigned count_ones(std::uint64_t word) {
  word -= word >> 1 & 0x5555555555555555;
  word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
  word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return static_cast<unsigned>(word * 0x0101010101010101 >> 56);
}

// Steps over `count` unary parts.
void skip_unary(BitReader& in, std::size_t count) {
  const std::size_t first = in.position();
  const std::size_t end = first + in.left();
  std::size_t bit = first;
  std::uint64_t word = in.window(bit);
  std::size_t valid = 64 - bit % 8;
  for (std::size_t ones = count_ones(word); ones < count; ones = count_ones(word)) {
    count -= ones;
    bit += valid;
    valid = 64;
    if (bit >= end) return in.fail();
    word = in.word(bit / 8);
  }
  if (count == 0) return;
  for (; count > 1; --count) word &= word - 1;
  in.skip(bit + static_cast<std::size_t>(std::countr_zero(word)) + 1 - first);
}

// The unary parts: so many zeros, then a one. They are added to `values` above the low bits.
void read_unary(BitReader& in, std::size_t count, unsigned width, std::uint64_t* values) {
  const std::size_t first = in.position();
  const std::size_t end = first + in.left();
  std::size_t bit = first;
  std::size_t begin = first;  // of the part that is being read
  std::size_t i = 0;
  std::uint64_t word = in.window(bit);
  std::size_t valid = 64 - bit % 8;
  while (i < count) {
    while (word == 0) {
      bit += valid;
      valid = 64;
      if (bit >= end) return in.fail();
      word = in.word(bit / 8);
    }
    const std::size_t one = bit + static_cast<std::size_t>(std::countr_zero(word));
    values[i] |= static_cast<std::uint64_t>(one - begin) << width;
    begin = one + 1;
    word &= word - 1;
    ++i;
  }
  in.skip(begin - first);
}

bool read_exceptions(BitReader& in, std::size_t exceptions, std::size_t count, unsigned width,
                     std::uint64_t* values) {
  for (std::size_t i = 0; i < exceptions; ++i) {
    const auto position = static_cast<std::size_t>(in.take(kExceptionPositionBits));
    const auto high_bits = static_cast<unsigned>(in.take(kExceptionWidthBits));
    if (high_bits > 56 || position >= count) return false;
    const std::uint64_t high = in.take(high_bits);
    if (values != nullptr) values[position] |= high << width;
  }
  return in.ok();
}

bool read_list(BitReader& in, std::size_t count, unsigned width, std::uint64_t* values) {
  read_low_bits(in, count, width, values);
  if (values == nullptr) {
    skip_unary(in, count);
  } else {
    read_unary(in, count, width, values);
  }
  return in.ok();
}

// A list that begins with its number of low bits.
bool read_headed_list(BitReader& in, std::size_t count, bool patched, std::uint64_t* values) {
  const auto width = static_cast<unsigned>(in.take(kKindBits));
  const std::size_t exceptions =
      patched ? static_cast<std::size_t>(in.take(kExceptionCountBits)) + 1 : 0;
  if (width > kLowBitsMax) return false;
  return read_list(in, count, width, values) &&
         read_exceptions(in, exceptions, count, width, values);
}

// Where the integers that are not zero stand; how many there are, or more than `count` if that
// cannot be.
using Positions = std::array<std::uint8_t, kRiceBlock>;

std::size_t read_bitmap(BitReader& in, std::size_t count, Positions& positions) {
  std::size_t found = 0;
  for (std::size_t at = 0; at < count; at += 32) {
    const auto width = static_cast<unsigned>(count - at < 32 ? count - at : 32);
    for (std::uint64_t bits = in.take(width); bits != 0; bits &= bits - 1) {
      positions[found++] =
          static_cast<std::uint8_t>(at + static_cast<std::size_t>(std::countr_zero(bits)));
    }
  }
  return found;
}

std::size_t read_gaps(BitReader& in, std::size_t count, Positions& positions) {
  const auto found = static_cast<std::size_t>(in.take(kGapCountBits)) + 1;
  const auto width = static_cast<unsigned>(in.take(kGapLowBitsBits));
  std::array<std::uint64_t, kRiceBlock> gaps;
  if (found > count || !read_list(in, found, width, gaps.data())) return kRiceBlock + 1;
  std::size_t next = 0;
  for (std::size_t i = 0; i < found; ++i) {
    // The first test keeps the sum from wrapping.
    if (gaps[i] >= count || next + gaps[i] >= count) return kRiceBlock + 1;
    next += static_cast<std::size_t>(gaps[i]);
    positions[i] = static_cast<std::uint8_t>(next++);
  }
  return found;
}

bool read_sparse(BitReader& in, std::size_t count, unsigned kind, std::uint64_t* values) {
  Positions positions;
  const bool gaps = kind == kGaps || kind == kPatchedGaps;
  const std::size_t found =
      gaps ? read_gaps(in, count, positions) : read_bitmap(in, count, positions);
  if (found > count || !in.ok()) return false;
  const bool patched = kind == kPatchedBitmap || kind == kPatchedGaps;
  if (values == nullptr) return read_headed_list(in, found, patched, nullptr);
  std::array<std::uint64_t, kRiceBlock> list;
  if (!read_headed_list(in, found, patched, list.data())) return false;
  for (std::size_t i = 0; i < count; ++i) values[i] = 0;
  for (std::size_t i = 0; i < found; ++i) values[positions[i]] = list[i] + 1;
  return true;
}

}  // namespace

bool read_block(BitReader& in, std::size_t count, std::uint64_t* values) {
  const auto kind = static_cast<unsigned>(in.take(kKindBits));
  if (!in.ok()) return false;
  if (kind <= kLowBitsMax) return read_list(in, count, kind, values);
  switch (kind) {
    case kZeros:
      if (values == nullptr) return true;
      for (std::size_t i = 0; i < count; ++i) values[i] = 0;
      return true;
    case kPatchedList:
      return read_headed_list(in, count, true, values);
    case kBitmap:
    case kPatchedBitmap:
    case kGaps:
    case kPatchedGaps:
      return read_sparse(in, count, kind, values);
    default:
      return false;
  }
}

}  // namespace headroom::codec
