#include "aggregator/forecast/seasonality.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "aggregator/forecast/period_search.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/season_test.h"

namespace headroom::forecast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr double kUsual = 4;             // hour, day, week, year
constexpr double kFamilies = 2;          // of tests: of the usual periods and of all others
constexpr std::size_t kTries = 6;        // candidates of one spectrum that the series may refuse
constexpr double kSideband = 5;          // frequencies on either side of a line taken out
constexpr double kSidebandPower = 2;     // times what is left there
constexpr double kConfirmed = 0.01;      // p-value of a test that has to agree with another
constexpr double kClearlyBetter = 1.25;  // agreement of a neighbouring period
constexpr double kLeastStrength = 0.03;  // correlation; less is no help, however significant
constexpr double kBeside = 2.5;          // frequencies
constexpr double kBesidePower = 0.25;
constexpr double kCombShare = 0.5;     // of a pattern, from which on a divisor is looked at
constexpr double kNearlyAll = 0.95;    // of what the best divisor explains
constexpr double kNearlyMost = 0.8;    // of the best rhythm's correlation, which varies by chance
constexpr std::size_t kOwnRhythm = 5;  // repetitions within the longer period

constexpr double kWildest = 3;   // values that say nothing, however regular they seem
constexpr double kFarOut = 1.5;  // times the range of all but the outermost values

struct Claim {
  std::size_t period = 0;
  double p_value = 1;
  bool usual = false;
};

// The mean pattern over one period, phase 0 being that of y[0]; its mean is about 0.
std::vector<double> pattern_of(std::span<const double> y, std::size_t period) {
  const std::vector<double> rest = detrended(y, period);
  std::vector<double> sums(period, 0.0);
  std::vector<std::size_t> counts(period, 0);
  for (std::size_t i = 0, phase = 0; i < rest.size(); ++i) {
    sums[phase] += rest[i];
    ++counts[phase];
    if (++phase == period) phase = 0;
  }
  for (std::size_t phase = 0; phase < period; ++phase) sums[phase] /= real(counts[phase]);
  return sums;
}

void take_out(std::span<double> y, std::span<const double> pattern) {
  for (std::size_t i = 0, phase = 0; i < y.size(); ++i) {
    y[i] -= pattern[phase];
    if (++phase == pattern.size()) phase = 0;
  }
}

// Share of a pattern's variance that repeats every `divisor` steps, less what chance alone gives
// (as an adjusted R²).
double share_of(std::span<const double> pattern, std::size_t divisor) {
  std::vector<double> rest(pattern.begin(), pattern.end());
  double total = 0;
  for (const double value : rest) total += value * value;
  remove_phase_means(rest, divisor);
  double left = 0;
  for (const double value : rest) left += value * value;
  if (!(total > 0)) return 0;
  const double period = real(pattern.size());
  return 1 - left / total * (period - 1) / (period - real(divisor));
}

bool counts(const PeriodTest& test) {
  return test.p_value <= kConfirmed && test.correlation >= kLeastStrength && test.recurs;
}

class Detector {
 public:
  // Values known throughout. Differences are clipped at their outermost `clip` on either side.
  Detector(std::vector<double> values, milliseconds step, double clip)
      : y_(std::move(values)), rest_(y_), clip_(clip) {
    for (const milliseconds length :
         {milliseconds(hours(1)), milliseconds(hours(24)), milliseconds(hours(24 * 7)),
          milliseconds(hours(24)) * 1461 / 4}) {
      usual_.push_back(static_cast<std::size_t>((length + step / 2) / step));
    }
  }

  void look_for_usual() {
    for (const std::size_t period : usual_) {
      if (period < kPeriodMin || y_.size() / 2 < period) continue;
      const PeriodTest test = test_period(rest_, period, inner_of(period));
      const double p_value = test.p_value * kUsual * kFamilies;
      if (p_value > kSeasonalityLevel || !counts(test)) continue;
      if (is_slope_of_another(period)) continue;
      claim(period, p_value);
    }
  }

  void look_for_others() {
    const std::size_t used = std::min(y_.size(), kSearchPoints);
    const Spectrum whole = spectrum_of(std::span<const double>(y_).last(used), clip_);
    while (claims_.size() < kSeasonalityMost) {
      const auto newest = std::span<const double>(rest_).last(used);
      const Spectrum left = claims_.empty() ? whole : spectrum_of(newest, clip_);
      if (!look_into(whole, left, newest)) return;
    }
  }

  std::vector<Seasonality> claims() {
    drop_divisors();
    std::sort(claims_.begin(), claims_.end(),
              [](const Claim& a, const Claim& b) { return a.period < b.period; });
    return with_strengths();
  }

 private:
  bool is_usual(std::size_t period) const {
    return std::find(usual_.begin(), usual_.end(), period) != usual_.end();
  }
  bool is_claimed(std::size_t period) const {
    return std::any_of(claims_.begin(), claims_.end(),
                       [&](const Claim& claim) { return claim.period == period; });
  }

  // The longest period claimed that divides this one; 0 for none.
  std::size_t inner_of(std::size_t period) const {
    std::size_t inner = 0;
    for (const Claim& claim : claims_) {
      if (claim.period < period && period % claim.period == 0)
        inner = std::max(inner, claim.period);
    }
    return inner;
  }

  // Whether a period next to it, which this history can tell from it, fits better: 23 hours and not
  // the day.
  bool is_slope_of_another(std::size_t period) const {
    if (y_.size() / period < period) return false;
    const std::vector<double> smooth_free = detrended(rest_, period);
    const double here = agreement_of(smooth_free, period);
    return std::max(agreement_of(smooth_free, period - 1), agreement_of(smooth_free, period + 1)) >
           kClearlyBetter * std::max(here, 0.0);
  }

  // Whether a divisor of a claimed period is named too. Halves and thirds of a day are its shape.
  bool stands_beside(std::size_t divisor, std::size_t period, double share) const {
    return is_usual(divisor) || share >= kDivisorShare || period / divisor >= kOwnRhythm;
  }

  // The shortest divisor that explains nearly as much of a pattern as any does; 0 where none
  // explains half of it.
  static std::size_t comb_of(std::span<const double> pattern) {
    std::vector<std::pair<std::size_t, double>> shares;
    double most = kCombShare;
    for (std::size_t divisor = kPeriodMin; divisor <= pattern.size() / 2; ++divisor) {
      if (pattern.size() % divisor != 0) continue;
      shares.emplace_back(divisor, share_of(pattern, divisor));
      most = std::max(most, shares.back().second);
    }
    for (const auto& [divisor, share] : shares) {
      if (share >= kCombShare && share >= kNearlyAll * most) return divisor;
    }
    return 0;
  }

  // A rhythm that repeats at least five times within the period and that its own test shows, such
  // as a job every 90 minutes within the day. The day's shape does not: freed of a moving average
  // 90 minutes long, it looks different 90 minutes later.
  std::optional<Claim> rhythm_within(std::size_t period) const {
    std::vector<std::pair<std::size_t, PeriodTest>> rhythms;
    double most = 0;
    double looks = 0;
    for (std::size_t divisor = kPeriodMin; divisor * kOwnRhythm <= period; ++divisor) {
      if (period % divisor != 0) continue;
      if (is_claimed(divisor)) return std::nullopt;
      const PeriodTest test = test_period(rest_, divisor, 0);
      ++looks;
      if (test.correlation < kLeastStrength || !test.recurs) continue;
      most = std::max(most, test.correlation);
      rhythms.emplace_back(divisor, test);
    }
    for (const auto& [divisor, test] : rhythms) {
      const double p_value = test.p_value * looks * kFamilies;
      if (test.correlation < kNearlyMost * most || p_value > kSeasonalityLevel) continue;
      return Claim{divisor, p_value, is_usual(divisor)};
    }
    return std::nullopt;
  }

  // Claims a period, or the divisor of it that explains it, or both.
  void claim(std::size_t period, double p_value) {
    if (const auto rhythm = rhythm_within(period)) {
      add(rhythm->period, rhythm->p_value);
      if (!counts(test_period(rest_, period, rhythm->period))) return;
    }
    const std::vector<double> pattern = pattern_of(rest_, period);
    const std::size_t divisor = comb_of(pattern);
    if (divisor > 0 && !is_claimed(divisor) && counts(test_period(rest_, divisor, 0))) {
      const bool adds = counts(test_period(rest_, period, divisor));
      const bool beside = stands_beside(divisor, period, share_of(pattern, divisor));
      // It is the period's pattern that is significant, and this is nearly all of it.
      if (!adds || beside) add(divisor, p_value);
      if (!adds) return;
    }
    add(period, p_value);
  }

  void add(std::size_t period, double p_value) {
    claims_.push_back({period, std::min(p_value, 1.0), is_usual(period)});
    take_out(rest_, pattern_of(rest_, period));
  }

  bool look_into(const Spectrum& whole, const Spectrum& left, std::span<const double> newest) {
    for (const SpectralPeriod& candidate :
         search_periods(left, kSeasonalityLevel / kFamilies, kTries)) {
      if (is_sideband(whole, left, candidate.peak) || is_beside_claim(whole, left, candidate.peak))
        continue;
      const std::size_t period = refined_period(newest, candidate.period);
      if (is_claimed(period) || y_.size() / 2 < period) continue;
      const PeriodTest test = test_period(newest, period, inner_of(period));
      if (!counts(test)) continue;
      claim(period, candidate.p_value * kFamilies);
      return true;
    }
    return false;
  }

  // A pattern that swells and shrinks leaves lines beside its own when its mean is taken out.
  static bool is_sideband(const Spectrum& whole, const Spectrum& left, std::size_t peak) {
    const auto reach = static_cast<std::size_t>(kSideband * real(left.length) / real(left.points));
    const std::size_t begin = peak - std::min(peak, reach);
    const std::size_t end = std::min(peak + reach + 1, whole.power.size());
    const double before =
        *std::max_element(whole.power.begin() + static_cast<std::ptrdiff_t>(begin),
                          whole.power.begin() + static_cast<std::ptrdiff_t>(end));
    return before > kSidebandPower * left.power[peak];
  }

  // The same right beside a line of what is claimed, where the two are as strong as each other.
  bool is_beside_claim(const Spectrum& whole, const Spectrum& left, std::size_t peak) const {
    return std::any_of(claims_.begin(), claims_.end(), [&](const Claim& claim) {
      const double base = real(left.length) / real(claim.period);
      const double line = std::round(real(peak) / base) * base;
      const auto at = static_cast<std::size_t>(line + 0.5);
      return at < whole.power.size() &&
             std::abs(line - real(peak)) <= kBeside * real(left.length) / real(left.points) &&
             whole.power[at] > kBesidePower * left.power[peak];
    });
  }

  // A divisor may have been found before its multiple.
  void drop_divisors() {
    std::erase_if(claims_, [&](const Claim& claim) {
      if (claim.usual) return false;
      return std::any_of(claims_.begin(), claims_.end(), [&](const Claim& other) {
        return other.period > claim.period && other.period % claim.period == 0 &&
               !stands_beside(claim.period, other.period,
                              share_of(pattern_of(y_, other.period), claim.period));
      });
    });
  }

  std::vector<Seasonality> with_strengths() const {
    std::vector<Seasonality> result;
    if (claims_.empty()) return result;
    std::vector<double> rest = detrended(y_, claims_.back().period);
    std::vector<std::vector<double>> patterns;
    double freedom = 0;
    for (const Claim& claim : claims_) {
      patterns.push_back(pattern_of(rest, claim.period));
      take_out(rest, patterns.back());
      freedom += real(claim.period - 1);
    }
    double noise = 0;
    for (const double value : rest) noise += value * value;
    const double n = real(rest.size());
    for (std::size_t c = 0; c < claims_.size(); ++c) {
      double both = 0;
      const std::vector<double>& pattern = patterns[c];
      for (std::size_t i = 0, phase = 0; i < rest.size(); ++i) {
        both += (rest[i] + pattern[phase]) * (rest[i] + pattern[phase]);
        if (++phase == pattern.size()) phase = 0;
      }
      const double adjusted = noise * n / std::max(n - freedom, 1.0);
      const double strength = both > 0 ? std::clamp(1 - adjusted / both, 0.0, 1.0) : 0;
      result.push_back({claims_[c].period, strength, claims_[c].p_value});
    }
    return result;
  }

  std::vector<double> y_;     // clipped and filled
  std::vector<double> rest_;  // without what is claimed
  std::vector<std::size_t> usual_;
  double clip_;
  std::vector<Claim> claims_;
};

// How far the values lie apart when they are clipped at that share.
double range_of(std::span<const double> values, double clip) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double value : clipped(values, clip)) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  return high > low ? high - low : 0;
}

std::vector<Seasonality> detect(std::span<const double> values, milliseconds step, double clip) {
  std::vector<double> y = clipped(values, clip);
  for (double& value : y) value = std::isfinite(value) ? value : std::nan("");
  interpolate(y);
  if (y.size() < 2 * kPeriodMin || std::isnan(y.front())) return {};
  Detector detector(std::move(y), step, clip);
  detector.look_for_usual();
  detector.look_for_others();
  return detector.claims();
}

}  // namespace

std::vector<Seasonality> detect_seasonality(std::span<const double> all, milliseconds step) {
  if (step.count() <= 0) return {};
  const auto newest = all.last(std::min(all.size(), kSeasonalityPoints));
  // Of the largest numbers, and the smallest, squares are none any more.
  const std::vector<double> values = scaled(newest, -exponent_of(newest));
  std::vector<Seasonality> found = detect(values, step, kClip);
  // A short job that comes rarely is lost among the outermost values. Where nothing else was found,
  // only the three wildest values are clipped.
  const double gentle = kWildest / std::max(real(values.size()), 1.0);
  if (found.empty() && gentle < kClip &&
      range_of(values, gentle) > kFarOut * range_of(values, kClip)) {
    found = detect(values, step, gentle);
    std::erase_if(found, [](Seasonality& season) {
      season.p_value = std::min(2 * season.p_value, 1.0);
      return season.p_value > kSeasonalityLevel;
    });
  }
  return found;
}

}  // namespace headroom::forecast
