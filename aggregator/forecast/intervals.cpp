#include "aggregator/forecast/intervals.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kScaleSeasons = 28;  // newest ones that the phase scales look at
constexpr double kScalePower = 0.8;
constexpr double kScaleLeast = 0.1;
constexpr double kTailErrors = 5;          // effective errors that a tail is fitted to
constexpr double kGrowthPrior = 8;         // errors' worth of belief in no growth
constexpr double kBeyondLeast = 0.1;       // power of growth past the longest step seen
constexpr double kBeyondMost = 0.5;        // that of a random walk, also where too few steps were seen

std::size_t bucket_of(std::size_t step) {
  std::size_t bucket = 0;
  while (step >>= 1) ++bucket;
  return bucket;
}

// Pool adjacent violators: the non-decreasing sequence nearest to `values` in weighted squares.
std::vector<double> isotonic(const std::vector<double>& values, const std::vector<double>& weights) {
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

// Errors from one origin share their level's error, so they are worth fewer independent ones: by how much shows in how
// far the origins' means scatter.
double effective_count(const std::vector<std::vector<double>>& errors, double reach) {
  double sum = 0;
  double squares = 0;
  double mean_squares = 0;
  std::size_t count = 0;
  std::size_t used = 0;
  for (const auto& of_origin : errors) {
    double own = 0;
    std::size_t known = 0;
    for (const double error : of_origin) {
      if (std::isnan(error)) continue;
      own += error;
      squares += error * error;
      ++known;
    }
    if (known == 0) continue;
    sum += own;
    count += known;
    mean_squares += own * own / real(known) / real(known);
    ++used;
  }
  if (count == 0) return 0;
  const double per_origin = real(count) / real(used);
  const double windows = std::clamp(reach, 1.0, real(used));
  const double scatter = mean_squares / real(used);
  const double square = squares / real(count);
  const double worth = scatter > 0 ? std::clamp(square / scatter, 1.0, per_origin) : per_origin;
  return windows * worth;
}

// Bound that a fresh error passes with probability `tail`. `size(i)`: i-th largest first. Above the threshold that about
// kTailErrors effective errors pass, the excess is taken as exponential, with the predictive distribution for a mean
// estimated from k of them: P(excess > c × mean) = (1 + c / k)^-k.
double tail_bound(std::span<const double> ascending, double tail, double effective) {
  const double threshold_tail = std::min(0.5, std::max(tail, kTailErrors / effective));
  const double threshold = quantile_sorted(ascending, 1 - threshold_tail);
  if (threshold_tail <= tail) return threshold;
  double excess = 0;
  std::size_t above = 0;
  for (std::size_t i = ascending.size(); i-- > 0 && ascending[i] > threshold; ++above) {
    excess += ascending[i] - threshold;
  }
  if (above == 0) return threshold;
  excess /= real(above);
  const double k = std::max(threshold_tail * effective, 1.0);
  return threshold + excess * k * (std::pow(threshold_tail / tail, 1 / k) - 1);
}

}  // namespace

std::vector<double> phase_scales(std::span<const double> truth, std::size_t season) {
  if (season == 0 || truth.size() < 3 * season) return {1.0};
  const std::size_t first = truth.size() - std::min(truth.size() - season, kScaleSeasons * season);
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
  const std::size_t reach = season / 48 + 1;  // phases on either side that smooth
  double average = 0;
  for (std::size_t phase = 0; phase < season; ++phase) {
    // Four changes' worth of belief in no difference between phases.
    double sum = 4 * mean;
    double count = 4;
    for (std::size_t j = 0; j <= 2 * reach; ++j) {
      const std::size_t at = (phase + season + j - std::min(reach, season)) % season;
      sum += sums[at];
      count += counts[at];
    }
    scales[phase] = std::max(kScaleLeast, std::pow(sum / count / mean, kScalePower));
    average += scales[phase] / real(season);
  }
  for (double& scale : scales) scale /= average;
  return scales;
}

Intervals::Intervals(const std::vector<std::vector<double>>& errors,
                     std::span<const std::size_t> origins, std::vector<double> scales, double floor)
    : scales_(std::move(scales)), floor_(floor), origins_(origins.begin(), origins.end()) {
  HEADROOM_ASSERT(errors.size() == origins.size() && !errors.empty() && !scales_.empty());
  for (const auto& of_origin : errors) steps_ = std::max(steps_, of_origin.size());
  HEADROOM_ASSERT(steps_ > 0);
  std::vector<std::vector<double>> scaled = errors;
  std::vector<double> sizes(bucket_of(steps_) + 1, 0.0);
  std::vector<double> counts(sizes.size(), 0.0);
  double total = 0;
  double known = 0;
  for (std::size_t o = 0; o < scaled.size(); ++o) {
    for (std::size_t h = 0; h < scaled[o].size(); ++h) {
      double& error = scaled[o][h];
      error /= phase_scale(origins[o] + h);
      if (std::isnan(error)) continue;
      sizes[bucket_of(h + 1)] += std::abs(error);
      counts[bucket_of(h + 1)] += 1;
      total += std::abs(error);
      known += 1;
    }
  }
  if (total > 0) {
    for (std::size_t b = 0; b < sizes.size(); ++b) {
      sizes[b] = (sizes[b] + kGrowthPrior * total / known) / (counts[b] + kGrowthPrior) / (total / known);
      counts[b] += kGrowthPrior;
    }
    growth_ = isotonic(sizes, counts);
  } else {
    growth_.assign(sizes.size(), 1.0);
  }
  beyond_ = kBeyondMost;
  if (growth_.size() >= 3) {
    const double octaves = std::log2(growth_.back() / growth_[growth_.size() - 3]) / 2;
    beyond_ = std::clamp(octaves, kBeyondLeast, kBeyondMost);
  }
  for (std::size_t o = 0; o < scaled.size(); ++o) {
    for (std::size_t h = 0; h < scaled[o].size(); ++h) {
      double& error = scaled[o][h];
      error /= growth(h + 1);
      if (!std::isnan(error)) errors_.push_back({error, o});
    }
  }
  std::sort(errors_.begin(), errors_.end(), [](const Normalised& a, const Normalised& b) {
    return a.error != b.error ? a.error < b.error : a.origin < b.origin;
  });
  const double reach = real(origins.back() + steps_ - origins.front()) / real(steps_);
  effective_ = effective_count(scaled, reach);
}

double Intervals::growth(std::size_t step) const {
  const double within = std::min(real(step), real(steps_));
  // A bucket stands for its middle, 1.5 times its first step.
  const double place = std::max(0.0, std::log2(within / 1.5));
  const auto below = std::min(static_cast<std::size_t>(place), growth_.size() - 1);
  const std::size_t above = std::min(below + 1, growth_.size() - 1);
  const double seen = growth_[below] + (place - real(below)) * (growth_[above] - growth_[below]);
  return seen * (step > steps_ ? std::pow(real(step) / real(steps_), beyond_) : 1.0);
}

// Bounds from all errors but those whose windows share time with that of `origin`; from all where none is left.
ErrorBounds Intervals::bounds_without(std::size_t origin, double tail) const {
  std::vector<double> above;
  for (const Normalised& item : errors_) {
    const std::size_t a = origin < origins_.size() ? origins_[origin] : 0;
    const std::size_t b = origins_[item.origin];
    const bool shares = origin < origins_.size() && (a > b ? a - b : b - a) < steps_;
    if (!shares) above.push_back(item.error);
  }
  if (above.empty()) return bounds_without(origins_.size(), tail);
  std::vector<double> below(above.rbegin(), above.rend());
  for (double& error : below) error = -error;
  const double effective = std::max(1.0, effective_ * real(above.size()) / real(errors_.size()));
  return {-std::max(0.0, tail_bound(below, tail, effective)),
          std::max(0.0, tail_bound(above, tail, effective))};
}

double Intervals::stretch(double level) const {
  std::vector<ErrorBounds> without;
  for (std::size_t o = 0; o < origins_.size(); ++o) without.push_back(bounds_without(o, (1 - level) / 2));
  std::vector<double> ratios;
  for (const Normalised& item : errors_) {
    const double bound = item.error < 0 ? without[item.origin].lower : without[item.origin].upper;
    ratios.push_back(item.error == 0 ? 0 : bound == 0 ? 2 : std::min(item.error / bound, 10.0));
  }
  std::sort(ratios.begin(), ratios.end());
  return std::max(1.0, quantile_sorted(ratios, level));
}

ErrorBounds Intervals::unit(double level) const {
  const ErrorBounds bounds = bounds_without(origins_.size(), (1 - level) / 2);
  const double wider = stretch(level);
  return {bounds.lower * wider, bounds.upper * wider};
}

ErrorBounds Intervals::at(std::size_t index, std::size_t step, const ErrorBounds& unit) const {
  const double size = phase_scale(index) * growth(step);
  return {std::min(-floor_, unit.lower * size), std::max(floor_, unit.upper * size)};
}

RandomWalkBounds::RandomWalkBounds(std::span<const double> truth, double floor) : one_step_(floor) {
  double sum = 0;
  std::size_t pairs = 0;
  double last = std::nan("");
  for (const double value : truth) {
    if (std::isnan(value)) continue;
    if (!std::isnan(last)) {
      sum += std::abs(value - last);
      ++pairs;
    }
    last = value;
  }
  // The mean absolute value of a normal variable is 0.7979 of its standard deviation.
  if (pairs > 0) one_step_ = std::max(floor, 1.2533 * sum / real(pairs));
}

ErrorBounds RandomWalkBounds::at(std::size_t step, double level) const {
  const double half = one_step_ * std::sqrt(real(step)) * normal_quantile((1 + level) / 2);
  return {-half, half};
}

double normal_quantile(double p) {
  HEADROOM_ASSERT(p > 0 && p < 1);
  double low = -40;
  double high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::sqrt(2.0)) / 2 < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace headroom::forecast
