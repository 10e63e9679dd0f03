// Periods that nobody named: where does the spectrum stand out of its surroundings?
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace headroom::forecast {

// Power at the frequencies k / length per step, k = 0 … length / 2, of a series' differences under
// a Hann window. Differences turn a random walk into white noise and a level shift into one spike,
// which is clipped (season_test.h) at the outermost share `clip`; the window keeps strong
// frequencies from leaking into weak ones.
struct Spectrum {
  std::vector<double> power;
  std::size_t length = 0;  // of the transform; a power of two
  std::size_t points = 0;  // of the series
};
// `y` is finite throughout; fewer than kSearchPointsMin values give an empty spectrum.
Spectrum spectrum_of(std::span<const double> y, double clip);

struct SpectralPeriod {
  std::size_t period = 0;
  double p_value = 1;    // already for the best of all periods that were looked at
  std::size_t peak = 0;  // index into the spectrum of the harmonic that stands out most
};

// Every whole period from kPeriodMin to a sixth of the series, each by the power at its first 1, 2,
// 4 … 32 harmonics, or all it has, over the median power around each. Under any noise whose
// spectrum is smooth (white, autoregressive, a random walk, bursts) a sum over h harmonics is a
// Gamma(h) variable (Fisher 1929 for one; Bloomfield 2000 on local levels); the level around is
// taken two standard errors too high, and the p-value is multiplied by the number of sums looked at
// (Bonferroni). Returns what stays below `level`, the least likely first, at most `most`, and of
// periods that the series is too short to tell apart only the best.
std::vector<SpectralPeriod> search_periods(const Spectrum& spectrum, double level,
                                           std::size_t most);

// Sum of the products at lags of 1, 2, 3, 5, 8 … periods: the farther ones tell close periods
// apart. `y` varies about 0.
double agreement_of(std::span<const double> y, std::size_t period);

// The whole period next to `period` at which the series agrees best with itself. A spectrum knows a
// long period only to period² / points steps.
std::size_t refined_period(std::span<const double> y, std::size_t period);

inline constexpr std::size_t kSearchPointsMin = 64;
inline constexpr std::size_t kSearchCyclesMin = 6;

}  // namespace headroom::forecast
