// Random numbers for models: the standard's distributions may differ between libraries, and a model
// must give the same bits everywhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace headroom::forecast {

// SplitMix64 (Steele, Lea & Flood 2014).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  // Below `count`, which is less than 2^32; its bias is below count / 2^32.
  std::uint32_t below(std::size_t count) {
    return static_cast<std::uint32_t>(((next() >> 32) * count) >> 32);
  }
  // In [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace headroom::forecast
