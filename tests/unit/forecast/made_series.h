// Series made from a seed, so that a failing test can be replayed from the seed it prints.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

#include "aggregator/forecast/forecast.h"
#include "common/base/random.h"

namespace headroom::forecast {

inline constexpr std::chrono::milliseconds kHour = std::chrono::hours(1);

inline std::vector<double> white_noise(std::size_t n, std::uint64_t seed) {
  Random random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(n);
  for (double& value : values) value = normal(random);
  return values;
}

inline std::vector<double> autoregressive(std::size_t n, double phi, std::uint64_t seed) {
  std::vector<double> values = white_noise(n, seed);
  for (std::size_t i = 1; i < n; ++i) values[i] += phi * values[i - 1];
  return values;
}

inline std::vector<double> random_walk(std::size_t n, std::uint64_t seed) {
  return autoregressive(n, 1, seed);
}

inline double wave(std::size_t i, std::size_t period) {
  return std::sin(2 * std::numbers::pi * static_cast<double>(i % period) /
                  static_cast<double>(period));
}

// Hourly load: a daily wave, a quieter weekend, noise.
inline std::vector<double> office_load(std::size_t hours, double noise, std::uint64_t seed) {
  std::vector<double> values = white_noise(hours, seed);
  for (std::size_t i = 0; i < hours; ++i) {
    const bool weekend = i / 24 % 7 >= 5;
    values[i] = noise * values[i] + (weekend ? 60 : 100) + (weekend ? 10 : 30) * wave(i, 24);
  }
  return values;
}

inline History hourly(const std::vector<double>& values) {
  return {values, 1'700'000'000'000, kHour};
}

}  // namespace headroom::forecast
