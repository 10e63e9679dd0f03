// What became of earlier forecasts of a series, put to use in the next one.
#pragma once

#include <string_view>

#include "aggregator/forecast/forecast.h"
#include "aggregator/forecast/intervals.h"

namespace headroom::forecast {

// Bounds stretched or shrunk on each side by what the ledger saw: where `level` should have
// left 2.5 % of the truth above and 5 % was, the upper bound moves out by the ratio of the normal
// quantiles. The fewer points it rests on the less it counts (kCalibrationBelief), and no side
// changes by more than kCalibrationMost. `experience` may be null.
ErrorBounds calibrated(const ErrorBounds& bounds, double level, const Experience* experience);

// A look-back's error drawn towards the one that the ledger saw of the same model: `mae` from
// `points` look-back points, `naive_mae` of the seasonal naive over the same. Null changes nothing.
double experienced_mae(double mae, double naive_mae, double points, std::string_view model,
                       const Experience* experience);

inline constexpr double kCalibrationBelief = 500;  // points
inline constexpr double kCalibrationMost = 2;

}  // namespace headroom::forecast
