// Is there a trend, and between which bounds lies its slope? Where values follow from those before
// them, an honest answer needs more than the count of rises and falls.
#pragma once

#include <cstddef>
#include <span>

namespace headroom::forecast {

struct TrendEstimate {
  double slope = 0;  // Theil–Sen, per value
  // Confidence interval of the slope; where there are too few values for the level, the smallest
  // and the largest slope between any two.
  double lower = 0;
  double upper = 0;
  double p_value = 1;      // two-sided: that there is no trend
  double inflation = 1;    // of the Mann–Kendall variance by autocorrelation, >= 1
  std::size_t block = 1;   // values per median that it was worked out from
  std::size_t blocks = 0;  // medians that are known
};

// Values are replaced by medians of blocks of `block` values, aligned to the end (a season, so that
// it does not count as autocorrelation), or of several such blocks where there would be more than
// kTrendBlocksMost. NaN is not known; a block counts where half of it is known.
//
// The p-value is Mann–Kendall's with the variance inflated by the larger of two estimates: Hamed &
// Rao's (1998), and that of an AR(1) process with the autocorrelation of the ranks corrected for
// its bias (Kendall 1954; Hamed & Rao's equation summed over all lags), because what is significant
// of a short sample understates what is there. It is read from Student's t with the degrees of
// freedom that the inflation leaves. The interval is Sen's (1968; Hollander & Wolfe 1999, §9.3)
// with the same variance. Independent and AR(1) noise up to 0.9 is called a trend at p <= 0.05 in
// 4 … 9 % of histories of 60 blocks or more, a random walk in a fifth (the uncorrected test: five
// sixths; Hamed & Rao alone: two thirds).
//
// `level` in (0, 1) (asserted) is that of the interval. O(n) and at most kTrendBlocksMost² / 2
// slopes.
TrendEstimate estimate_trend(std::span<const double> values, std::size_t block,
                             double level = 0.95);

inline constexpr std::size_t kTrendBlocksMost = 500;

// Hamed & Rao 1998: V*(S) / V(S) = 1 + 2 / (n (n-1) (n-2)) Σ (n-i) (n-i-1) (n-i-2) ρ(i), with ρ the
// autocorrelation of the ranks of y less its Theil–Sen line, over the lags i = 1 … n-1 at which it
// is significant at 5 %. May be below 1, and below 0 by chance; 1 for fewer than four values.
double hamed_rao_inflation(std::span<const double> y);

// P(|T| > |t|) of Student's t with `freedom` > 0 degrees of freedom, which need not be whole.
double student_two_sided(double t, double freedom);

}  // namespace headroom::forecast
