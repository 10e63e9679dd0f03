#include "aggregator/forecast/optimise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Counts, and turns what is not defined into the worst there is.
class Counted {
 public:
  explicit Counted(const Objective& objective) : objective_(objective) {}
  double operator()(std::span<const double> at) {
    ++evaluations_;
    const double value = objective_(at);
    return std::isnan(value) ? kInfinity : value;
  }
  std::size_t evaluations() const { return evaluations_; }

 private:
  const Objective& objective_;
  std::size_t evaluations_ = 0;
};

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

Minimum nelder_mead(const Objective& objective, std::vector<double> start, double step,
                    const Search& search) {
  Counted count(objective);
  const std::size_t n = start.size();
  if (n == 0) return {start, count(start), 1};
  std::vector<std::vector<double>> corner(n + 1, start);
  std::vector<double> value(n + 1);
  for (std::size_t i = 0; i < n; ++i) corner[i + 1][i] += step;
  for (std::size_t i = 0; i <= n; ++i) value[i] = count(corner[i]);
  std::vector<double> centre(n);
  std::vector<double> trial(n);
  std::vector<double> further(n);
  const auto along = [&](std::size_t from, double share, std::vector<double>& to) {
    for (std::size_t i = 0; i < n; ++i) to[i] = centre[i] + share * (corner[from][i] - centre[i]);
    return count(to);
  };
  while (true) {
    std::size_t best = 0;
    std::size_t worst = 0;
    for (std::size_t i = 1; i <= n; ++i) {
      if (value[i] < value[best]) best = i;
      if (value[i] >= value[worst]) worst = i;
    }
    double second = -kInfinity;  // the worst but one
    for (std::size_t i = 0; i <= n; ++i) {
      if (i != worst) second = std::max(second, value[i]);
    }
    if (count.evaluations() >= search.evaluations ||
        std::abs(value[worst] - value[best]) <= search.tolerance) {
      return {corner[best], value[best], count.evaluations()};
    }
    std::fill(centre.begin(), centre.end(), 0.0);
    for (std::size_t c = 0; c <= n; ++c) {
      for (std::size_t i = 0; c != worst && i < n; ++i) centre[i] += corner[c][i] / real(n);
    }
    const double reflected = along(worst, -1, trial);
    if (reflected < value[best]) {
      const double expanded = along(worst, -2, further);
      corner[worst] = expanded < reflected ? further : trial;
      value[worst] = std::min(expanded, reflected);
      continue;
    }
    if (reflected < second) {
      corner[worst] = trial;
      value[worst] = reflected;
      continue;
    }
    const double contracted = along(worst, reflected < value[worst] ? -0.5 : 0.5, further);
    if (contracted < std::min(reflected, value[worst])) {
      corner[worst] = further;
      value[worst] = contracted;
      continue;
    }
    for (std::size_t c = 0; c <= n; ++c) {
      if (c == best) continue;
      for (std::size_t i = 0; i < n; ++i) corner[c][i] = (corner[c][i] + corner[best][i]) / 2;
      value[c] = count(corner[c]);
    }
  }
}

Minimum quasi_newton(const Objective& objective, std::vector<double> start, double step,
                     const Search& search) {
  Counted count(objective);
  const std::size_t n = start.size();
  Minimum best{start, count(start), 1};
  if (n == 0 || !std::isfinite(best.value)) return best;
  std::vector<double> probe = best.at;
  const auto gradient_at = [&](const std::vector<double>& at, std::vector<double>& gradient) {
    probe = at;
    for (std::size_t i = 0; i < n; ++i) {
      probe[i] = at[i] + step;
      const double above = count(probe);
      probe[i] = at[i] - step;
      const double below = count(probe);
      probe[i] = at[i];
      const double slope = (above - below) / (2 * step);
      gradient[i] = std::isfinite(slope) ? slope : 0;
    }
  };
  std::vector<double> gradient(n);
  std::vector<double> inverse(n * n);  // of the Hessian, approximately
  const auto forget = [&] {
    std::fill(inverse.begin(), inverse.end(), 0.0);
    const double size = std::sqrt(dot(gradient, gradient));
    for (std::size_t i = 0; i < n; ++i) inverse[i * n + i] = size > 0 ? 0.1 / size : 1;
  };
  gradient_at(best.at, gradient);
  forget();
  bool fresh = true;
  std::vector<double> direction(n);
  std::vector<double> next(n);
  std::vector<double> next_gradient(n);
  std::vector<double> moved(n);
  std::vector<double> changed(n);
  while (count.evaluations() < search.evaluations) {
    for (std::size_t i = 0; i < n; ++i) {
      direction[i] = -dot(std::span(inverse).subspan(i * n, n), gradient);
    }
    const double descent = dot(direction, gradient);
    double share = 1;
    double value = kInfinity;
    for (int halving = 0; descent < 0 && halving < 12; ++halving, share /= 3) {
      for (std::size_t i = 0; i < n; ++i) next[i] = best.at[i] + share * direction[i];
      value = count(next);
      if (value <= best.value + 1e-4 * share * descent) break;
      value = kInfinity;
    }
    const bool better = value < best.value;
    const double gain = better ? best.value - value : 0;
    if (gain <= search.tolerance) {
      if (better) best = {next, value, 0};
      // A bad approximation of the curvature may be all that is in the way.
      if (fresh) break;
      if (better) gradient_at(best.at, gradient);
      forget();
      fresh = true;
      continue;
    }
    gradient_at(next, next_gradient);
    for (std::size_t i = 0; i < n; ++i) {
      moved[i] = next[i] - best.at[i];
      changed[i] = next_gradient[i] - gradient[i];
    }
    best = {next, value, 0};
    gradient = next_gradient;
    const double curvature = dot(moved, changed);
    if (!(curvature > 1e-12 * std::sqrt(dot(moved, moved) * dot(changed, changed)))) continue;
    if (fresh) {
      const double scale = curvature / dot(changed, changed);
      std::fill(inverse.begin(), inverse.end(), 0.0);
      for (std::size_t i = 0; i < n; ++i) inverse[i * n + i] = scale;
    }
    fresh = false;
    for (std::size_t i = 0; i < n; ++i) {
      direction[i] = dot(std::span(inverse).subspan(i * n, n), changed);
    }
    const double stretch = (1 + dot(changed, direction) / curvature) / curvature;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        inverse[i * n + j] += stretch * moved[i] * moved[j] -
                              (direction[i] * moved[j] + moved[i] * direction[j]) / curvature;
      }
    }
  }
  best.evaluations = count.evaluations();
  return best;
}

double bounded(double free, double least, double most) {
  return least + (most - least) / (1 + std::exp(-std::clamp(free, -40.0, 40.0)));
}

double unbounded(double value, double least, double most) {
  const double share = std::clamp((value - least) / (most - least), 1e-9, 1 - 1e-9);
  return std::log(share / (1 - share));
}

}  // namespace headroom::forecast
