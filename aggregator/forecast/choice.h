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
    double weight = 0;  // in the blend; they sum to 1
    double mae = 0;     // mean over the judged origins of the mean absolute error
  };
  std::string model;            // a member's name, or kBlend
  std::vector<Member> members;  // all that were judged, in the registry's order
  bool blended = false;
  double mae = 0;                          // of the chosen, in the same measure
  std::size_t origins = 0;                 // that were judged
  std::vector<double> path;                // of the chosen, from the end of the history…
  std::vector<std::vector<double>> paths;  // …and from every origin of the plan

  // The member of that name; null if it was not judged.
  const Member* find(std::string_view name) const;
};

// The blend is the weighted median of the members at each step, with weights (mae / scale +
// 0.02)^-4, where `scale` > 0 is the series' usual change as in MASE (Hyndman & Koehler 2006): it
// follows the good ones and no bad one can pull it away. From each origin it is judged with weights
// that do not know that origin. It is chosen unless the best member alone did clearly better, by a
// tenth: so over the judged origins the choice is hardly worse than any member, and small leads,
// which are luck, do not count. `truth` as measured (NaN where
// unknown). Judged are the first `steps` steps, from the plan's first judged origin on; an origin
// after which nothing is known judges nobody. Needs at least one trial and one origin.
// With `named` it is that model's trial, whatever the others did. `experience` of earlier forecasts
// has a say in the errors by which members and blend are compared.
Choice choose(std::vector<Trial> trials, const BacktestPlan& plan, std::span<const double> truth,
              std::size_t steps, double scale, const Model* named = nullptr,
              const Experience* experience = nullptr);

}  // namespace headroom::forecast
