#include "common/codec/column_format.h"

#include <bit>

#include "common/codec/decimal.h"

namespace headroom::codec {
namespace {

std::size_t count_present(Bytes bitmap, std::size_t count) {
  std::size_t present = 0;
  for (std::size_t i = 0; i < bitmap.size(); ++i) {
    std::uint8_t byte = bitmap[i];
    if (i == count / 8) byte = static_cast<std::uint8_t>(byte & ((1u << count % 8) - 1));
    present += static_cast<std::size_t>(std::popcount(byte));
  }
  return present;
}

// Modes 0 … 4; false where the scale or the order cannot be.
bool read_flags(Reader& reader, std::uint8_t first, Header& header) {
  header.order = first >> kOrderShift & 3u;
  if (header.order > 2 || (header.order > 0 && header.mode != kPacked)) return false;
  if ((first & kHasExponent) != 0) header.scale.exponent = reader.u8();
  const unsigned twos = (first & kHasTwos) != 0 ? reader.u8() : 0u;
  if (twos > 63) return false;
  header.scale.divisor = 1ULL << twos;
  return header.scale.exponent <= kExponentMax;
}

// Modes 5 and 6; false where the scale cannot be.
bool read_scale(Reader& reader, std::uint8_t first, Header& header) {
  Scale& scale = header.scale;
  const unsigned code = first >> kScaleShift;
  if (code <= kScaleExponentMax) {
    scale.exponent = code;
  } else if (code == kScaleKibi) {
    scale.divisor = 1u << 10;
  } else if (code == kScalePages) {
    scale.divisor = 1u << 12;
  } else if (header.mode == kConstantShort) {
    header.zero = code == kScaleDivisor;
    return header.zero;
  } else {
    if (code == kScaleFull) scale.exponent = reader.u8();
    scale.divisor = reader.varint();
    if (code == kScaleFull) scale.offset = reader.varint();
  }
  return scale.exponent <= kExponentMax && scale.offset < scale.divisor;
}

}  // namespace

Fault read_header(Reader& reader, std::size_t count, Header& header) {
  const std::uint8_t first = reader.u8();
  if (!reader.ok()) return "is empty";
  const unsigned mode = first & kModeMask;
  if (mode > kConstantShort) return "has a mode that this version does not know";
  header.mode = static_cast<Mode>(mode);
  if (!(mode >= kCoded ? read_scale(reader, first, header) : read_flags(reader, first, header))) {
    return "has a scale or an order that cannot be";
  }
  header.present = count;
  if ((first & kHasMissing) != 0) {
    header.bitmap = reader.bytes((count + 7) / 8);
    header.present = count_present(header.bitmap, count);
  }
  if (header.mode == kAllMissing) header.present = 0;
  if (!reader.ok()) return "ends inside its header";
  if (header.mode == kPacked && header.present <= header.order) return "has too few values";
  return nullptr;
}

}  // namespace headroom::codec
