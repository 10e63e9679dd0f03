// Doubles as exact decimal integers, the idea of ALP (Afroozeh et al., "ALP: Adaptive Lossless
// floating-Point Compression", SIGMOD 2024).
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>

namespace headroom::codec {

inline constexpr unsigned kExponentMax = 18;

// Powers of ten that a double holds exactly.
inline constexpr std::array<double, kExponentMax + 1> kPowersOfTen{
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

// Integers beyond this are not all doubles.
inline constexpr double kIntegerLimit = 9007199254740992.0;  // 2^53

// The integer m with double(m) / 10^exponent == value bit for bit, if there is one.
inline bool scale_exactly(double value, unsigned exponent, std::int64_t& scaled) {
  const double rounded = std::nearbyint(value * kPowersOfTen[exponent]);
  if (!(std::abs(rounded) < kIntegerLimit)) return false;  // also refuses NaN
  if (rounded / kPowersOfTen[exponent] != value) return false;
  if (rounded == 0 && std::signbit(value)) return false;  // -0.0 is a value of its own
  scaled = static_cast<std::int64_t>(rounded);
  return true;
}

inline double unscale(std::int64_t scaled, unsigned exponent) {
  return static_cast<double>(scaled) / kPowersOfTen[exponent];
}

// Scales all values by the smallest common exponent that is exact for each of them; nothing if
// there is none. `scaled` is as long as `values`.
std::optional<unsigned> scale_all(std::span<const double> values, std::span<std::int64_t> scaled);

}  // namespace headroom::codec
