#include "bench/nab_score.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace headroom::bench {
namespace {

constexpr double kFalsePositive = 0.11;
constexpr double kMissed = 1;
constexpr double kProbationShare = 0.15;
constexpr double kProbationMost = 0.15 * 5000;
constexpr double kFarBehind = 3;  // window lengths

// 1 long before the position 0, 0 there, -1 long after.
double reward(double position) {
  return position > kFarBehind ? -1 : 2 / (1 + std::exp(5 * position)) - 1;
}

struct Scored {
  double score = 0;
  double gain = 0;
  std::optional<std::size_t> window;  // numbered over all series
};

void add_points(const LabelledSeries& series, const std::vector<double>& scores,
                std::size_t first_window, std::vector<Scored>& all) {
  std::size_t next = 0;
  const auto& windows = series.windows;
  const auto position = [](std::size_t i) { return static_cast<double>(i); };
  for (std::size_t i = 0; i < scores.size(); ++i) {
    while (next < windows.size() && i > windows[next].second) ++next;
    Scored point{scores[i], -kFalsePositive, std::nullopt};
    if (next < windows.size() && i >= windows[next].first) {
      const double length = position(windows[next].second - windows[next].first + 1);
      const double to_end = position(windows[next].second - i + 1);
      point.gain = reward(-to_end / length) / reward(-1);
      point.window = first_window + next;
    } else if (next > 0) {
      const auto [begin, end] = windows[next - 1];
      point.gain = kFalsePositive * reward(position(i - end) / position(end - begin));
    }
    if (i >= series.probation()) all.push_back(point);
  }
}

}  // namespace

std::size_t LabelledSeries::probation() const {
  const double share = std::floor(kProbationShare * static_cast<double>(values.size()));
  return static_cast<std::size_t>(std::min(share, kProbationMost));
}

bool LabelledSeries::inside(std::size_t point) const {
  return std::any_of(windows.begin(), windows.end(), [&](const auto& window) {
    return point >= window.first && point <= window.second;
  });
}

NabScore nab_score(const std::vector<LabelledSeries>& series,
                   const std::vector<std::vector<double>>& scores) {
  std::vector<Scored> points;
  std::size_t window = 0;
  for (std::size_t i = 0; i < series.size(); ++i) {
    add_points(series[i], scores[i], window, points);
    window += series[i].windows.size();
  }
  // Best gain of each window so far; only windows behind the probation count.
  std::map<std::size_t, double> gained;
  for (const Scored& point : points)
    if (point.window) gained[*point.window] = -kMissed;
  const double count = static_cast<double>(gained.size());
  std::stable_sort(points.begin(), points.end(),
                   [](const Scored& a, const Scored& b) { return a.score > b.score; });
  double gain = -kMissed * count;
  NabScore best{gain, 1.1, gained.size()};
  for (std::size_t i = 0; i < points.size();) {
    const double level = points[i].score;
    for (; i < points.size() && points[i].score == level; ++i) {
      if (!points[i].window) {
        gain += points[i].gain;
        continue;
      }
      double& of_window = gained[*points[i].window];
      gain += std::max(0.0, points[i].gain - of_window);
      of_window = std::max(of_window, points[i].gain);
    }
    if (gain > best.score) best = {gain, level, gained.size()};
  }
  best.score = count > 0 ? 100 * (best.score + kMissed * count) / (2 * count) : 0;
  return best;
}

}  // namespace headroom::bench
