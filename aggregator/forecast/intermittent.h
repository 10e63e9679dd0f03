// Demand that is mostly zero: its size and its frequency smoothed apart.
#pragma once

#include <cstddef>
#include <span>

namespace headroom::forecast {

enum class Intermittent {
  kTsb,      // Teunter, Syntetos & Babai 2011: the probability of demand fades while there is none
  kCroston,  // Croston 1972: size over interval, changed only by demand
  kSba,      // Syntetos & Boylan 2005: the same less its bias, 1 - alpha / 2
};

// Forecast of the mean demand per step after `values`, all >= 0. `alpha` smooths the size of a
// demand and, for Croston and SBA, the interval; `beta` the probability of TSB. `squares` gets the
// mean of the squared one-step errors after the first demand. 0 where there was no demand at all.
double run_intermittent(std::span<const double> values, Intermittent method, double alpha,
                        double beta, double* squares = nullptr);

// Share of values that are zero, or so small that they can be nothing else; 1 if one is negative,
// since that is no demand.
double zero_share(std::span<const double> values);
bool is_demand(double value);

}  // namespace headroom::forecast
