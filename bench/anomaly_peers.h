// Simple detectors to stand beside: what most monitoring does.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace headroom::bench {

// How improbable a value is under a normal distribution with the mean and standard deviation of the
// last 6400 values.
inline std::vector<double> windowed_gaussian(const std::vector<double>& values) {
  constexpr std::size_t kWindow = 6400;
  std::vector<double> scores;
  scores.reserve(values.size());
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double n = static_cast<double>(std::min(i, kWindow));
    double score = 0;
    if (n >= 2) {
      const double mean = sum / n;
      const double deviation = std::sqrt(std::max(1e-12, squares / n - mean * mean));
      score = std::erf(std::abs(values[i] - mean) / deviation / std::sqrt(2.0));
    }
    scores.push_back(score);
    sum += values[i];
    squares += values[i] * values[i];
    if (i < kWindow) continue;
    sum -= values[i - kWindow];
    squares -= values[i - kWindow] * values[i - kWindow];
  }
  return scores;
}

// A limit set once, from the first `known` values: how far a value lies beyond their range.
inline std::vector<double> static_limit(const std::vector<double>& values, std::size_t known) {
  known = std::clamp<std::size_t>(known, 1, std::max<std::size_t>(values.size(), 1));
  std::vector<double> scores(values.size(), 0);
  if (values.empty()) return scores;
  const auto end = values.begin() + static_cast<std::ptrdiff_t>(known);
  const auto [least, most] = std::minmax_element(values.begin(), end);
  const double width = std::max(*most - *least, 1e-12);
  for (std::size_t i = known; i < values.size(); ++i) {
    const double beyond = std::max({0.0, values[i] - *most, *least - values[i]}) / width;
    scores[i] = beyond / (1 + beyond);
  }
  return scores;
}

}  // namespace headroom::bench
