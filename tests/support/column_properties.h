// What must hold for any bytes and any doubles; shared by the ordinary tests and the fuzzer.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "common/codec/column.h"

namespace headroom::test {

// Decoding and measuring accept the same bytes and take the same length of them; what is behind a
// column does not matter.
inline bool decodes_as_it_measures(std::span<const std::uint8_t> bytes, std::size_t count) {
  // Copied to allocations of their own so that a sanitizer sees every end.
  const std::vector<std::uint8_t> in(bytes.begin(), bytes.end());
  std::vector<double> values(count);
  const auto decoded = codec::decode_column(codec::Bytes(in), values);
  const auto measured = codec::measure_column(codec::Bytes(in), count);
  if (decoded.has_value() != measured.has_value()) return false;
  if (!decoded) return true;
  if (*decoded != *measured || *decoded > in.size()) return false;
  const std::vector<std::uint8_t> alone(in.begin(),
                                        in.begin() + static_cast<std::ptrdiff_t>(*decoded));
  std::vector<double> again(count);
  const auto redone = codec::decode_column(codec::Bytes(alone), again);
  return redone && *redone == *decoded &&
         std::memcmp(again.data(), values.data(), count * sizeof(double)) == 0;
}

// Every bit of every value comes back, and the bytes are as long as measuring says.
inline bool round_trips(std::span<const double> values) {
  std::string encoded;
  codec::encode_column(values, encoded);
  const std::vector<std::uint8_t> in(encoded.begin(), encoded.end());
  std::vector<double> back(values.size());
  const auto decoded = codec::decode_column(codec::Bytes(in), back);
  const auto measured = codec::measure_column(codec::Bytes(in), values.size());
  return decoded && measured && *decoded == in.size() && *measured == in.size() &&
         std::memcmp(back.data(), values.data(), values.size_bytes()) == 0;
}

}  // namespace headroom::test
