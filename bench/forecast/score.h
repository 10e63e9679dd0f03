// The measures of the M4 competition (Makridakis, Spiliotis & Assimakopoulos 2020), and the error
// against the seasonal naive's.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headroom::bench {

struct Scored {
  std::vector<double> mean, lower, upper;  // one per step of the truth
};

// Of one series.
struct SeriesScore {
  double smape = 0, mase = 0, smape_naive2 = 0, mase_naive2 = 0;
  double relsn =
      -1;  // MAE / MAE of the seasonal naive, in [0.01, 100]; -1 where that one is never wrong
  double msis = 0, coverage = 0;
  bool scaled = false;  // false: the history repeats itself exactly, so nothing can be scaled by it
};

// `known`: the history without unknown values; `season` of its seasonal naive.
SeriesScore score(std::span<const double> known, std::span<const double> truth, std::size_t season,
                  const Scored& forecast, double level);

// Of a set: relsn is a geometric mean, the others are means, OWA compares means with Naive2's.
struct SetScore {
  std::size_t series = 0;
  double relsn = 0, smape = 0, mase = 0, owa = 0, msis = 0, coverage = 0;
};
SetScore summarise(std::span<const SeriesScore> scores);

}  // namespace headroom::bench
