#include "aggregator/forecast/loess.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

double cube(double value) { return value * value * value; }

}  // namespace

bool loess_at(std::span<const double> y, const Loess& loess, double at, std::size_t first,
              std::size_t last, std::span<const double> robust, double& result) {
  double reach = std::max(at - real(first), real(last) - at);
  if (loess.window > y.size()) reach += real((loess.window - y.size()) / 2);
  // Just inside and just around the centre the tricube is taken as its limits, as STL does.
  const double near = 0.001 * reach;
  const double far = 0.999 * reach;
  const double scale = reach > 0 ? 1 / reach : 0;
  const auto weight = [&](std::size_t i) {
    const double distance = std::abs(real(i) - at);
    if (distance > far) return 0.0;
    const double kernel = distance <= near ? 1 : cube(1 - cube(distance * scale));
    return robust.empty() ? kernel : kernel * robust[i];
  };
  double total = 0;
  double times = 0;
  double squares = 0;
  double values = 0;
  double products = 0;
  // Moments about `at`, in one go: a weighted line's value there follows from them.
  for (std::size_t i = first; i <= last; ++i) {
    const double w = weight(i);
    const double time = real(i) - at;
    total += w;
    times += w * time;
    squares += w * time * time;
    values += w * y[i];
    products += w * time * y[i];
  }
  if (!(total > 0)) return false;
  result = values / total;
  if (loess.degree == 0 || !(reach > 0)) return true;
  const double mean = times / total;
  const double variance = squares / total - mean * mean;
  if (std::sqrt(std::max(variance, 0.0)) <= 0.001 * real(y.size() - 1)) return true;
  result -= mean * (products / total - mean * result) / variance;
  return true;
}

void loess_all(std::span<const double> y, const Loess& loess, std::span<const double> robust,
               std::span<double> smooth) {
  const std::size_t n = y.size();
  if (n < 2) {
    std::copy(y.begin(), y.end(), smooth.begin());
    return;
  }
  const std::size_t jump = std::clamp<std::size_t>(loess.jump, 1, n - 1);
  const std::size_t window = std::min(loess.window, n);
  const std::size_t half = (window + 1) / 2;
  const auto fit = [&](std::size_t i) {
    // The window is centred but for the ends.
    const std::size_t first = std::min(i + 1 > half ? i + 1 - half : 0, n - window);
    if (!loess_at(y, loess, real(i), first, first + window - 1, robust, smooth[i])) {
      smooth[i] = y[i];
    }
  };
  const auto straight = [&](std::size_t from, std::size_t to) {
    const double slope = (smooth[to] - smooth[from]) / real(to - from);
    for (std::size_t i = from + 1; i < to; ++i) smooth[i] = smooth[from] + slope * real(i - from);
  };
  fit(0);
  std::size_t last = 0;
  for (std::size_t i = jump; i < n; i += jump) {
    fit(i);
    straight(last, i);
    last = i;
  }
  if (last != n - 1) {
    fit(n - 1);
    straight(last, n - 1);
  }
}

}  // namespace headroom::forecast
