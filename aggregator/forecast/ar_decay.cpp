#include "aggregator/forecast/ar_decay.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kPointsMin = 10;
constexpr std::size_t kLongLag = 4;
constexpr double kPhiMax = 0.999;

// Steady-state gain of the Kalman filter for state noise q and observation noise r, state decay
// phi.
double steady_gain(double phi, double q, double r) {
  // Predicted variance p solves p = phi² p r / (p + r) + q.
  const double b = r * (1 - phi * phi) - q;
  const double p = (-b + std::sqrt(b * b + 4 * q * r)) / 2;
  return p + r > 0 ? p / (p + r) : 1;
}

}  // namespace

double ArDecay::at(std::size_t step) const { return state * std::pow(phi, real(step)); }

ArDecay fit_ar_decay(std::span<const double> rest) {
  ArDecay fit;
  if (rest.size() < kPointsMin) return fit;
  const double limit = 5 * spread(rest, 0);
  std::vector<double> u(rest.begin(), rest.end());
  for (double& value : u) value = std::clamp(value, -limit, limit);
  const auto product = [&](std::size_t lag) {
    double sum = 0;
    for (std::size_t i = lag; i < u.size(); ++i) sum += u[i] * u[i - lag];
    return sum / real(u.size() - lag);
  };
  const double variance = product(0);
  if (!(variance > 0)) return fit;
  const double near = product(1) / variance;
  const double far = product(1 + kLongLag) / variance;
  if (near <= 0) return fit;
  fit.phi = far > 0 ? std::pow(std::min(far / near, 1.0), 1.0 / real(kLongLag)) : near;
  // Noise cannot make up for more than all of the variance.
  fit.phi = std::clamp(fit.phi, std::min(near, kPhiMax), kPhiMax);
  fit.share = std::min(near / fit.phi, 1.0);
  const double state_noise = fit.share * (1 - fit.phi * fit.phi);
  const double gain = steady_gain(fit.phi, state_noise, 1 - fit.share);
  for (const double value : u) {
    const double expected = fit.phi * fit.state;
    fit.state = expected + gain * (value - expected);
  }
  return fit;
}

}  // namespace headroom::forecast
