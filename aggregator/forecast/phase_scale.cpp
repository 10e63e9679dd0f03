#include "aggregator/forecast/phase_scale.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kSeasons = 28;
constexpr double kPower = 0.8;  // the quieter phases are less quiet than a month makes them look
constexpr double kLeast = 0.1;
constexpr double kBelief = 4;           // changes' worth of belief that all phases are alike
constexpr std::size_t kSmoothing = 48;  // phases within this part of a season smooth each other

}  // namespace

std::vector<double> phase_scales(std::span<const double> truth, std::size_t season) {
  if (season == 0 || truth.size() < 3 * season) return {1.0};
  const std::size_t first = truth.size() - std::min(truth.size() - season, kSeasons * season);
  std::vector<double> sums(season, 0.0);
  std::vector<double> counts(season, 0.0);
  double total = 0;
  double known = 0;
  for (std::size_t i = first; i < truth.size(); ++i) {
    const double change = std::abs(truth[i] - truth[i - season]);
    if (std::isnan(change)) continue;
    sums[i % season] += change;
    counts[i % season] += 1;
    total += change;
    known += 1;
  }
  std::vector<double> scales(season, 1.0);
  if (!(total > 0)) return scales;
  const double mean = total / known;
  const std::size_t reach = std::min(season / kSmoothing + 1, season - 1);
  double average = 0;
  for (std::size_t phase = 0; phase < season; ++phase) {
    double sum = kBelief * mean;
    double count = kBelief;
    for (std::size_t j = 0; j <= 2 * reach; ++j) {
      const std::size_t at = (phase + season + j - reach) % season;
      sum += sums[at];
      count += counts[at];
    }
    scales[phase] = std::max(kLeast, std::pow(sum / count / mean, kPower));
    average += scales[phase] / real(season);
  }
  for (double& scale : scales) scale /= average;
  return scales;
}

}  // namespace headroom::forecast
