// How much of today's deviation from the usual is still there tomorrow.
#pragma once

#include <cstddef>
#include <span>

namespace headroom::forecast {

// An AR(1) process seen through white noise: the autocorrelation at lag k is share × phi^k.
struct ArDecay {
  double phi = 0;    // in [0, 1)
  double share = 0;  // of the variance that is not noise, in [0, 1]
  // Filtered estimate of the AR(1) part after the last value (steady-state Kalman filter).
  double state = 0;

  // Expected deviation `step` steps ahead, step >= 1.
  double at(std::size_t step) const;
};

// Fits by the autocorrelations at lag 1 and at a longer one (moments: Yule–Walker with observation
// noise), on `rest` clipped at five spreads. Without at least 10 values, or without positive
// autocorrelation, all zero.
ArDecay fit_ar_decay(std::span<const double> rest);

}  // namespace headroom::forecast
