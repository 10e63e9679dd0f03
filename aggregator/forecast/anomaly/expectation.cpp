#include "aggregator/forecast/anomaly/expectation.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/anomaly/level.h"
#include "aggregator/forecast/anomaly/phase_memory.h"
#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr double kDayMs = 86'400'000;
constexpr double kFastest = 0.1;
constexpr double kSlowest = 1.0 / 4096;

std::optional<double> median_of_days(const PhaseMemory& phases) {
  std::array<double, PhaseMemory::kDays> values{};
  std::size_t count = 0;
  for (std::size_t days = 1; days <= PhaseMemory::kDays; ++days)
    if (const auto value = phases.at(days)) values[count++] = *value;
  if (count == 0) return std::nullopt;
  return median_inplace({values.data(), count});
}

}  // namespace

std::optional<double> Expectation::guess(const PhaseMemory& phases, const LevelMemory& level) {
  guesses_[kWeekAgo] = phases.at(7);
  guesses_[kMedianOfDays] = median_of_days(phases);
  guesses_[kDayAgo] = phases.at(1);
  guesses_[kLevel] = level.empty() ? std::nullopt : std::optional(level.level());
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < kGuesses; ++i) {
    if (!guesses_[i] || !errors_[i]) continue;
    if (!best || *errors_[i] < *errors_[*best]) best = i;
  }
  return best ? guesses_[*best] : guesses_[kLevel];
}

void Expectation::learn(double value, UnixMs step) {
  const double weight = std::clamp(static_cast<double>(step) / kDayMs, kSlowest, kFastest);
  for (std::size_t i = 0; i < kGuesses; ++i) {
    if (!guesses_[i]) continue;
    const double error = std::abs(value - *guesses_[i]);
    errors_[i] = errors_[i] ? *errors_[i] + weight * (error - *errors_[i]) : error;
  }
}

}  // namespace headroom::forecast
