#include "aggregator/forecast/line.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr double kHuber = 1.345;  // 95 % efficiency under normal errors
constexpr int kRounds = 30;
constexpr double kStill = 1e-6;

void residuals_of(std::span<const double> y, const Line& line, std::span<double> residuals) {
  for (std::size_t i = 0, phase = 0; i < y.size(); ++i) {
    residuals[i] = y[i] - line.by_phase[phase] - line.slope * real(i);
    if (++phase == line.by_phase.size()) phase = 0;
  }
}

}  // namespace

Line fit_line(std::span<const double> y, std::size_t period, std::span<const double> weights) {
  HEADROOM_ASSERT(period >= 1 && y.size() >= period);
  const double middle = real(y.size() - 1) / 2;  // times are centred, for the sake of precision
  std::vector<double> weight(period, 0.0);
  std::vector<double> time(period, 0.0);
  std::vector<double> level(period, 0.0);
  const auto weight_of = [&](std::size_t i) { return weights.empty() ? 1.0 : weights[i]; };
  for (std::size_t i = 0, phase = 0; i < y.size(); ++i) {
    const double w = weight_of(i);
    weight[phase] += w;
    time[phase] += w * (real(i) - middle);
    level[phase] += w * y[i];
    if (++phase == period) phase = 0;
  }
  for (std::size_t phase = 0; phase < period; ++phase) {
    if (!(weight[phase] > 0)) continue;
    time[phase] /= weight[phase];
    level[phase] /= weight[phase];
  }
  double square = 0;
  double product = 0;
  for (std::size_t i = 0, phase = 0; i < y.size(); ++i) {
    const double t = real(i) - middle - time[phase];
    square += weight_of(i) * t * t;
    product += weight_of(i) * t * (y[i] - level[phase]);
    if (++phase == period) phase = 0;
  }
  Line line{.slope = square > 0 ? product / square : 0, .by_phase = std::move(level)};
  for (std::size_t phase = 0; phase < period; ++phase) {
    line.by_phase[phase] -= line.slope * (time[phase] + middle);
  }
  return line;
}

Line fit_huber_line(std::span<const double> y, std::size_t period) {
  Line line = fit_line(y, period);
  std::vector<double> residuals(y.size());
  std::vector<double> sizes(y.size());
  std::vector<double> weights(y.size());
  residuals_of(y, line, residuals);
  std::vector<double> before(y.size());
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < y.size(); ++i) sizes[i] = std::abs(residuals[i]);
    const double scale = median_inplace(sizes) / 0.6745;
    // More than half of the values lie on the line: nothing is left to improve.
    if (!(scale > 1e-14)) break;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const double size = std::abs(residuals[i]);
      weights[i] = size <= kHuber * scale ? 1 : kHuber * scale / size;
    }
    line = fit_line(y, period, weights);
    before.swap(residuals);
    residuals_of(y, line, residuals);
    double moved = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      moved = std::max(moved, std::abs(residuals[i] - before[i]));
    }
    if (moved <= kStill * scale) break;
  }
  return line;
}

}  // namespace headroom::forecast
