#include <algorithm>
#include <array>
#include <bit>

#include "common/codec/rice.h"
#include "common/codec/rice_format.h"

namespace headroom::codec {
namespace {

using namespace rice;

// An integer becomes an exception when its unary part would have this many bits or more: that is
// about what an exception takes.
constexpr unsigned kUnaryWidth = 4;
constexpr std::uint64_t kUnaryEnd = 1u << kUnaryWidth;
constexpr std::size_t kExceptionBits = kExceptionPositionBits + kExceptionWidthBits;

// How many of a block's integers have so many bits.
struct Widths {
  std::array<std::uint8_t, 64> count{};
  unsigned widest = 0;
};

// Integers below this become doubles, whose exponents are their widths, by adding and subtracting;
// so widths come by the vector, and bit_width is slow on many processors.
constexpr std::uint64_t kDoubleLimit = 1ULL << 51;
constexpr double kDoubleBase = 4503599627370496.0;  // 2^52
constexpr std::uint64_t kDoubleBaseBits = std::bit_cast<std::uint64_t>(kDoubleBase);
constexpr unsigned kExponentShift = 52;
constexpr std::uint64_t kExponentOfOne = 1023;

Widths count_widths(std::span<const std::uint64_t> values) {
  std::array<std::uint64_t, kRiceBlock> width_of;
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    any |= values[i];
    // 2 v + 1 has one bit more than v, for 0 too.
    const double odd = std::bit_cast<double>((2 * values[i] + 1) | kDoubleBaseBits) - kDoubleBase;
    width_of[i] = (std::bit_cast<std::uint64_t>(odd) >> kExponentShift) - kExponentOfOne;
  }
  if (any >= kDoubleLimit) {
    for (std::size_t i = 0; i < values.size(); ++i)
      width_of[i] = static_cast<std::uint64_t>(std::bit_width(values[i]));
  }
  Widths widths;
  // Two counters for each width: one would wait for itself where neighbours are equally wide.
  std::array<std::uint8_t, 64> other{};
  std::size_t i = 0;
  for (; i + 1 < values.size(); i += 2) {
    ++widths.count[width_of[i]];
    ++other[width_of[i + 1]];
  }
  if (i < values.size()) ++widths.count[width_of[i]];
  for (std::size_t width = 0; width < other.size(); ++width)
    widths.count[width] = static_cast<std::uint8_t>(widths.count[width] + other[width]);
  widths.widest = static_cast<unsigned>(std::bit_width(any));
  return widths;
}

// What an integer that has so many bits more than the low ones adds to a list on average, in
// sixteenths of a bit: the value of those bits, if small integers are a little more frequent.
constexpr std::array<std::size_t, kUnaryWidth + 1> kUnarySixteenths{0, 16, 39, 86, 178};

// The bits of a list of `size` integers with `low` low bits each.
std::size_t list_bits(const Widths& widths, std::size_t size, unsigned low) {
  const unsigned unary_end = std::min(low + kUnaryWidth, widths.widest);
  std::size_t sixteenths = 0;
  for (unsigned width = low + 1; width <= unary_end; ++width)
    sixteenths += widths.count[width] * kUnarySixteenths[width - low];
  std::size_t bits = size * (low + 1) + sixteenths / 16;
  if (unary_end == widths.widest) return bits;
  for (unsigned width = unary_end + 1; width <= widths.widest; ++width)
    bits += widths.count[width] * (kExceptionBits + width - low);
  return bits + kKindBits + kExceptionCountBits;
}

// The number of low bits that makes the list shortest. It is near the width of the median.
RicePlan plan_list(const Widths& widths, std::size_t size, unsigned narrowest) {
  std::size_t seen = 0;
  unsigned median = narrowest;
  while (median < widths.widest) {
    seen += widths.count[median];
    if (2 * seen > size) break;
    ++median;
  }
  RicePlan best;
  const unsigned last = std::min(median + 1, kLowBitsMax);
  for (unsigned low = median < 2 ? 0 : std::min(median - 2, kLowBitsMax); low <= last; ++low) {
    const std::size_t bits = list_bits(widths, size, low);
    if (best.bits != 0 && bits >= best.bits) continue;
    best.bits = bits;
    best.low_bits = static_cast<std::uint8_t>(low);
  }
  best.kind = kList;
  return best;
}

// As the median of a geometric distribution suggests.
unsigned gap_low_bits(std::size_t zeros, std::size_t gaps) {
  const std::size_t typical = zeros * 7 / (10 * gaps);
  return typical == 0 ? 0 : static_cast<unsigned>(std::bit_width(typical)) - 1;
}

RicePlan plan_sparse(const Widths& widths, std::size_t size) {
  const std::size_t zeros = widths.count[0];
  const std::size_t others = size - zeros;
  // The list holds each integer less one, which is seldom narrower.
  Widths less = widths;
  less.count[0] = 0;
  RicePlan plan = plan_list(less, others, 1);
  const unsigned low = gap_low_bits(zeros, others);
  const std::size_t gaps =
      kGapCountBits + kGapLowBitsBits + others * (low + 1) + (zeros >> low) * 9 / 10;
  plan.kind = gaps < size ? kGaps : kBitmap;
  plan.gap_low_bits = static_cast<std::uint8_t>(low);
  plan.bits += kKindBits + std::min(gaps, size);
  return plan;
}

bool is_exception(std::uint64_t value, unsigned low) { return value >> low >= kUnaryEnd; }

std::size_t count_exceptions(std::span<const std::uint64_t> values, unsigned low) {
  std::size_t exceptions = 0;
  for (const std::uint64_t value : values) exceptions += is_exception(value, low) ? 1u : 0u;
  return exceptions;
}

void write_list(std::span<const std::uint64_t> values, unsigned low, BitWriter& out) {
  if (low > 0) {
    const std::uint64_t mask = low_bits(low);
    for (const std::uint64_t value : values) out.put(value & mask, low);
  }
  for (const std::uint64_t value : values) {
    const std::uint64_t high = is_exception(value, low) ? 0 : value >> low;
    out.put(1ULL << high, static_cast<unsigned>(high) + 1);
  }
}

void write_exceptions(std::span<const std::uint64_t> values, unsigned low, BitWriter& out) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!is_exception(values[i], low)) continue;
    const std::uint64_t high = values[i] >> low;
    const auto width = static_cast<unsigned>(std::bit_width(high));
    out.put(i, kExceptionPositionBits);
    out.put(width, kExceptionWidthBits);
    out.put(high, width);
  }
}

// Kind, number of low bits, list and exceptions; between the first two what `before_list` writes.
template <typename BeforeList>
void write_headed_list(unsigned kind, std::span<const std::uint64_t> values, unsigned low,
                       BitWriter& out, const BeforeList& before_list) {
  // The plan counts widths and not the integers themselves, so that it may be off by a few.
  std::size_t exceptions = count_exceptions(values, low);
  while (exceptions > kExceptionsMax) exceptions = count_exceptions(values, ++low);
  if (kind == kList && exceptions == 0) {
    out.put(low, kKindBits);
  } else {
    const unsigned plain = kind == kList ? kPatchedList - 1u : kind;
    out.put(plain + (exceptions > 0 ? 1 : 0), kKindBits);
    before_list();
    out.put(low, kKindBits);
    if (exceptions > 0) out.put(exceptions - 1, kExceptionCountBits);
  }
  write_list(values, low, out);
  if (exceptions > 0) write_exceptions(values, low, out);
}

void write_sparse(const RicePlan& plan, std::span<const std::uint64_t> values, BitWriter& out) {
  std::array<std::uint64_t, kRiceBlock> list{};
  std::array<std::uint64_t, kRiceBlock> gaps{};
  std::size_t found = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) continue;
    gaps[found] = i - next;
    list[found++] = values[i] - 1;
    next = i + 1;
  }
  write_headed_list(plan.kind, std::span(list.data(), found), plan.low_bits, out, [&] {
    if (plan.kind == kBitmap) {
      for (const std::uint64_t value : values) out.put(value != 0 ? 1 : 0, 1);
      return;
    }
    out.put(found - 1, kGapCountBits);
    out.put(plan.gap_low_bits, kGapLowBitsBits);
    const std::uint64_t mask = low_bits(plan.gap_low_bits);
    for (std::size_t i = 0; i < found; ++i) out.put(gaps[i] & mask, plan.gap_low_bits);
    for (std::size_t i = 0; i < found; ++i) {
      // Up to 127 zeros, which is more than put() takes.
      std::uint64_t zeros = gaps[i] >> plan.gap_low_bits;
      for (; zeros >= 32; zeros -= 32) out.put(0, 32);
      out.put(1ULL << zeros, static_cast<unsigned>(zeros) + 1);
    }
  });
}

}  // namespace

RicePlan plan_block(std::span<const std::uint64_t> values) {
  const Widths widths = count_widths(values);
  if (widths.widest == 0) {
    RicePlan plan;
    plan.kind = kZeros;
    plan.bits = kKindBits;
    return plan;
  }
  RicePlan plan = plan_list(widths, values.size(), 0);
  plan.bits += kKindBits;
  // With fewer zeros than that a plain list is shorter.
  if (widths.count[0] * 4 < values.size()) return plan;
  RicePlan sparse = plan_sparse(widths, values.size());
  sparse.bits += kKindBits;
  return sparse.bits < plan.bits ? sparse : plan;
}

void write_block(const RicePlan& plan, std::span<const std::uint64_t> values, BitWriter& out) {
  if (plan.kind == kZeros) {
    out.put(kZeros, kKindBits);
  } else if (plan.kind == kList) {
    write_headed_list(kList, values, plan.low_bits, out, [] {});
  } else {
    write_sparse(plan, values, out);
  }
}

}  // namespace headroom::codec
