// What became of earlier forecasts of a series, put to use in the next one.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "aggregator/forecast/forecast.h"
#include "aggregator/forecast/intervals.h"

namespace headroom::forecast {

// What each side of an interval is to be stretched by, after what the ledger saw: where `level`
// should have left 2.5 % of the truth above and 5 % was, the upper bound moves out by the ratio of
// the normal quantiles. The fewer points it rests on the less it counts (kCalibrationBelief), and
// no side changes by more than kCalibrationMost. `experience` is of intervals without calibration,
// or else the factor would be taken for no longer needed as soon as it helps; it may be null.
SideFactors calibration_of(double level, const Experience* experience);

// Bounds stretched by these factors.
ErrorBounds calibrated(const ErrorBounds& bounds, double level, const Experience* experience);

// The intervals of `point` as they would be without their calibration; `factors` as in
// Forecast::calibration, where some lack they are 1. A bound at `least` was cut there and stays.
std::vector<Interval> uncalibrated(const Point& point, std::span<const SideFactors> factors,
                                   double least);

// A look-back's error drawn towards the one that the ledger saw of the same model: `mae` from
// `points` look-back points, `naive_mae` of the seasonal naive over the same. Null changes nothing.
double experienced_mae(double mae, double naive_mae, double points, std::string_view model,
                       const Experience* experience);

inline constexpr double kCalibrationBelief = 500;  // points
inline constexpr double kCalibrationMost = 2;

}  // namespace headroom::forecast
