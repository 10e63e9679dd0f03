// Which model, or which blend of them, forecasts this series.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "aggregator/forecast/backtest.h"

namespace headroom::forecast {

// Forecast::model of a blend.
inline constexpr const char* kBlend = "weighted_median";

struct Choice {
  struct Member {
    const Model* model = nullptr;
    double weight = 0;   // of the blend; they sum to 1
    double error = 0;    // mean over origins of MAE / scale, as in MASE (Hyndman & Koehler 2006)
  };
  std::string model;                       // a member's name, or kBlend
  std::vector<Member> members;             // all that were judged
  std::size_t best = 0;                    // the member with the smallest error; the chosen one unless blended
  bool blended = false;
  double error = 0;                        // of the chosen, in the same measure
  std::vector<std::vector<double>> paths;  // of the chosen, per origin
};

// The blend is the weighted median of the members at each step with weights (error + 0.02)^-4: it follows the good ones
// and no bad one can pull it away. From each origin it is judged with weights that do not know that origin. It is chosen
// unless the best member alone did better, so the choice is never worse than any member in the backtest, the seasonal
// naive among them. `truth` as observed (NaN where unknown), errors over the first `steps` steps, `scale` > 0. Origins
// before `first_judged` (an index into the plan's) lend no error to the choice, only paths.
Choice choose(std::vector<Trial> trials, const BacktestPlan& plan, std::span<const double> truth,
              std::size_t steps, double scale, std::size_t first_judged = 0);

// The forecast of the chosen from the end of the series.
std::vector<double> chosen_path(const Choice& choice, const Series& series, std::size_t steps);

}  // namespace headroom::forecast
