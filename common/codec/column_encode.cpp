#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>

#include "common/codec/column.h"
#include "common/codec/column_format.h"
#include "common/codec/decimal.h"
#include "common/codec/rice.h"
#include "common/model/series.h"

namespace headroom::codec {
namespace {

using Block = std::array<std::uint64_t, kRiceBlock>;

// Room for `count` objects, on the stack where they are few.
template <typename T>
class Scratch {
 public:
  explicit Scratch(std::size_t count)
      : heap_(count > few_.size() ? std::make_unique_for_overwrite<T[]>(count) : nullptr),
        span_(heap_ ? heap_.get() : few_.data(), count) {}
  std::span<T> span() { return span_; }

 private:
  std::array<T, 1024> few_;
  std::unique_ptr<T[]> heap_;
  std::span<T> span_;
};

std::size_t varint_bytes(std::uint64_t value) {
  return value == 0 ? 1 : (static_cast<std::size_t>(std::bit_width(value)) + 6) / 7;
}

std::uint64_t fold(std::uint64_t value) { return zigzag(static_cast<std::int64_t>(value)); }

// What a column's integers have to say before a form is chosen for them.
struct Summary {
  std::uint64_t least = 0;
  std::uint64_t divisor = 1;  // of all differences
  bool climbs = true;         // no difference is below zero
};

// The greatest common divisor of the differences. Noise has none, which shows after a few.
std::uint64_t common_divisor(std::span<const std::uint64_t> integers, unsigned twos) {
  std::uint64_t divisor = 0;
  for (std::size_t i = 1; i < integers.size() && divisor != 1; ++i) {
    const auto difference = static_cast<std::int64_t>(integers[i] - integers[i - 1]);
    const std::uint64_t size =
        static_cast<std::uint64_t>(difference < 0 ? -difference : difference) >> twos;
    if (divisor == 0 || size % divisor != 0) divisor = std::gcd(divisor, size);
  }
  return divisor << twos;
}

Summary summarize(std::span<const std::uint64_t> integers) {
  std::uint64_t any = 0;
  auto least = static_cast<std::int64_t>(integers[0]);
  std::int64_t lowest_step = 0;
  for (std::size_t i = 1; i < integers.size(); ++i) {
    const std::uint64_t step = integers[i] - integers[i - 1];
    any |= step;
    lowest_step = std::min(lowest_step, static_cast<std::int64_t>(step));
    least = std::min(least, static_cast<std::int64_t>(integers[i]));
  }
  Summary summary;
  summary.least = static_cast<std::uint64_t>(least);
  summary.climbs = lowest_step >= 0;
  summary.divisor =
      common_divisor(integers, any == 0 ? 0 : static_cast<unsigned>(std::countr_zero(any)));
  return summary;
}

// How the scale is written: its code in the head and the bytes behind it.
struct ScaleForm {
  unsigned code = 0;
  Scale scale;
};

std::size_t scale_bytes(const ScaleForm& form) {
  if (form.code < kScaleDivisor) return 0;
  const std::size_t divisor = varint_bytes(form.scale.divisor);
  return form.code == kScaleDivisor ? divisor : 1 + divisor + varint_bytes(form.scale.offset);
}

// The exponent alone or with a divisor, whichever makes the column shorter.
ScaleForm choose_scale(const Summary& summary, unsigned exponent, std::uint64_t first,
                       std::size_t count) {
  ScaleForm plain{exponent <= kScaleExponentMax ? exponent : kScaleFull, {exponent, 1, 0}};
  std::uint64_t shared = 1;
  if (exponent == 0 && first % 1024 == 0 && summary.divisor % 1024 == 0) {
    const bool pages = first % 4096 == 0 && summary.divisor % 4096 == 0;
    shared = pages ? 4096 : 1024;
    plain = {pages ? kScalePages : kScaleKibi, {0, shared, 0}};
  }
  if (summary.divisor <= shared) return plain;
  ScaleForm full{kScaleFull, {exponent, summary.divisor, 0}};
  const auto rest = static_cast<std::int64_t>(first) % static_cast<std::int64_t>(summary.divisor);
  full.scale.offset = static_cast<std::uint64_t>(rest) + (rest < 0 ? summary.divisor : 0);
  if (exponent == 0 && full.scale.offset == 0) full.code = kScaleDivisor;
  const auto saved = static_cast<std::size_t>(std::bit_width(summary.divisor / shared) - 1);
  return saved * (count - 1) > 8 * scale_bytes(full) ? full : plain;
}

void apply_scale(const Scale& scale, std::span<std::uint64_t> integers) {
  if (scale.divisor == 1) return;
  const auto offset = scale.offset;
  if (std::has_single_bit(scale.divisor)) {
    const int twos = std::countr_zero(scale.divisor);
    for (std::uint64_t& integer : integers)
      integer = static_cast<std::uint64_t>(static_cast<std::int64_t>(integer - offset) >> twos);
    return;
  }
  const auto divisor = static_cast<std::int64_t>(scale.divisor);
  for (std::uint64_t& integer : integers)
    integer = static_cast<std::uint64_t>(static_cast<std::int64_t>(integer - offset) / divisor);
}

// A column's integers in one of the shapes, block by block.
struct Shaped {
  Shape shape;
  std::span<const std::uint64_t> integers;
  std::uint64_t least;

  std::size_t apart() const { return kShapeApart[static_cast<std::size_t>(shape)]; }
  std::uint64_t level() const { return shape == Shape::kLevels ? least : integers[0]; }
  std::uint64_t first_step() const { return fold(integers[1] - integers[0]); }

  // The block of the integers from `at` on.
  std::span<const std::uint64_t> block(std::size_t at, Block& block) const {
    const std::size_t count = std::min(kRiceBlock, integers.size() - at);
    const std::uint64_t* const now = integers.data() + at;
    switch (shape) {
      case Shape::kLevels:
        for (std::size_t i = 0; i < count; ++i) block[i] = now[i] - least;
        break;
      case Shape::kSteps:
        for (std::size_t i = 0; i < count; ++i) block[i] = fold(now[i] - *(now + i - 1));
        break;
      case Shape::kBends:
        for (std::size_t i = 0; i < count; ++i) {
          const std::uint64_t* const here = now + i;
          block[i] = fold(here[0] - 2 * here[-1] + here[-2]);
        }
        break;
      case Shape::kClimb:
        for (std::size_t i = 0; i < count; ++i) block[i] = now[i] - *(now + i - 1);
        break;
    }
    return std::span(block.data(), count);
  }
};

// Of a long column every second block tells enough to choose its shape by.
constexpr std::size_t kSampledFrom = 4 * kRiceBlock;

// What the blocks that are looked at take in this shape; or `enough`, as soon as it is that much.
std::size_t planned_bits(const Shaped& shaped, std::size_t enough) {
  std::size_t bits = 8 * varint_bytes(fold(shaped.level()));
  if (shaped.shape == Shape::kBends)
    bits += kStepWidthBits + static_cast<std::size_t>(std::bit_width(shaped.first_step()));
  Block block;
  const std::size_t stride = shaped.integers.size() > kSampledFrom ? 2 * kRiceBlock : kRiceBlock;
  for (std::size_t at = shaped.apart(); at < shaped.integers.size() && bits < enough; at += stride)
    bits += plan_block(shaped.block(at, block)).bits;
  return bits;
}

Shaped choose_shape(std::span<const std::uint64_t> integers, const Summary& summary,
                    const Scale& scale) {
  std::uint64_t least = summary.least;
  apply_scale(scale, std::span(&least, 1));
  Shaped best{Shape::kLevels, integers, least};
  std::size_t best_bits = planned_bits(best, std::numeric_limits<std::size_t>::max());
  for (const Shape shape : {summary.climbs ? Shape::kClimb : Shape::kSteps, Shape::kBends}) {
    const Shaped candidate{shape, integers, least};
    if (integers.size() <= candidate.apart()) break;
    const std::size_t bits = planned_bits(candidate, best_bits);
    if (bits >= best_bits) continue;
    best = candidate;
    best_bits = bits;
  }
  return best;
}

void put_head(Mode mode, unsigned code, bool missing, std::string& out) {
  put_u8(out, static_cast<std::uint8_t>(mode | (missing ? kHasMissing : 0) | code << kScaleShift));
}

void write_coded(std::span<std::uint64_t> integers, unsigned exponent, Bytes bitmap,
                 std::string& out) {
  const Summary summary = summarize(integers);
  const ScaleForm form = choose_scale(summary, exponent, integers[0], integers.size());
  apply_scale(form.scale, integers);
  const Shaped shaped = choose_shape(integers, summary, form.scale);

  put_head(kCoded, form.code, !bitmap.empty(), out);
  if (form.code == kScaleFull) put_u8(out, static_cast<std::uint8_t>(form.scale.exponent));
  if (form.code >= kScaleDivisor) put_varint(out, form.scale.divisor);
  if (form.code == kScaleFull) put_varint(out, form.scale.offset);
  out.append(bitmap.begin(), bitmap.end());
  put_varint(out, fold(shaped.level()));
  BitWriter bits(out);
  bits.put(static_cast<std::uint64_t>(shaped.shape), kShapeBits);
  if (shaped.shape == Shape::kBends) {
    const std::uint64_t step = shaped.first_step();
    const auto width = static_cast<unsigned>(std::bit_width(step));
    bits.put(width, kStepWidthBits);
    bits.put(step, width);
  }
  Block block;
  for (std::size_t at = shaped.apart(); at < integers.size(); at += kRiceBlock) {
    const auto values = shaped.block(at, block);
    write_block(plan_block(values), values, bits);
  }
  bits.finish();
}

void write_constant(double value, Bytes bitmap, std::string& out) {
  const auto write = [&](unsigned head, auto payload) {
    put_u8(out, static_cast<std::uint8_t>(head | (bitmap.empty() ? 0u : kHasMissing)));
    payload();
  };
  const auto put_bitmap = [&] { out.append(bitmap.begin(), bitmap.end()); };
  std::array<std::int64_t, 1> scaled{};
  const auto exponent = scale_all(std::span(&value, 1), scaled);
  if (!exponent || varint_bytes(zigzag(scaled[0])) >= 8) {  // the double itself is no longer
    return write(kConstantRaw, [&] {
      put_bitmap();
      put_le(out, std::bit_cast<std::uint64_t>(value));
    });
  }
  unsigned code = *exponent;
  if (*exponent > kScaleExponentMax) {
    return write(kConstant | kHasExponent, [&] {
      put_u8(out, static_cast<std::uint8_t>(*exponent));
      put_bitmap();
      put_varint(out, zigzag(scaled[0]));
    });
  }
  if (scaled[0] == 0) {
    code = kScaleDivisor;
  } else if (code == 0 && scaled[0] % 4096 == 0) {
    code = kScalePages;
    scaled[0] /= 4096;
  } else if (code == 0 && scaled[0] % 1024 == 0) {
    code = kScaleKibi;
    scaled[0] /= 1024;
  }
  write(kConstantShort | code << kScaleShift, [&] {
    put_bitmap();
    if (scaled[0] != 0) put_varint(out, zigzag(scaled[0]));
  });
}

void write_raw(std::span<const double> values, Bytes bitmap, std::string& out) {
  put_head(kRaw, 0, !bitmap.empty(), out);
  out.append(bitmap.begin(), bitmap.end());
  out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// Values that are all present.
void write_present(std::span<const double> values, Bytes bitmap, std::string& out) {
  if (std::all_of(values.begin(), values.end(),
                  [&](double value) { return same_bits(value, values.front()); })) {
    return write_constant(values.front(), bitmap, out);
  }
  Scratch<std::int64_t> scaled(values.size());
  const auto exponent = scale_all(values, scaled.span());
  if (!exponent) return write_raw(values, bitmap, out);
  const std::size_t before = out.size();
  // Integers are added and subtracted without sign from here on, so that they may wrap.
  const std::span integers(reinterpret_cast<std::uint64_t*>(scaled.span().data()), values.size());
  write_coded(integers, *exponent, bitmap, out);
  if (out.size() - before > 1 + bitmap.size() + values.size_bytes()) {
    out.resize(before);
    write_raw(values, bitmap, out);
  }
}

// One loop without calls, which is_missing for each value would be.
std::size_t count_missing(std::span<const double> values) {
  const double marker = missing_value();
  std::size_t missing = 0;
  for (const double value : values) missing += same_bits(value, marker) ? 1u : 0u;
  return missing;
}

}  // namespace

void encode_column(std::span<const double> values, std::string& out) {
  HEADROOM_ASSERT(!values.empty() && values.size() <= kColumnValuesMax);
  const std::size_t missing = count_missing(values);
  if (missing == 0) return write_present(values, {}, out);
  if (missing == values.size()) return put_u8(out, kAllMissing);
  Scratch<std::uint8_t> bitmap((values.size() + 7) / 8);
  std::fill(bitmap.span().begin(), bitmap.span().end(), std::uint8_t{0});
  Scratch<double> present(values.size() - missing);
  std::size_t found = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (is_missing(values[i])) continue;
    bitmap.span()[i / 8] = static_cast<std::uint8_t>(bitmap.span()[i / 8] | 1u << (i % 8));
    present.span()[found++] = values[i];
  }
  write_present(present.span(), bitmap.span(), out);
}

}  // namespace headroom::codec
