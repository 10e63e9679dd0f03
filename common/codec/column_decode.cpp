#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "common/codec/column.h"
#include "common/codec/column_format.h"
#include "common/codec/decimal.h"
#include "common/codec/packed_blocks.h"
#include "common/codec/rice.h"
#include "common/codec/rice_format.h"
#include "common/model/series.h"

namespace headroom::codec {
namespace {

tl::unexpected<Error> refuse(Fault fault) {
  return fail(ErrorCode::kCorruption, std::string("column: ") + fault);
}

using Block = std::array<std::uint64_t, kRiceBlock>;

// Moves `present` values from the front of `values` to where the bitmap says they belong, back to
// front.
void spread(Bytes bitmap, std::size_t present, std::span<double> values) {
  std::size_t from = present;
  for (std::size_t to = values.size(); to-- > 0;) {
    const bool there = (bitmap[to / 8] >> (to % 8) & 1) != 0;
    values[to] = there ? values[--from] : missing_value();
  }
}

// `count` is a constant in the call for whole blocks, so that the compiler makes vectors of it.
inline void divide(double* values, std::size_t count, double by) {
  for (std::size_t i = 0; i < count; ++i) values[i] /= by;
}

// Integers as they were before encoding to values.
void unscale_block(Block& integers, std::size_t count, const Scale& scale, double* values) {
  if (scale.divisor != 1) {
    for (std::size_t i = 0; i < count; ++i)
      integers[i] = integers[i] * scale.divisor + scale.offset;
  }
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<double>(static_cast<std::int64_t>(integers[i]));
  if (scale.exponent == 0) return;
  const double by = kPowersOfTen[scale.exponent];
  if (count == kRiceBlock) {
    divide(values, kRiceBlock, by);
  } else {
    divide(values, count, by);
  }
}

std::uint64_t unfold(std::uint64_t folded) { return folded >> 1 ^ (0 - (folded & 1)); }

// Turns what the blocks hold back into the integers it was made from.
class Unshape {
 public:
  Unshape(Shape shape, std::uint64_t level, std::uint64_t step)
      : shape_(shape), level_(level), step_(step) {}

  void operator()(Block& block, std::size_t count) {
    std::uint64_t level = level_;
    switch (shape_) {
      case Shape::kLevels:
        for (std::size_t i = 0; i < count; ++i) block[i] += level;
        break;
      case Shape::kSteps:
        for (std::size_t i = 0; i < count; ++i) block[i] = level += unfold(block[i]);
        break;
      case Shape::kBends:
        for (std::size_t i = 0; i < count; ++i) {
          step_ += unfold(block[i]);
          block[i] = level += step_;
        }
        break;
      case Shape::kClimb:
        for (std::size_t i = 0; i < count; ++i) block[i] = level += block[i];
        break;
    }
    level_ = level;
  }

 private:
  Shape shape_;
  std::uint64_t level_;
  std::uint64_t step_;
};

// Mode 5; without `values` only steps over it.
Fault read_coded(Reader& reader, const Header& header, double* values) {
  const auto level = static_cast<std::uint64_t>(reader.svarint());
  BitReader bits({reader.position(), reader.left()});
  const auto shape = static_cast<Shape>(bits.take(kShapeBits));
  const std::size_t apart = kShapeApart[static_cast<std::size_t>(shape)];
  if (header.present <= apart) return "has too few values";
  std::uint64_t step = 0;
  if (shape == Shape::kBends) {
    const auto width = static_cast<unsigned>(bits.take(kStepWidthBits));
    if (width > kStepWidthMax) return "has a step that cannot be";
    step = unfold(bits.take(width));
  }
  Block block;
  if (values != nullptr && apart > 0) {
    block[0] = level;
    block[1] = level + step;
    unscale_block(block, apart, header.scale, values);
  }
  Unshape unshape(shape, level + step, step);
  for (std::size_t at = apart; at < header.present; at += kRiceBlock) {
    const std::size_t count = std::min(kRiceBlock, header.present - at);
    if (!read_block(bits, count, values == nullptr ? nullptr : block.data()))
      return "has a block that cannot be or ends too early";
    if (values == nullptr) continue;
    unshape(block, count);
    unscale_block(block, count, header.scale, values + at);
  }
  reader.bytes(bits.bytes_taken());
  return nullptr;
}

// Mode 3.
Fault read_packed(Reader& reader, const Header& header, double* values) {
  std::vector<std::int64_t> integers(header.present);
  for (unsigned i = 0; i < header.order; ++i) integers[i] = reader.svarint();
  if (const Fault fault = read_packed_blocks(reader, header.present - header.order,
                                             integers.data() + header.order)) {
    return fault;
  }
  for (unsigned order = header.order; order-- > 0;) {
    for (std::size_t i = order + 1; i < integers.size(); ++i) {
      integers[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(integers[i]) +
                                              static_cast<std::uint64_t>(integers[i - 1]));
    }
  }
  for (std::size_t i = 0; i < integers.size(); ++i) {
    const auto integer = static_cast<std::uint64_t>(integers[i]) * header.scale.divisor;
    values[i] = unscale(static_cast<std::int64_t>(integer), header.scale.exponent);
  }
  return nullptr;
}

double read_constant(Reader& reader, const Header& header) {
  if (header.mode == kConstantRaw) return std::bit_cast<double>(reader.le<std::uint64_t>());
  if (header.zero) return 0.0;
  const auto integer = static_cast<std::uint64_t>(reader.svarint()) *
                       (header.mode == kConstant ? 1 : header.scale.divisor);
  return unscale(static_cast<std::int64_t>(integer), header.scale.exponent);
}

// The length of a column as a batch mostly has it: up to a few values, all present, short constant
// or a plain list with a short scale, and bytes enough behind it that nothing need be checked
// before it is loaded. 0 if it is another, which says nothing about it.
std::size_t measure_short(Bytes in, std::size_t count) {
  constexpr std::size_t kCountMax = 32;
  constexpr std::size_t kSlack = 16;
  if (in.size() < kSlack || count > kCountMax) return 0;
  const unsigned mode = in[0] & (kModeMask | kHasMissing);
  if (in[0] >> kScaleShift >= kScaleDivisor) return 0;
  std::uint64_t word = 0;
  std::memcpy(&word, in.data() + 1, sizeof(word));
  const std::uint64_t ends = ~word & 0x8080808080808080;
  if (ends == 0) return 0;
  const auto begin = 2 + static_cast<std::size_t>(std::countr_zero(ends)) / 8;
  if (mode == kConstantShort) return begin;
  const auto shape = static_cast<Shape>(in[begin] & low_bits(kShapeBits));
  const unsigned kind = in[begin] >> kShapeBits;
  const std::size_t apart = kShapeApart[static_cast<std::size_t>(shape)];
  if (mode != kCoded || shape == Shape::kBends || kind > rice::kLowBitsMax || count <= apart)
    return 0;
  const std::size_t unary = 8 * (begin + 1) + (count - apart) * kind;
  if (unary / 8 + sizeof(word) > in.size()) return 0;
  std::memcpy(&word, in.data() + unary / 8, sizeof(word));
  word >>= unary % 8;
  for (std::size_t i = apart + 1; i < count; ++i) word &= word - 1;
  if (word == 0) return 0;  // it goes on
  return (unary + static_cast<std::size_t>(std::countr_zero(word))) / 8 + 1;
}

}  // namespace

Result<std::size_t> decode_column(Bytes in, std::span<double> values) {
  Reader reader(in);
  Header header;
  Fault fault = read_header(reader, values.size(), header);
  if (fault != nullptr) return refuse(fault);
  switch (header.mode) {
    case kAllMissing:
      std::fill(values.begin(), values.end(), missing_value());
      break;
    case kConstant:
    case kConstantRaw:
    case kConstantShort:
      std::fill(values.begin(), values.end(), read_constant(reader, header));
      break;
    case kPacked:
      fault = read_packed(reader, header, values.data());
      break;
    case kRaw:
      for (std::size_t i = 0; i < header.present; ++i)
        values[i] = std::bit_cast<double>(reader.le<std::uint64_t>());
      break;
    case kCoded:
      fault = read_coded(reader, header, values.data());
      break;
  }
  if (fault != nullptr) return refuse(fault);
  if (!reader.ok()) return refuse("ends too early");
  if (!header.bitmap.empty() && header.mode != kAllMissing)
    spread(header.bitmap, header.present, values);
  return static_cast<std::size_t>(reader.position() - in.data());
}

Result<std::size_t> measure_column(Bytes in, std::size_t count) {
  if (const std::size_t size = measure_short(in, count); size != 0) return size;
  Reader reader(in);
  Header header;
  Fault fault = read_header(reader, count, header);
  if (fault != nullptr) return refuse(fault);
  switch (header.mode) {
    case kAllMissing:
      break;
    case kConstant:
    case kConstantShort:
      if (!header.zero) reader.varint();
      break;
    case kConstantRaw:
      reader.bytes(8);
      break;
    case kPacked:
      for (unsigned i = 0; i < header.order; ++i) reader.varint();
      fault = read_packed_blocks(reader, header.present - header.order, nullptr);
      break;
    case kRaw:
      reader.bytes(header.present * 8);
      break;
    case kCoded:
      fault = read_coded(reader, header, nullptr);
      break;
  }
  if (fault != nullptr) return refuse(fault);
  if (!reader.ok()) return refuse("ends too early");
  return static_cast<std::size_t>(reader.position() - in.data());
}

std::optional<unsigned> column_exponent(Bytes column) {
  Reader reader(column);
  const std::uint8_t first = reader.u8();
  const unsigned code = first >> kScaleShift;
  unsigned exponent = 0;
  switch (first & kModeMask) {
    case kConstant:
    case kPacked:
      if ((first & kHasExponent) != 0) exponent = reader.u8();
      break;
    case kConstantShort:
    case kCoded:
      if (code <= kScaleExponentMax) exponent = code;
      if (code == kScaleFull) exponent = reader.u8();
      break;
    default:
      return std::nullopt;
  }
  if (!reader.ok() || exponent > kExponentMax) return std::nullopt;
  return exponent;
}

}  // namespace headroom::codec
