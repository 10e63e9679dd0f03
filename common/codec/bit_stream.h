// Streams of bits, least significant bit first, written to a string and read back with every bound
// checked.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "common/codec/bytes.h"

namespace headroom::codec {

static_assert(std::endian::native == std::endian::little, "words are copied as they are");

// The `width` (0 … 63) lowest bits.
inline std::uint64_t low_bits(unsigned width) { return (1ULL << width) - 1; }

// Appends to a string; what is left of the last byte is zero. finish() must be the last call.
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  // `value` has no bits above `width` (0 … 63).
  void put(std::uint64_t value, unsigned width) {
    pending_ |= value << filled_;
    if (filled_ + width < 64) {
      filled_ += width;
      return;
    }
    append(8);
    pending_ = filled_ == 0 ? 0 : value >> (64 - filled_);
    filled_ = filled_ + width - 64;
  }
  void finish() { append((filled_ + 7) / 8); }

 private:
  void append(std::size_t bytes) { out_.append(reinterpret_cast<const char*>(&pending_), bytes); }

  std::string& out_;
  std::uint64_t pending_ = 0;
  unsigned filled_ = 0;  // bits of pending_, 0 … 63
};

// Reads from the front of a byte range. After a read past the end ok() is false and stays so.
class BitReader {
 public:
  explicit BitReader(Bytes bytes) : data_(bytes.data()), size_(bytes.size()) {}

  bool ok() const { return ok_; }
  std::size_t position() const { return at_; }               // bits from the front
  std::size_t bytes_taken() const { return (at_ + 7) / 8; }  // with the byte that is begun
  std::size_t left() const { return ok_ ? size_ * 8 - at_ : 0; }
  void fail() { ok_ = false; }

  // The next `width` (0 … 56) bits.
  std::uint64_t take(unsigned width) {
    if (left() < width) {
      ok_ = false;
      return 0;
    }
    const std::uint64_t value = window(at_) & low_bits(width);
    at_ += width;
    return value;
  }
  void skip(std::size_t bits) {
    if (left() < bits) {
      ok_ = false;
    } else {
      at_ += bits;
    }
  }

  // The eight bytes from byte `byte` on, zeros behind the end.
  std::uint64_t word(std::size_t byte) const {
    std::uint64_t value = 0;
    if (byte + 8 <= size_) {
      std::memcpy(&value, data_ + byte, 8);
    } else if (byte < size_) {
      std::memcpy(&value, data_ + byte, size_ - byte);
    }
    return value;
  }
  // At least the 57 bits from bit `bit` on; zeros behind the end and behind those that were read.
  std::uint64_t window(std::size_t bit) const { return word(bit / 8) >> (bit % 8); }

  // Whether window() of any bit before `bit` finds eight bytes, so that they may be read
  // unchecked from data().
  bool has_words_until(std::size_t bit) const { return bit / 8 + 8 <= size_; }
  const std::uint8_t* data() const { return data_; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace headroom::codec
