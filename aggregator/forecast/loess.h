// Local regression on an even grid: Cleveland 1979, as STL needs it.
#pragma once

#include <cstddef>
#include <span>

namespace headroom::forecast {

struct Loess {
  std::size_t window = 7;  // values that weigh in, odd; more than there are widens the kernel
  int degree = 1;          // 0 = local level, 1 = local line
  // Fitted at every jump-th point, straight in between.
  std::size_t jump = 1;
};

// One fit at place `at`, counted from 0 and perhaps outside the values, from those in [first,
// last]. `robust` weighs the values, one each, or is empty. False where all weights are 0.
bool loess_at(std::span<const double> y, const Loess& loess, double at, std::size_t first,
              std::size_t last, std::span<const double> robust, double& result);

// All of them; `smooth` is as long as `y` and does not overlap it.
void loess_all(std::span<const double> y, const Loess& loess, std::span<const double> robust,
               std::span<double> smooth);

}  // namespace headroom::forecast
