// Series of many kinds in which nothing is wrong, made from a seed: what false alarms are counted
// on. They cover what hosts do: noise of several tails, days and weeks, slow drifts, jobs that
// start a little earlier or later, bursts, counts, and rare events.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <string_view>
#include <vector>

#include "common/base/random.h"

namespace headroom::bench {

// What the kinds draw from; renewed for every point.
struct NormalState {
  Random random;
  std::normal_distribution<double> normal{};
  double seconds_per_point = 300;
  double t = 0;       // seconds from a Monday's midnight
  double of_day = 0;  // in [0, 1)
  double wave = 0;    // of the day, in [-1, 1]
  bool weekend = false;
  double fast = 0;       // autoregressive with unit variance: memory of 50 minutes,
  double slow = 0;       // … and of 12 hours
  double day_level = 0;  // one draw per day
  double job_start = 0.1;
  double job_length = 0.08;
  bool busy = false;  // alternating for exponential times
  double until_change = 0;

  double noise() { return normal(random); }
  double uniform() { return std::uniform_real_distribution<double>()(random); }
};

struct NormalKind {
  std::string_view name;
  double (*value)(NormalState& state);
};

inline constexpr NormalKind kNormalKinds[] = {
    {"white noise", [](NormalState& s) { return 50 + s.noise(); }},
    {"autoregressive", [](NormalState& s) { return 50 + 3 * s.fast; }},
    {"day", [](NormalState& s) { return 100 + 30 * s.wave + 3 * s.noise(); }},
    {"day and week",
     [](NormalState& s) {
       return (s.weekend ? 0.5 : 1) * (100 + 40 * s.wave) * (1 + 0.03 * s.day_level) + 4 * s.fast +
              2 * s.noise();
     }},
    {"lognormal", [](NormalState& s) { return std::exp(0.7 * s.noise() + 0.5 * s.fast); }},
    {"counts",
     [](NormalState& s) {
       std::poisson_distribution<int> count(2 + 1.6 * s.wave);
       return static_cast<double>(count(s.random));
     }},
    {"Student's t, 3 df",
     [](NormalState& s) {
       double square = 0;
       const double top = s.noise();
       for (int i = 0; i < 3; ++i) square += std::pow(s.noise(), 2);
       return 20 + top / std::sqrt(square / 3);
     }},
    {"slow drift", [](NormalState& s) { return 50 + 10 * s.slow + s.noise(); }},
    {"nightly job",
     [](NormalState& s) {
       const bool on = s.of_day > s.job_start && s.of_day < s.job_start + s.job_length;
       return (on ? 80 : 10) + 2 * s.noise();
     }},
    {"bursts", [](NormalState& s) { return (s.busy ? 70 : 5) + 3 * s.noise(); }},
    {"rare events", [](NormalState& s) { return s.uniform() < 0.01 ? 1 + 9 * s.uniform() : 0.0; }},
    {"growth",
     [](NormalState& s) {
       return (100 + 0.5 * s.t / 86400) * (1 + (s.weekend ? 0.18 : 0.3) * s.wave) + 3 * s.fast +
              1.5 * s.noise();
     }},
};

// From a Monday's midnight on.
inline std::vector<double> normal_series(const NormalKind& kind, std::uint64_t seed,
                                         std::size_t points, std::chrono::seconds step) {
  NormalState s{Random(seed)};
  s.seconds_per_point = static_cast<double>(step.count());
  const double keep_fast = std::exp(-s.seconds_per_point / 3000);
  const double keep_slow = std::exp(-s.seconds_per_point / 43'200);
  long day = -1;
  std::vector<double> values(points);
  for (std::size_t i = 0; i < points; ++i) {
    s.t = static_cast<double>(i) * s.seconds_per_point;
    const long today = static_cast<long>(s.t / 86'400);
    s.of_day = s.t / 86'400 - static_cast<double>(today);
    s.wave = std::sin(2 * std::numbers::pi * (s.of_day - 0.3));
    s.weekend = today % 7 >= 5;
    s.fast = keep_fast * s.fast + std::sqrt(1 - keep_fast * keep_fast) * s.noise();
    s.slow = keep_slow * s.slow + std::sqrt(1 - keep_slow * keep_slow) * s.noise();
    if (today != day) {
      day = today;
      s.day_level = s.noise();
      s.job_start = 0.1 + 0.02 * s.noise();
      s.job_length = 0.08 * (1 + 0.1 * s.noise());
    }
    s.until_change -= s.seconds_per_point;
    if (s.until_change <= 0) {
      s.busy = !s.busy;
      s.until_change = s.seconds_per_point - std::log(1 - s.uniform()) * (s.busy ? 1800 : 7200);
    }
    values[i] = kind.value(s);
  }
  return values;
}

}  // namespace headroom::bench
