#include "aggregator/forecast/change_points.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "aggregator/forecast/pelt.h"
#include "aggregator/forecast/prepare.h"
#include "aggregator/forecast/profile.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/season_test.h"
#include "aggregator/forecast/segment_costs.h"

namespace headroom::forecast {
namespace {

constexpr double kLevelPenalty =
    2.5;  // times ln n: a position and a level, and some more for safety
constexpr double kLinePenalty = 3.5;  // a slope too
constexpr double kMostCorrelated = 0.99;
// By how much the sum of absolute deviations of normal noise falls for every unit that the sum of
// squares falls in its variance: sqrt(2π) / 4 standard deviations.
constexpr double kAbsoluteUnit = 0.6266570686577501;
constexpr std::size_t kCleanReach = 4;  // values on either side of the running median
constexpr double kCleanSpreads = 4;
constexpr int kRounds = 5;
constexpr double kSettled = 0.02;  // change of the correlation

struct Blocks {
  std::vector<double> medians;     // of those that are known
  std::vector<std::size_t> begin;  // the first value of each
  std::size_t length = 1;
};

Blocks blocks_of(std::span<const double> values, std::size_t block) {
  Blocks blocks;
  const std::size_t wanted = values.size() / block;
  blocks.length =
      block * std::max<std::size_t>((wanted + kChangeBlocksMost - 1) / kChangeBlocksMost, 1);
  const std::size_t count = values.size() / blocks.length;
  const std::size_t skipped = values.size() - count * blocks.length;
  std::vector<double> members;
  for (std::size_t b = 0; b < count; ++b) {
    const std::size_t begin = skipped + b * blocks.length;
    members.clear();
    for (const double value : values.subspan(begin, blocks.length)) {
      if (std::isfinite(value)) members.push_back(value);
    }
    if (members.empty()) continue;
    blocks.medians.push_back(median_inplace(members));
    blocks.begin.push_back(begin);
  }
  return blocks;
}

// Normal noise in which each value follows the one before it with this correlation.
struct Noise {
  double step = 0;         // standard deviation of the differences from value to value
  double correlation = 0;  // 0 … kMostCorrelated
  double deviation() const { return step / std::sqrt(2 * (1 - correlation)); }
  // Of the variance of sums, against independent values.
  double inflation() const { return (1 + correlation) / (1 - correlation); }
};

std::vector<double> differences(std::span<const double> y, std::size_t lag) {
  std::vector<double> result(y.size() - lag);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = y[i + lag] - y[i];
  return result;
}

// Half of the absolute differences are smaller; 0 where half of the differences are.
double middle_size(std::vector<double> values) {
  for (double& value : values) value = std::abs(value);
  return 1.4826 * median_inplace(values);
}

Noise noise_of(std::span<const double> y) {
  const double one = middle_size(differences(y, 1));
  const double two = middle_size(differences(y, 2));
  // Where most values equal the one before, there is no telling what wanders.
  if (!(one > 0)) return {spread(differences(y, 1), 0), 0};
  return {one, std::clamp(two * two / (one * one) - 1, 0.0, kMostCorrelated)};
}

std::vector<double> cleaned(const std::vector<double>& y, double deviation) {
  std::vector<double> result = y;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t begin = i - std::min(i, kCleanReach);
    const std::size_t end = std::min(i + kCleanReach + 1, y.size());
    const double middle = median(std::span(y).subspan(begin, end - begin));
    result[i] =
        std::clamp(y[i], middle - kCleanSpreads * deviation, middle + kCleanSpreads * deviation);
  }
  return result;
}

struct Segmentation {
  std::vector<std::size_t> changes;   // in blocks
  std::vector<LineCost::Line> lines;  // one per segment
  double score = 0;                   // the lower, the better
};

std::vector<double> rest_of(const std::vector<double>& y, const Segmentation& fit) {
  std::vector<double> rest(y.size());
  for (std::size_t i = 0, segment = 0, begin = 0; i < y.size(); ++i) {
    if (segment < fit.changes.size() && i == fit.changes[segment]) begin = fit.changes[segment++];
    const LineCost::Line& line = fit.lines[segment];
    rest[i] = y[i] - line.first - line.slope * real(i - begin);
  }
  return rest;
}

// The sum of absolute deviations from the segments' lines, in the unit in which a parameter that
// describes nothing but noise is worth 1, and the penalties.
double score_of(const std::vector<double>& y, const Segmentation& fit, double unit,
                double penalties) {
  double sum = 0;
  for (const double value : rest_of(y, fit)) sum += std::abs(value);
  return sum / unit + penalties;
}

// Autocorrelation of what the segments leave. They follow wandering where they can, which lowers it
// by about (1 + 4 r) / n each (Kendall 1954).
double correlation_left(const std::vector<double>& y, const Segmentation& fit, double deviation) {
  std::vector<double> rest = rest_of(y, fit);
  double square = 0;
  double product = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    rest[i] = std::clamp(rest[i], -kCleanSpreads * deviation, kCleanSpreads * deviation);
    square += rest[i] * rest[i];
    if (i > 0) product += rest[i] * rest[i - 1];
  }
  if (!(square > 0)) return 0;
  const double n = real(y.size());
  const double segments = real(fit.lines.size());
  if (n <= 5 * segments) return kMostCorrelated;
  const double r = (n * product / square + segments) / (n - 4 * segments);
  return std::clamp(r, 0.0, kMostCorrelated);
}

template <typename Describe>
void add_lines(Segmentation& fit, std::size_t n, Describe describe) {
  for (std::size_t s = 0; s <= fit.changes.size(); ++s) {
    const std::size_t begin = s == 0 ? 0 : fit.changes[s - 1];
    const std::size_t end = s == fit.changes.size() ? n : fit.changes[s];
    fit.lines.push_back(describe(begin, end));
  }
}

template <typename Cost>
std::vector<std::size_t> few_changes(const Cost& cost, std::size_t n, double penalty) {
  for (;; penalty *= 2) {
    std::vector<std::size_t> changes = pelt(cost, n, penalty, kSegmentBlocksMin);
    if (changes.size() <= kChangePointsMost) return changes;
  }
}

Segmentation best_of(const std::vector<double>& y, const Noise& noise) {
  const std::size_t n = y.size();
  const double log_n = std::log(real(n));
  const double unit = kAbsoluteUnit * noise.deviation() * noise.inflation();
  Segmentation levels;
  const MedianCost by_median(y);
  levels.changes = few_changes(by_median, n, kLevelPenalty * log_n * unit);
  add_lines(levels, n, [&](std::size_t begin, std::size_t end) {
    return LineCost::Line{by_median.median(begin, end), 0};
  });
  levels.score = score_of(y, levels, unit, kLevelPenalty * log_n * real(levels.changes.size()));

  Segmentation lines;
  const LineCost by_line(cleaned(y, noise.deviation()));
  const double square_unit = noise.deviation() * noise.deviation() * noise.inflation();
  lines.changes = few_changes(by_line, n, kLinePenalty * log_n * square_unit);
  add_lines(lines, n, [&](std::size_t begin, std::size_t end) { return by_line.line(begin, end); });
  lines.score = score_of(y, lines, unit, log_n * (1 + kLinePenalty * real(lines.changes.size())));
  return lines.score < levels.score ? lines : levels;
}

// Within the blocks on either side, where the values go over from one level to the other.
std::size_t refined(std::span<const double> values, const Blocks& blocks, std::size_t change,
                    double before, double after) {
  const std::size_t begin = blocks.begin[change - 1];
  const std::size_t end = blocks.begin[change] + blocks.length;
  double gain = 0;
  double most = -std::numeric_limits<double>::infinity();
  std::size_t at = blocks.begin[change];
  for (std::size_t i = begin; i < end; ++i) {
    if (gain > most) {
      most = gain;
      at = i;
    }
    if (!std::isfinite(values[i])) continue;
    gain += std::abs(values[i] - after) - std::abs(values[i] - before);
  }
  return at;
}

// Of values that are at most 1 in size.
std::vector<ChangePoint> changes_of(std::span<const double> values, std::size_t block) {
  std::vector<ChangePoint> found;
  if (block == 0) return found;
  const Blocks blocks = blocks_of(values, block);
  const std::vector<double>& y = blocks.medians;
  if (y.size() < 2 * kSegmentBlocksMin) return found;
  Noise noise = noise_of(y);
  if (!(noise.step > 0)) return found;
  Segmentation best = best_of(y, noise);
  // Differences of few values tell little of their correlation; what the segments leave tells more.
  for (int round = 0; round < kRounds && !best.changes.empty(); ++round) {
    const double left = correlation_left(y, best, noise.deviation());
    if (left < noise.correlation + kSettled) break;
    noise.correlation = left;
    best = best_of(y, noise);
  }
  const double per_value = 1 / real(blocks.length);
  for (std::size_t c = 0; c < best.changes.size(); ++c) {
    const std::size_t change = best.changes[c];
    const std::size_t begin = c == 0 ? 0 : best.changes[c - 1];
    const std::size_t end = c + 1 == best.changes.size() ? y.size() : best.changes[c + 1];
    const LineCost::Line& left = best.lines[c];
    const LineCost::Line& right = best.lines[c + 1];
    ChangePoint point;
    point.before = left.first + left.slope * (real(change - begin) - 0.5);
    point.after = right.first - right.slope * 0.5;
    point.slope_before = left.slope * per_value;
    point.slope_after = right.slope * per_value;
    // What the turn makes of half the shorter side, against the jump.
    const double turn =
        std::abs(right.slope - left.slope) * real(std::min(change - begin, end - change)) / 2;
    point.kind = turn > std::abs(point.jump()) ? ChangeKind::kTrend : ChangeKind::kLevel;
    point.at = point.kind == ChangeKind::kLevel && blocks.length > 1
                   ? refined(values, blocks, change, point.before, point.after)
                   : blocks.begin[change];
    found.push_back(point);
  }
  return found;
}

std::vector<double> seasons_taken_out(std::span<const double> values,
                                      std::span<const std::size_t> periods) {
  std::vector<double> result(values.begin(), values.end());
  const auto unknown = [](double value) { return !std::isfinite(value); };
  const auto first = std::find_if_not(result.begin(), result.end(), unknown);
  if (first == result.end()) {
    std::fill(result.begin(), result.end(), std::numeric_limits<double>::quiet_NaN());
    return result;
  }
  const auto last = std::find_if_not(result.rbegin(), result.rend(), unknown).base();
  std::vector<double> known(first, last);
  for (double& value : known) {
    if (unknown(value)) value = std::numeric_limits<double>::quiet_NaN();
  }
  fill_gaps(known, periods);
  damp_spikes(known, periods.empty() ? 0 : periods.front());
  // A trend or a jump would pose as what weeks differ by.
  const std::size_t longest =
      periods.empty() ? 0 : *std::max_element(periods.begin(), periods.end());
  if (longest > 0 && longest < known.size()) known = detrended(known, longest);
  const Profile profile(known, periods);
  for (double& value : result) {
    if (unknown(value)) value = std::numeric_limits<double>::quiet_NaN();
  }
  for (auto it = first; it != last; ++it) {
    *it -= profile.at(static_cast<std::size_t>(it - first));
  }
  return result;
}

}  // namespace

std::vector<ChangePoint> find_change_points(std::span<const double> values, std::size_t block) {
  const int exponent = exponent_of(values);
  std::vector<ChangePoint> found = changes_of(scaled(values, -exponent), block);
  for (ChangePoint& point : found) {
    for (double* number : {&point.before, &point.after, &point.slope_before, &point.slope_after}) {
      *number = scaled_within(*number, exponent);
    }
  }
  return found;
}

std::vector<double> without_seasons(std::span<const double> values,
                                    std::span<const std::size_t> periods) {
  const int exponent = exponent_of(values);
  std::vector<double> rest = seasons_taken_out(scaled(values, -exponent), periods);
  for (double& value : rest) value = scaled_within(value, exponent);
  return rest;
}

}  // namespace headroom::forecast
