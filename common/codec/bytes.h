// Little-endian integers and LEB128 varints, written to a string and read back with every bound
// checked.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace headroom::codec {

using Bytes = std::span<const std::uint8_t>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

inline void put_u8(std::string& out, std::uint8_t value) {
  out.push_back(static_cast<char>(value));
}
template <typename Integer>
void put_le(std::string& out, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
}
template <typename Integer>
void put_be(std::string& out, Integer value) {
  for (std::size_t i = sizeof(Integer); i-- > 0;) {
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
}
inline void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}
inline void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out.append(text);
}

// Reads from the front of a byte range. After the first read past the end, or of an overlong
// varint, ok() is false and every further read gives zero, so a parser may read first and check
// once.
class Reader {
 public:
  explicit Reader(Bytes bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  const std::uint8_t* position() const { return at_; }

  std::uint8_t u8() { return take(1) ? at_[-1] : 0; }
  template <typename Integer>
  Integer le() {
    if (!take(sizeof(Integer))) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i) {
      value |=
          static_cast<std::uint64_t>(
              at_[static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(sizeof(Integer))])
          << (8 * i);
    }
    return static_cast<Integer>(value);
  }
  template <typename Integer>
  Integer be() {
    if (!take(sizeof(Integer))) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i) {
      value = value << 8 |
              at_[static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(sizeof(Integer))];
    }
    return static_cast<Integer>(value);
  }
  std::uint64_t varint() {
    if (left() >= 8) {
      // Up to eight bytes without a branch for each: the first without a high bit is the last.
      std::uint64_t word = 0;
      std::memcpy(&word, at_, sizeof(word));
      const std::uint64_t ends = ~word & 0x8080808080808080;
      if (ends != 0) {
        at_ += std::countr_zero(ends) / 8 + 1;
        word &= (ends ^ (ends - 1)) & 0x7f7f7f7f7f7f7f7f;
        word = (word & 0x007f007f007f007f) | (word & 0x7f007f007f007f00) >> 1;
        word = (word & 0x00003fff00003fff) | (word & 0x3fff00003fff0000) >> 2;
        return (word & 0x000000000fffffff) | (word & 0x0fffffff00000000) >> 4;
      }
    }
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = u8();
      if (shift == 63 && byte > 1) break;  // would not fit 64 bits
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return ok_ ? value : 0;
    }
    ok_ = false;
    return 0;
  }
  std::int64_t svarint() { return unzigzag(varint()); }
  Bytes bytes(std::size_t count) {
    if (!take(count)) return {};
    return {at_ - count, count};
  }
  std::string_view text() {
    const Bytes content = bytes(static_cast<std::size_t>(varint()));
    return {reinterpret_cast<const char*>(content.data()), content.size()};
  }

 private:
  bool take(std::size_t count) {
    if (!ok_ || left() < count) {
      ok_ = false;
      at_ = end_;
      return false;
    }
    at_ += count;
    return true;
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool ok_ = true;
};

}  // namespace headroom::codec
