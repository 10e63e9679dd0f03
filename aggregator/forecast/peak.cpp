#include "aggregator/forecast/peak.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr std::uint64_t kSeed = 0x9E3779B97F4A7C15u;
constexpr double kSmoothing = 0.5;  // share of the origins' spread that is drawn as normal
constexpr double kTail = 0.95;      // quantile of the errors beyond which they are stretched
constexpr double kReach = 3;        // sizes above its forecast a step is reckoned to get

// SplitMix64 (Steele, Lea & Flood 2014): the same on every machine.
class Draw {
 public:
  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(bits() % count); }
  // In (0, 1).
  double share() { return (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53; }
  // Box & Muller 1958.
  double normal() {
    const double radius = std::sqrt(-2 * std::log(share()));
    return radius * std::cos(2 * std::numbers::pi * share());
  }

 private:
  std::uint64_t state_ = kSeed;
};

// The errors of one origin: their mean, and what is left about it.
struct OriginErrors {
  double mean = 0;
  std::vector<double> rest;
};

std::vector<OriginErrors> origins_of(std::span<const std::vector<double>> errors) {
  std::vector<OriginErrors> all;
  for (const std::vector<double>& path : errors) {
    OriginErrors one;
    for (const double error : path) {
      if (std::isnan(error)) continue;
      one.rest.push_back(error);
      one.mean += error;
    }
    if (one.rest.empty()) continue;
    one.mean /= real(one.rest.size());
    for (double& error : one.rest) error -= one.mean;
    all.push_back(std::move(one));
  }
  return all;
}

// Mean and spread of the origins' mean errors, the latter as a new origin's is expected to be off.
struct Level {
  double mean = 0;
  double spread = 0;
  double widening = 1;
};

Level level_of(std::span<const OriginErrors> origins) {
  Level level;
  const double count = real(origins.size());
  for (const OriginErrors& one : origins) level.mean += one.mean / count;
  if (origins.size() < 2) return level;
  double squares = 0;
  for (const OriginErrors& one : origins) {
    squares += (one.mean - level.mean) * (one.mean - level.mean);
  }
  level.spread = std::sqrt(squares / count);
  level.widening = std::sqrt((1 + 1 / count) * count / (count - 1));
  return level;
}

// Where the errors' upper tail begins, of all origins.
double tail_of(std::span<const OriginErrors> origins) {
  std::vector<double> all;
  for (const OriginErrors& one : origins) all.insert(all.end(), one.rest.begin(), one.rest.end());
  if (all.empty()) return 0;
  std::sort(all.begin(), all.end());
  return quantile_sorted(all, kTail);
}

// The steps that could be highest, in the order of time.
std::vector<std::size_t> likely_steps(const PeakTask& task) {
  std::vector<std::size_t> steps(task.path.size());
  std::iota(steps.begin(), steps.end(), std::size_t{0});
  if (steps.size() <= kPeakSteps) return steps;
  const auto reach = [&](std::size_t step) { return task.path[step] + kReach * task.sizes[step]; };
  std::nth_element(steps.begin(), steps.begin() + kPeakSteps, steps.end(),
                   [&](std::size_t a, std::size_t b) {
                     const double one = reach(a);
                     const double other = reach(b);
                     return one != other ? one > other : a < b;
                   });
  steps.resize(kPeakSteps);
  std::sort(steps.begin(), steps.end());
  return steps;
}

}  // namespace

PeakDraws draw_peaks(const PeakTask& task) {
  HEADROOM_ASSERT(!task.path.empty() && task.sizes.size() == task.path.size() && task.block > 0);
  const std::vector<OriginErrors> origins = origins_of(task.errors);
  const Level level = level_of(origins);
  const std::vector<std::size_t> steps = likely_steps(task);
  const double tail = tail_of(origins);
  const double kept = std::sqrt(1 - kSmoothing * kSmoothing);
  Draw draw;
  PeakDraws draws;
  draws.values.reserve(kPeakDraws);
  draws.steps.reserve(kPeakDraws);
  for (std::size_t i = 0; i < kPeakDraws; ++i) {
    double shared = draw.normal();
    if (!origins.empty()) {
      const double off = origins[draw.below(origins.size())].mean - level.mean;
      shared = level.mean + level.widening * (kept * off + kSmoothing * level.spread * shared);
    }
    double best = 0;
    std::size_t at = task.path.size();
    std::size_t block = static_cast<std::size_t>(-1);
    const std::vector<double>* rest = nullptr;
    std::size_t begin = 0;
    double stretch = 1;
    for (const std::size_t step : steps) {
      double error = shared;
      if (!origins.empty()) {
        if (step / task.block != block) {
          block = step / task.block;
          rest = &origins[draw.below(origins.size())].rest;
          begin = draw.below(rest->size());
          // Higher than any error seen is rare but possible: excesses over the tail's threshold
          // are stretched by a factor of mean 1, half of it exponential.
          stretch = (1 - std::log(draw.share())) / 2;
        }
        const double one = (*rest)[(begin + step % task.block) % rest->size()];
        error += one > tail ? tail + (one - tail) * stretch : one;
      }
      const double value = task.path[step] + error * task.sizes[step];
      if (at < task.path.size() && value <= best) continue;
      best = value;
      at = step;
    }
    draws.values.push_back(best);
    draws.steps.push_back(at);
  }
  std::sort(draws.values.begin(), draws.values.end());
  std::sort(draws.steps.begin(), draws.steps.end());
  return draws;
}

}  // namespace headroom::forecast
