// How errors grow with the distance they are made at.
#pragma once

#include <cstddef>
#include <vector>

namespace headroom::forecast {

// Size of the errors at a step against their mean size; it never falls with the step.
class Growth {
 public:
  // No growth.
  Growth() = default;

  // `errors[origin][step - 1]`, NaN where unknown. The mean sizes over steps 1, 2–3, 4–7, 8–15 …
  // are made non-decreasing by pooling neighbours (Ayer et al. 1955) and drawn towards their common
  // mean where few errors are known. Past the longest step seen the growth goes on with the power
  // it last had, between 0.1 and 0.5, the latter being that of a random walk.
  explicit Growth(const std::vector<std::vector<double>>& errors);

  // `step` >= 1.
  double at(std::size_t step) const;

 private:
  std::vector<double> sizes_{1.0};  // by octave of steps
  std::size_t steps_ = 1;           // longest step seen
  double beyond_ = 0;
};

}  // namespace headroom::forecast
