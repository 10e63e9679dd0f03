#include "aggregator/forecast/profile.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kSeasons = 40;   // older ones weigh next to nothing
constexpr double kShortMemory = 0.85;  // weight of a season against the next newer one: of days…
constexpr double kLongMemory = 0.8;    // …and of the longer periods on top

struct Learnt {
  std::vector<double> by_phase;
  double signal_square = 0;  // mean square of the profile
  double noise_square = 0;   // mean square about it
  double seasons = 0;        // how many, by weight
};

// `rest` covers whole seasons; phase 0 is rest[0].
Learnt learn(std::span<const double> rest, std::size_t period, double memory) {
  const std::size_t seasons = rest.size() / period;
  const std::vector<double> levels = block_medians(rest, period);
  std::vector<double> weights(seasons);
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < seasons; ++i) {
    weights[i] = std::pow(memory, real(seasons - 1 - i));
    sum += weights[i];
    squares += weights[i] * weights[i];
  }
  Learnt learnt{.by_phase = std::vector<double>(period), .seasons = sum * sum / squares};
  std::vector<Weighted> same(seasons);
  for (std::size_t phase = 0; phase < period; ++phase) {
    for (std::size_t i = 0; i < seasons; ++i) {
      same[i] = {rest[i * period + phase] - levels[i], weights[i]};
    }
    const double usual = weighted_median_inplace(same);
    learnt.by_phase[phase] = usual;
    learnt.signal_square += usual * usual / real(period);
    for (const Weighted& item : same) {
      learnt.noise_square +=
          item.weight / sum * (item.value - usual) * (item.value - usual) / real(period);
    }
  }
  return learnt;
}

}  // namespace

Profile::Profile(std::span<const double> values, std::span<const std::size_t> periods) {
  std::vector<double> rest(values.begin(), values.end());
  for (const std::size_t period : periods) {
    const std::size_t seasons = std::min(rest.size() / period, kSeasons);
    if (seasons < 2) continue;
    const std::size_t start = rest.size() - seasons * period;
    const bool first = parts_.empty();
    Learnt learnt =
        learn(std::span(rest).subspan(start), period, first ? kShortMemory : kLongMemory);
    double trust = 1;
    if (!first) {
      const double noise = learnt.noise_square / std::max(learnt.seasons - 1, 1.0);
      trust = learnt.signal_square > 0 ? std::max(0.0, 1 - noise / learnt.signal_square) : 0;
    }
    Part part{.period = period, .by_phase = std::vector<double>(period)};
    for (std::size_t phase = 0; phase < period; ++phase) {
      part.by_phase[(start + phase) % period] = trust * learnt.by_phase[phase];
    }
    for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= part.by_phase[i % period];
    parts_.push_back(std::move(part));
  }
}

double Profile::at(std::size_t index) const {
  double sum = 0;
  for (const Part& part : parts_) sum += part.by_phase[index % part.period];
  return sum;
}

}  // namespace headroom::forecast
