// Minimisers for a handful of parameters, as the likelihoods of classic forecasting models need
// them. Deterministic; no derivatives are asked for.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace headroom::forecast {

// What is minimised. May return infinity or NaN where it is not defined; such points are avoided.
using Objective = std::function<double(std::span<const double>)>;

struct Minimum {
  std::vector<double> at;
  double value = 0;  // the objective there
  std::size_t evaluations = 0;
};

struct Search {
  std::size_t evaluations = 200;  // about as many at most
  double tolerance = 1e-6;        // ends where the objective differs by less than this
};

// The simplex method of Nelder & Mead (1965): sturdy for up to five or so parameters, whatever
// the shape. `step` is the size of the first simplex. The objective must be finite at `start`.
Minimum nelder_mead(const Objective& objective, std::vector<double> start, double step,
                    const Search& search);

// Quasi-Newton steps after Broyden, Fletcher, Goldfarb & Shanno (1970; Nocedal & Wright 2006,
// ch. 6) with central differences of width `step` and a backtracking line search: for smooth
// objectives of up to some dozens of parameters, all of about the same scale.
Minimum quasi_newton(const Objective& objective, std::vector<double> start, double step,
                     const Search& search);

// From the real line to (least, most) and back, so that a bounded parameter may be searched freely.
double bounded(double free, double least, double most);
double unbounded(double value, double least, double most);

}  // namespace headroom::forecast
