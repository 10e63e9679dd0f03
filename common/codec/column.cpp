#include "common/codec/column.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "common/codec/bit_pack.h"
#include "common/codec/decimal.h"
#include "common/model/series.h"

namespace headroom::codec {
namespace {

// First byte of a column: mode in bits 0-2, flags above. See docs/formats/column.md.
enum Mode : std::uint8_t {
  kAllMissing = 0,
  kConstant = 1,
  kConstantRaw = 2,
  kPacked = 3,
  kRaw = 4
};
constexpr std::uint8_t kModeMask = 0x07;
constexpr std::uint8_t kHasMissing = 0x08;   // a bitmap of present values follows
constexpr std::uint8_t kOrderShift = 4;      // bits 4-5: how often differences were taken, 0 … 2
constexpr std::uint8_t kHasExponent = 0x40;  // an exponent byte follows
constexpr std::uint8_t kHasTwos = 0x80;  // a byte with the power of two that was dropped follows

constexpr std::size_t kBlock = 128;

// One block of differences before packing: what is subtracted, how wide, and how many stick out.
struct BlockPlan {
  std::int64_t base = 0;
  unsigned width = 0;
  std::size_t exceptions = 0;
  std::size_t bits = 0;  // what it will cost
};

std::size_t varint_bytes(std::uint64_t value) {
  return value == 0 ? 1 : (static_cast<std::size_t>(std::bit_width(value)) + 6) / 7;
}

std::uint64_t offset_from(std::int64_t base, std::int64_t value) {
  return static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(base);
}

// The width that makes the block smallest, exceptions (a byte of position and the high bits each)
// included.
BlockPlan plan_block(std::span<const std::int64_t> values) {
  BlockPlan plan;
  plan.base = *std::min_element(values.begin(), values.end());
  std::array<std::size_t, 65> by_width{};
  unsigned widest = 0;
  for (const std::int64_t value : values) {
    const auto width = static_cast<unsigned>(std::bit_width(offset_from(plan.base, value)));
    ++by_width[width];
    widest = std::max(widest, width);
  }
  std::size_t wider = 0;
  plan.bits = std::numeric_limits<std::size_t>::max();
  std::size_t exception_bits = 0;
  for (unsigned width = widest + 1; width-- > 0;) {
    // At this width everything counted in `wider` is an exception.
    exception_bits = 0;
    if (wider > 0) {
      for (unsigned beyond = width + 1; beyond <= widest; ++beyond) {
        exception_bits += by_width[beyond] * (8 + 8 * ((beyond - width + 6) / 7));
      }
    }
    const std::size_t bits = values.size() * width + exception_bits;
    if (bits <= plan.bits) plan = {plan.base, width, wider, bits};
    wider += by_width[width];
  }
  plan.bits += 8 * (2 + varint_bytes(zigzag(plan.base)));
  return plan;
}

void write_block(std::span<const std::int64_t> values, std::string& out) {
  const BlockPlan plan = plan_block(values);
  std::array<std::uint64_t, kBlock> offsets{};
  for (std::size_t i = 0; i < values.size(); ++i) offsets[i] = offset_from(plan.base, values[i]);
  put_varint(out, zigzag(plan.base));
  put_u8(out, static_cast<std::uint8_t>(plan.width));
  put_u8(out, static_cast<std::uint8_t>(plan.exceptions));
  pack_bits(std::span(offsets.data(), values.size()), plan.width, out);
  if (plan.exceptions == 0) return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (static_cast<unsigned>(std::bit_width(offsets[i])) <= plan.width) continue;
    put_u8(out, static_cast<std::uint8_t>(i));
    put_varint(out, offsets[i] >> plan.width);
  }
}

std::size_t planned_bits(std::span<const std::int64_t> values) {
  std::size_t bits = 0;
  for (std::size_t at = 0; at < values.size(); at += kBlock) {
    bits += plan_block(values.subspan(at, std::min(kBlock, values.size() - at))).bits;
  }
  return bits;
}

// In place: value k becomes value k − value k−1; the first stays.
void take_differences(std::span<std::int64_t> values) {
  for (std::size_t i = values.size(); i-- > 1;) {
    values[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(values[i]) -
                                          static_cast<std::uint64_t>(values[i - 1]));
  }
}

void undo_differences(std::span<std::int64_t> values) {
  for (std::size_t i = 1; i < values.size(); ++i) {
    values[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(values[i]) +
                                          static_cast<std::uint64_t>(values[i - 1]));
  }
}

unsigned common_twos(std::span<const std::int64_t> values) {
  std::uint64_t any = 0;
  for (const std::int64_t value : values) any |= static_cast<std::uint64_t>(value);
  return any == 0 ? 0 : static_cast<unsigned>(std::countr_zero(any));
}

void write_packed(std::vector<std::int64_t>& scaled, unsigned exponent, std::uint8_t flags,
                  std::string& out, const std::string& bitmap) {
  const unsigned twos = common_twos(scaled);
  for (std::int64_t& value : scaled) value >>= twos;

  // Try plain, first and second differences; the first `order` values are written apart.
  unsigned order = 0;
  std::size_t best = planned_bits(scaled);
  std::vector<std::int64_t> trial = scaled;
  std::vector<std::int64_t> chosen = scaled;
  for (unsigned candidate = 1; candidate <= 2 && scaled.size() > candidate; ++candidate) {
    take_differences(std::span(trial).subspan(candidate - 1));
    std::size_t bits = planned_bits(std::span<const std::int64_t>(trial).subspan(candidate));
    for (unsigned i = 0; i < candidate; ++i) bits += 8 * varint_bytes(zigzag(trial[i]));
    if (bits < best) {
      best = bits;
      order = candidate;
      chosen = trial;
    }
  }
  put_u8(out,
         static_cast<std::uint8_t>(kPacked | flags | order << kOrderShift |
                                   (exponent > 0 ? kHasExponent : 0) | (twos > 0 ? kHasTwos : 0)));
  if (exponent > 0) put_u8(out, static_cast<std::uint8_t>(exponent));
  if (twos > 0) put_u8(out, static_cast<std::uint8_t>(twos));
  out += bitmap;
  for (unsigned i = 0; i < order; ++i) put_varint(out, zigzag(chosen[i]));
  const std::span<const std::int64_t> rest = std::span<const std::int64_t>(chosen).subspan(order);
  for (std::size_t at = 0; at < rest.size(); at += kBlock) {
    write_block(rest.subspan(at, std::min(kBlock, rest.size() - at)), out);
  }
}

void write_constant(double value, std::uint8_t flags, std::string& out, const std::string& bitmap) {
  std::int64_t scaled = 0;
  for (unsigned exponent = 0; exponent <= kExponentMax; ++exponent) {
    if (!scale_exactly(value, exponent, scaled)) continue;
    if (varint_bytes(zigzag(scaled)) >= 8) break;  // the double itself is no longer
    put_u8(out, static_cast<std::uint8_t>(kConstant | flags | (exponent > 0 ? kHasExponent : 0)));
    if (exponent > 0) put_u8(out, static_cast<std::uint8_t>(exponent));
    out += bitmap;
    put_varint(out, zigzag(scaled));
    return;
  }
  put_u8(out, static_cast<std::uint8_t>(kConstantRaw | flags));
  out += bitmap;
  put_le(out, std::bit_cast<std::uint64_t>(value));
}

void write_raw(std::span<const double> values, std::uint8_t flags, std::string& out,
               const std::string& bitmap) {
  put_u8(out, static_cast<std::uint8_t>(kRaw | flags));
  out += bitmap;
  for (const double value : values) put_le(out, std::bit_cast<std::uint64_t>(value));
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// Values that are all present.
void write_present(std::span<const double> values, std::uint8_t flags, std::string& out,
                   const std::string& bitmap) {
  if (std::all_of(values.begin(), values.end(),
                  [&](double value) { return same_bits(value, values.front()); })) {
    return write_constant(values.front(), flags, out, bitmap);
  }
  std::vector<std::int64_t> scaled;
  const auto exponent = scale_all(values, scaled);
  if (!exponent) return write_raw(values, flags, out, bitmap);
  const std::size_t before = out.size();
  write_packed(scaled, *exponent, flags, out, bitmap);
  if (out.size() - before > 1 + bitmap.size() + values.size() * 8) {
    out.resize(before);
    write_raw(values, flags, out, bitmap);
  }
}

Error corrupt(const char* what) { return {ErrorCode::kCorruption, std::string("column: ") + what}; }

// The fixed part of a column, read from its front.
struct Header {
  Mode mode = kAllMissing;
  unsigned order = 0;
  unsigned exponent = 0;
  unsigned twos = 0;
  Bytes bitmap;             // empty: every value is present
  std::size_t present = 0;  // how many values follow
};

Result<Header> read_header(Reader& reader, std::size_t count) {
  Header header;
  const std::uint8_t first = reader.u8();
  if (!reader.ok()) return fail(corrupt("is empty"));
  const unsigned mode = first & kModeMask;
  if (mode > kRaw) return fail(corrupt("has a mode that this version does not know"));
  header.mode = static_cast<Mode>(mode);
  header.order = first >> kOrderShift & 3u;
  if (header.order > 2 || (header.order > 0 && mode != kPacked))
    return fail(corrupt("has a wrong order"));
  if ((first & kHasExponent) != 0) header.exponent = reader.u8();
  if ((first & kHasTwos) != 0) header.twos = reader.u8();
  if (header.exponent > kExponentMax || header.twos > 63) return fail(corrupt("has a wrong scale"));
  header.present = count;
  if ((first & kHasMissing) != 0) {
    header.bitmap = reader.bytes((count + 7) / 8);
    header.present = 0;
    for (std::size_t i = 0; i < header.bitmap.size(); ++i) {
      std::uint8_t byte = header.bitmap[i];
      if (i == count / 8) byte = static_cast<std::uint8_t>(byte & ((1u << count % 8) - 1));
      header.present += static_cast<std::size_t>(std::popcount(byte));
    }
  }
  if (header.mode == kAllMissing) header.present = 0;
  if (!reader.ok()) return fail(corrupt("ends inside its header"));
  if (header.mode == kPacked && header.present <= header.order)
    return fail(corrupt("has too few values"));
  return header;
}

// Reads, or without `values` only checks, the blocks of a packed column.
Status read_blocks(Reader& reader, std::size_t count, std::int64_t* values) {
  std::array<std::uint64_t, kBlock> offsets{};
  for (std::size_t at = 0; at < count; at += kBlock) {
    const std::size_t size = std::min(kBlock, count - at);
    const std::int64_t base = reader.svarint();
    const unsigned width = reader.u8();
    const std::size_t exceptions = reader.u8();
    if (width > 64 || exceptions > size) return fail(corrupt("has a block that cannot be"));
    const Bytes bits = reader.bytes(packed_bytes(size, width));
    if (!reader.ok()) return fail(corrupt("ends inside a block"));
    if (values != nullptr) unpack_bits(bits, width, std::span(offsets.data(), size));
    for (std::size_t i = 0; i < exceptions; ++i) {
      const std::size_t position = reader.u8();
      const std::uint64_t high = reader.varint();
      if (position >= size || width >= 64)
        return fail(corrupt("has an exception outside its block"));
      offsets[position] |= high << width;
    }
    if (!reader.ok()) return fail(corrupt("ends inside its exceptions"));
    if (values == nullptr) continue;
    for (std::size_t i = 0; i < size; ++i) {
      values[at + i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + offsets[i]);
    }
  }
  return {};
}

// Moves `present` values from the front of `values` to where the bitmap says they belong, back to
// front.
void spread(Bytes bitmap, std::size_t present, std::span<double> values) {
  std::size_t from = present;
  for (std::size_t to = values.size(); to-- > 0;) {
    const bool there = (bitmap[to / 8] >> (to % 8) & 1) != 0;
    values[to] = there ? values[--from] : missing_value();
  }
}

Status read_packed(Reader& reader, const Header& header, std::span<double> values) {
  std::vector<std::int64_t> scaled(header.present);
  for (unsigned i = 0; i < header.order; ++i) scaled[i] = reader.svarint();
  if (auto read = read_blocks(reader, header.present - header.order, scaled.data() + header.order);
      !read) {
    return read;
  }
  for (unsigned i = header.order; i-- > 0;) undo_differences(std::span(scaled).subspan(i));
  for (std::size_t i = 0; i < scaled.size(); ++i) {
    const auto shifted =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(scaled[i]) << header.twos);
    values[i] = unscale(shifted, header.exponent);
  }
  return {};
}

}  // namespace

std::optional<unsigned> scale_all(std::span<const double> values,
                                  std::vector<std::int64_t>& scaled) {
  scaled.resize(values.size());
  unsigned exponent = 0;
  std::size_t redo_until = 0;  // values before it were scaled by a smaller exponent
  for (std::size_t i = 0; i < values.size(); ++i) {
    while (!scale_exactly(values[i], exponent, scaled[i])) {
      if (++exponent > kExponentMax) return std::nullopt;
      redo_until = i;
    }
  }
  for (std::size_t i = 0; i < redo_until; ++i) {
    if (!scale_exactly(values[i], exponent, scaled[i])) return std::nullopt;
  }
  return exponent;
}

void encode_column(std::span<const double> values, std::string& out) {
  HEADROOM_ASSERT(!values.empty() && values.size() <= kColumnValuesMax);
  const auto missing =
      static_cast<std::size_t>(std::count_if(values.begin(), values.end(), is_missing));
  if (missing == 0) return write_present(values, 0, out, {});
  if (missing == values.size()) return put_u8(out, kAllMissing);
  std::string bitmap((values.size() + 7) / 8, '\0');
  std::vector<double> present;
  present.reserve(values.size() - missing);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (is_missing(values[i])) continue;
    bitmap[i / 8] = static_cast<char>(bitmap[i / 8] | 1 << (i % 8));
    present.push_back(values[i]);
  }
  write_present(present, kHasMissing, out, bitmap);
}

Result<std::size_t> decode_column(Bytes in, std::span<double> values) {
  Reader reader(in);
  const auto header = read_header(reader, values.size());
  if (!header) return fail(header.error());
  switch (header->mode) {
    case kAllMissing:
      std::fill(values.begin(), values.end(), missing_value());
      break;
    case kConstant: {
      const double value = unscale(reader.svarint(), header->exponent);
      std::fill(values.begin(), values.end(), value);
      break;
    }
    case kConstantRaw: {
      const double value = std::bit_cast<double>(reader.le<std::uint64_t>());
      std::fill(values.begin(), values.end(), value);
      break;
    }
    case kPacked:
      if (auto read = read_packed(reader, *header, values); !read) return fail(read.error());
      break;
    case kRaw:
      for (std::size_t i = 0; i < header->present; ++i) {
        values[i] = std::bit_cast<double>(reader.le<std::uint64_t>());
      }
      break;
  }
  if (!reader.ok()) return fail(corrupt("ends too early"));
  if (!header->bitmap.empty() && header->mode != kAllMissing)
    spread(header->bitmap, header->present, values);
  return static_cast<std::size_t>(reader.position() - in.data());
}

Result<std::size_t> measure_column(Bytes in, std::size_t count) {
  Reader reader(in);
  const auto header = read_header(reader, count);
  if (!header) return fail(header.error());
  switch (header->mode) {
    case kAllMissing:
      break;
    case kConstant:
      reader.svarint();
      break;
    case kConstantRaw:
      reader.le<std::uint64_t>();
      break;
    case kPacked:
      for (unsigned i = 0; i < header->order; ++i) reader.svarint();
      if (auto read = read_blocks(reader, header->present - header->order, nullptr); !read) {
        return fail(read.error());
      }
      break;
    case kRaw:
      reader.bytes(header->present * 8);
      break;
  }
  if (!reader.ok()) return fail(corrupt("ends too early"));
  return static_cast<std::size_t>(reader.position() - in.data());
}

}  // namespace headroom::codec
