#include "aggregator/forecast/growth.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr double kBelief = 4;  // errors' worth, that an octave errs like the next longer one
constexpr double kBeyondLeast = 0.1;
constexpr double kBeyondMost = 0.5;

std::size_t octave_of(std::size_t step) {
  return static_cast<std::size_t>(std::bit_width(step)) - 1;
}

std::vector<double> non_decreasing(const std::vector<double>& values,
                                   const std::vector<double>& weights) {
  struct Pool {
    double mean = 0;
    double weight = 0;
    std::size_t count = 0;
  };
  std::vector<Pool> pools;
  for (std::size_t i = 0; i < values.size(); ++i) {
    pools.push_back({values[i], weights[i], 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean > pools.back().mean) {
      const Pool last = pools.back();
      pools.pop_back();
      Pool& into = pools.back();
      into.mean = (into.mean * into.weight + last.mean * last.weight) / (into.weight + last.weight);
      into.weight += last.weight;
      into.count += last.count;
    }
  }
  std::vector<double> result;
  for (const Pool& pool : pools) result.insert(result.end(), pool.count, pool.mean);
  return result;
}

}  // namespace

Growth::Growth(const std::vector<std::vector<double>>& errors) {
  for (const auto& path : errors) steps_ = std::max(steps_, path.size());
  sizes_.assign(octave_of(steps_) + 1, 0.0);
  std::vector<double> counts(sizes_.size(), 0.0);
  double total = 0;
  double known = 0;
  for (const auto& path : errors) {
    for (std::size_t h = 0; h < path.size(); ++h) {
      if (std::isnan(path[h])) continue;
      sizes_[octave_of(h + 1)] += std::abs(path[h]);
      counts[octave_of(h + 1)] += 1;
      total += std::abs(path[h]);
      known += 1;
    }
  }
  if (total > 0) {
    const double mean = total / known;
    double next = 0;
    double next_count = 0;
    for (std::size_t i = sizes_.size(); i-- > 0;) {
      const double belief = next_count > 0 ? kBelief : 0;
      sizes_[i] =
          counts[i] + belief > 0 ? (sizes_[i] / mean + belief * next) / (counts[i] + belief) : 1;
      counts[i] += belief;
      if (counts[i] > 0) {
        next = sizes_[i];
        next_count = counts[i];
      }
    }
    sizes_ = non_decreasing(sizes_, counts);
  } else {
    sizes_.assign(sizes_.size(), 1.0);
  }
  beyond_ = kBeyondMost;
  if (sizes_.size() >= 3) {
    const double per_octave = std::log2(sizes_.back() / sizes_[sizes_.size() - 3]) / 2;
    beyond_ = std::clamp(per_octave, kBeyondLeast, kBeyondMost);
  }
}

double Growth::at(std::size_t step) const {
  // An octave's size stands at its mean step, 1.5 × 2^octave - 0.5.
  const double place = std::log2((real(std::min(step, steps_)) + 0.5) / 1.5);
  const std::size_t below = std::min(static_cast<std::size_t>(place), sizes_.size() - 1);
  const std::size_t above = std::min(below + 1, sizes_.size() - 1);
  const double seen = sizes_[below] + (place - real(below)) * (sizes_[above] - sizes_[below]);
  return step > steps_ ? seen * std::pow(real(step) / real(steps_), beyond_) : seen;
}

}  // namespace headroom::forecast
