// The tiers: raw samples, and their rollups to one bucket a minute and one an hour. Each is kept in
// windows of its own length, and a window is what expires at once.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/clock.h"

namespace headroom::store {

enum class Tier : std::uint8_t { kRaw = 0, kMinute = 1, kHour = 2 };
inline constexpr std::array<Tier, 3> kTiers{Tier::kRaw, Tier::kMinute, Tier::kHour};
inline constexpr std::array<Tier, 2> kRollupTiers{Tier::kMinute, Tier::kHour};

inline constexpr UnixMs kMinuteMs = 60'000;
inline constexpr UnixMs kHourMs = 3'600'000;

// Two hours: few seeks for a day, and a file of a thousand hosts is neither large nor small.
inline constexpr UnixMs kRawWindowMs = 2 * kHourMs;

constexpr UnixMs window_ms(Tier tier) {
  switch (tier) {
    case Tier::kRaw:
      return kRawWindowMs;
    case Tier::kMinute:
      return 24 * kHourMs;
    case Tier::kHour:
      return 28 * 24 * kHourMs;
  }
  return kRawWindowMs;
}

// The length of a rollup's bucket; 0 for raw samples.
constexpr UnixMs bucket_ms(Tier tier) {
  return tier == Tier::kRaw ? 0 : tier == Tier::kMinute ? kMinuteMs : kHourMs;
}

// Which window of a tier a time (≥ 0) belongs to, and where that window begins and ends.
constexpr std::uint32_t window_of(Tier tier, UnixMs time) {
  return static_cast<std::uint32_t>(time / window_ms(tier));
}
constexpr UnixMs window_start(Tier tier, std::uint32_t window) {
  return static_cast<UnixMs>(window) * window_ms(tier);
}
constexpr UnixMs window_end(Tier tier, std::uint32_t window) {
  return window_start(tier, window) + window_ms(tier);
}

}  // namespace headroom::store
