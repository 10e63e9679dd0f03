// Maximum a posteriori fit of an additive model: a linear combination of columns, normal or Laplace
// priors on their coefficients and noise with Huber's least favourable density (Huber 1964), so
// that a burst pulls with the force of a step of kHuberKnee deviations and no more.
//
//   J(b, s) = sum_i rho(r_i / s) + n log s + s² / (2 kNoisePrior²)
//             + sum_normal b_j² / (2 scale_j²) + sum_laplace |b_j| / scale_j,   r = y - X b
//
// rho(u) = u² / 2 up to the knee and linear beyond. Each step lowers J: a majoriser with unit
// curvature replaces y by winsorised pseudo-values, so X'X is formed once; the normal coefficients
// are eliminated by a Schur complement and what is left is a small lasso, solved by coordinate
// descent (Friedman et al. 2010) and made exact on its active set; the deviation has a closed form.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

enum class Prior { kNormal, kLaplace };

struct Column {
  std::vector<double> values;  // one per observation
  Prior prior = Prior::kNormal;
  double scale = 1;  // > 0; of the prior
};

struct MapFit {
  std::vector<double> coefficients;  // one per column
  double sigma = 0;
  double objective = 0;  // J at the end
  std::size_t iterations = 0;
};

inline constexpr double kHuberKnee = 1.345;  // 95 % efficient under normal noise
inline constexpr double kNoisePrior = 0.5;   // of the deviation, half-normal
inline constexpr double kSigmaMin = 1e-6;    // or an exact fit would send J to minus infinity
inline constexpr std::size_t kMapIterations = 200;

// `y` finite, about 1 in size or below; every column as long as `y`. Stops when a step lowers J by
// less than `tolerance` per observation. Deterministic. Empty coefficients where the normal
// equations cannot be solved.
MapFit fit_map(std::span<const Column> columns, std::span<const double> y, double tolerance);

// J of given coefficients, for tests and comparisons.
double map_objective(std::span<const Column> columns, std::span<const double> y,
                     std::span<const double> coefficients, double sigma);

}  // namespace headroom::forecast
