#include "aggregator/forecast/period_search.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "aggregator/forecast/fft.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/season_test.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kHarmonicsMost = 32;
constexpr std::size_t kSums = 7;  // per period: over 1, 2, 4 … 32 harmonics, and over all there are
constexpr std::size_t kFarthest = 50;  // periods over which agreement is looked for
constexpr double kWindow = 24;  // frequencies of the series on either side that make the level

// The power around each frequency, as an average would have it without the lines: the median of an
// exponential variable is ln 2 of its mean. Worked out at every twelfth frequency or so and
// interpolated; towards frequency 0 the window narrows, so that it stays centred.
std::vector<double> levels_around(const Spectrum& spectrum) {
  const std::vector<double>& power = spectrum.power;
  const double fineness = real(spectrum.length) / real(spectrum.points);
  const double last = real(power.size() - 1);
  std::vector<double> levels(power.size(), 0.0);
  std::vector<double> window;
  double before = 0;
  std::size_t before_at = 0;
  double frequency = 4;  // in cycles per series
  while (true) {
    const double centre = std::min(frequency * fineness, last);
    const double half = std::clamp(0.75 * frequency, 3.0, kWindow);
    const auto begin = static_cast<std::size_t>(std::max(centre - half * fineness, 1.0));
    const auto end = static_cast<std::size_t>(centre + half * fineness) + 1;
    window.clear();
    // A spectrum is its own mirror at the highest frequency.
    for (std::size_t k = begin; k < end; ++k) {
      window.push_back(power[k < power.size() ? k : 2 * (power.size() - 1) - k]);
    }
    // A Hann window makes neighbours alike, and a median knows less than a mean: about a third of
    // the frequencies count.
    const double seen = real(std::min(end, power.size()) - begin);
    const double independent = std::max(seen / fineness / 3, 1.0);
    const double level =
        median_inplace(window) / std::numbers::ln2 * (1 + 2 / std::sqrt(independent));
    const auto at = static_cast<std::size_t>(centre);
    for (std::size_t k = before_at; k <= at; ++k) {
      const double share = before_at == 0 ? 1 : real(k - before_at) / real(at - before_at);
      levels[k] = before + share * (level - before);
    }
    if (at + 1 >= power.size()) break;
    before = level;
    before_at = at;
    frequency += std::max(half / 2, 1 / fineness);
  }
  return levels;
}

// -ln of an upper bound of P(Gamma(h) > sum), after Chernoff; 0 where the sum is not large.
double unlikeliness(double sum, double h) { return sum > h ? sum - h - h * std::log(sum / h) : 0; }

// P(Gamma(h) > sum) for a whole h: e^-sum times the first h terms of the series of e^sum.
double gamma_tail(double sum, std::size_t h) {
  double tail = 0;
  double log_term = 0;
  for (std::size_t k = 0; k < h; ++k) {
    if (k > 0) log_term += std::log(sum / real(k));
    tail += std::exp(log_term - sum);
  }
  return std::min(tail, 1.0);
}

struct Score {
  double unlikely = 0;
  double sum = 0;
  std::size_t harmonics = 0;
  std::size_t peak = 0;
};

// The best of the sums over the harmonics of one period.
Score score_of(const std::vector<double>& ratios, std::size_t length, std::size_t period) {
  Score best;
  const double base = real(length) / real(period);
  double sum = 0;
  double highest = 0;
  std::size_t peak = 0;
  const std::size_t last = std::min(kHarmonicsMost, period / 2);
  for (std::size_t h = 1; h <= last; ++h) {
    const auto k = static_cast<std::size_t>(real(h) * base + 0.5);
    sum += ratios[k];
    if (ratios[k] > highest) {
      highest = ratios[k];
      peak = k;
    }
    if (!std::has_single_bit(h) && h != last) continue;
    const double unlikely = unlikeliness(sum, real(h));
    if (unlikely > best.unlikely) best = {unlikely, sum, h, peak};
  }
  return best;
}

}  // namespace

Spectrum spectrum_of(std::span<const double> y, double clip) {
  Spectrum spectrum;
  if (y.size() < kSearchPointsMin) return spectrum;
  std::vector<double> steps(y.size() - 1);
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = y[i + 1] - y[i];
  steps = clipped(steps, clip);
  double mean = 0;
  for (const double step : steps) mean += step;
  mean /= real(steps.size());
  const std::vector<double> window = hann_window(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = (steps[i] - mean) * window[i];
  spectrum.points = steps.size();
  spectrum.length = std::bit_ceil(steps.size());
  spectrum.power = power_spectrum(steps, spectrum.length);
  return spectrum;
}

std::vector<SpectralPeriod> search_periods(const Spectrum& spectrum, double level,
                                           std::size_t most) {
  std::vector<SpectralPeriod> found;
  if (spectrum.power.empty()) return found;
  const std::size_t longest = spectrum.points / kSearchCyclesMin;
  std::vector<double> ratios = levels_around(spectrum);
  for (std::size_t k = 0; k < ratios.size(); ++k) {
    ratios[k] = ratios[k] > 0 ? spectrum.power[k] / ratios[k] : 0;
  }
  const double looks = real(longest * kSums);
  const double bar = std::log(looks / level);
  struct Candidate {
    double unlikely;
    std::size_t period;
  };
  std::vector<Candidate> candidates;
  for (std::size_t period = kPeriodMin; period <= longest; ++period) {
    const double unlikely = score_of(ratios, spectrum.length, period).unlikely;
    // The bound is at most a factor e × sum above the tail, so nothing is missed.
    if (unlikely + 8 > bar) candidates.push_back({unlikely, period});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.unlikely > b.unlikely || (a.unlikely == b.unlikely && a.period < b.period);
  });
  for (const Candidate& candidate : candidates) {
    if (found.size() == most) break;
    const double cycles = real(spectrum.points) / real(candidate.period);
    const bool known = std::any_of(found.begin(), found.end(), [&](const SpectralPeriod& other) {
      return std::abs(real(spectrum.points) / real(other.period) - cycles) < 2;
    });
    if (known) continue;
    const Score score = score_of(ratios, spectrum.length, candidate.period);
    const double p_value = std::min(gamma_tail(score.sum, score.harmonics) * looks, 1.0);
    if (p_value <= level) found.push_back({candidate.period, p_value, score.peak});
  }
  return found;
}

double agreement_of(std::span<const double> y, std::size_t period) {
  double total = 0;
  std::size_t next = 2;
  for (std::size_t j = 1; j * period <= y.size() / 2 && j < kFarthest;) {
    const std::size_t lag = j * period;
    total += lagged_product(y, lag) / real(y.size() - lag);
    const std::size_t after = j + next;
    j = next;
    next = after;
  }
  return total;
}

std::size_t refined_period(std::span<const double> y, std::size_t period) {
  if (y.size() < 4 * period) return period;
  const std::vector<double> rest = detrended(y, period);
  const auto best_within = [&](std::size_t centre, std::size_t reach, std::size_t stride) {
    std::size_t best = centre;
    double most = agreement_of(rest, centre);
    for (std::size_t away = stride; away <= reach; away += stride) {
      for (const std::size_t other : {centre - std::min(away, centre), centre + away}) {
        if (other < kPeriodMin || other > y.size() / 2) continue;
        const double agreed = agreement_of(rest, other);
        if (agreed > most) {
          most = agreed;
          best = other;
        }
      }
    }
    return best;
  };
  const std::size_t reach = std::clamp<std::size_t>(period * period / y.size(), 1, period / 3);
  const std::size_t stride = reach / 8 + 1;
  const std::size_t coarse = best_within(period, reach, stride);
  return stride > 1 ? best_within(coarse, stride, std::max<std::size_t>(stride / 8, 1)) : coarse;
}

}  // namespace headroom::forecast
