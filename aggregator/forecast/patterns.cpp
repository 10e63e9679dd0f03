#include "aggregator/forecast/patterns.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "aggregator/forecast/change_points.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/seasonality.h"
#include "aggregator/forecast/trend_significance.h"

namespace headroom::forecast {
namespace {

constexpr double kSteadyShare = 0.1;       // of the median, on either side
constexpr double kIntervalMost = 4.0 / 3;  // steps from demand to demand
constexpr double kBatchTime = 0.2;         // of a period
constexpr double kBurstTime = 0.05;        // of the time…
constexpr double kBurstExcess = 0.5;       // …that holds this share of what exceeds the median
constexpr double kWildShare = 0.01;
constexpr double kOfficeRatio = 1.3;
constexpr double kTrendLevel = 0.01;  // p-value
constexpr double kTrendShare = 0.05;  // of the level, over the history
constexpr double kPeakShare = 0.8;    // of the range between the quietest hour and the busiest
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;

std::string number(double value, int digits = 3) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

std::string percent(double share) { return number(std::round(share * 100), 6) + " %"; }

std::string duration(double ms) {
  struct Unit {
    double ms;
    const char* name;
  };
  constexpr Unit kUnits[] = {
      {kDayMs, "day"}, {kHourMs, "hour"}, {60'000, "minute"}, {1000, "second"}};
  for (const Unit& unit : kUnits) {
    const double count = ms / unit.ms;
    if (count < 1 && unit.ms > 1000) continue;
    if (std::abs(count - std::round(count)) > 1e-9 && count < 3 && unit.ms > 1000) continue;
    return number(count, 4) + " " + unit.name + (count == 1 ? "" : "s");
  }
  return number(ms) + " ms";
}

// Hour of the week in local time, 0 being Monday from midnight to one.
std::size_t hour_of_week(UnixMs time, std::int64_t zone_ms) {
  const std::int64_t week = 7 * kDayMs;
  // The epoch was a Thursday.
  const std::int64_t at = ((time + zone_ms + 3 * kDayMs) % week + week) % week;
  return static_cast<std::size_t>(at / kHourMs);
}

struct Week {
  std::array<double, 168> usual{};  // median of each hour
  bool complete = false;            // every hour of the week is known
};

class Recogniser {
 public:
  Recogniser(std::span<const double> values, UnixMs start, std::chrono::milliseconds step,
             std::chrono::minutes zone)
      : exponent_(exponent_of(values)),
        values_(scaled(values, -exponent_)),
        start_(start),
        step_(step),
        zone_ms_(std::chrono::milliseconds(zone).count()) {
    for (double& value : values_) {
      value = std::isfinite(value) ? value : std::nan("");
      if (!std::isnan(value)) sorted_.push_back(value);
    }
    std::sort(sorted_.begin(), sorted_.end());
  }

  std::vector<Pattern> run() {
    if (sorted_.size() < kPatternPointsMin) return {};
    if (sorted_.front() == sorted_.back()) {
      say(PatternKind::kConstant, 0, 0, "It is always " + amount(sorted_.front()) + ".");
      return std::move(found_);
    }
    median_ = quantile_sorted(sorted_, 0.5);
    for (const Seasonality& season : detect_seasonality(values_, step_)) seasons_.push_back(season);
    intermittent();
    business_hours();
    seasonal();
    bursty();
    steady();
    trend();
    return std::move(found_);
  }

 private:
  void say(PatternKind kind, double evidence, double bound, std::string sentence) {
    found_.push_back({kind, evidence, bound, std::move(sentence)});
  }

  // A number in the unit of the values.
  std::string amount(double value) const { return number(scaled_within(value, exponent_)); }

  void intermittent() {
    const auto some = static_cast<std::size_t>(
        std::count_if(sorted_.begin(), sorted_.end(), [](double value) { return value != 0; }));
    const double interval = real(sorted_.size()) / real(std::max<std::size_t>(some, 1));
    if (interval < kIntervalMost) return;
    intermittent_ = true;
    say(PatternKind::kIntermittent, interval, kIntervalMost,
        "Intermittent: there is demand in " + percent(real(some) / real(sorted_.size())) +
            " of the steps, every " + number(interval) + " steps on average.");
  }

  Week week() const {
    Week week;
    std::array<std::vector<double>, 168> hours;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (std::isnan(values_[i])) continue;
      const UnixMs time = start_ + static_cast<std::int64_t>(i) * step_.count();
      hours[hour_of_week(time, zone_ms_)].push_back(values_[i]);
    }
    week.complete = true;
    for (std::size_t h = 0; h < hours.size(); ++h) {
      week.complete = week.complete && !hours[h].empty();
      week.usual[h] = median_inplace(hours[h]);
    }
    return week;
  }

  bool repeats_daily() const {
    return std::any_of(seasons_.begin(), seasons_.end(), [&](const Seasonality& season) {
      const std::int64_t length = step_.count() * static_cast<std::int64_t>(season.period);
      return length == kDayMs || length == 7 * kDayMs;
    });
  }

  // "10–11 and 15–16": the hours of the mean weekday near the day's highest.
  static std::string peaks_of(const std::array<double, 24>& day) {
    const double low = *std::min_element(day.begin(), day.end());
    const double high = *std::max_element(day.begin(), day.end());
    std::vector<std::string> peaks;
    for (std::size_t h = 0; h < 24;) {
      if (day[h] < low + kPeakShare * (high - low)) {
        ++h;
        continue;
      }
      const std::size_t begin = h;
      while (h < 24 && day[h] >= low + kPeakShare * (high - low)) ++h;
      peaks.push_back(std::to_string(begin) + "–" + std::to_string(h));
    }
    std::string text;
    for (std::size_t i = 0; i < peaks.size(); ++i) {
      if (i > 0) text += i + 1 == peaks.size() ? " and " : ", ";
      text += peaks[i];
    }
    return text;
  }

  void business_hours() {
    if (step_.count() > kHourMs || !repeats_daily()) return;
    const Week usual = week();
    if (!usual.complete) return;
    std::array<double, 24> weekday{};
    double office = 0;
    double night = 0;
    double weekend_days = 0;
    for (std::size_t h = 0; h < 168; ++h) {
      const double value = usual.usual[h];
      const std::size_t hour = h % 24;
      if (h >= 120) {
        weekend_days += value / 48;
        continue;
      }
      weekday[hour] += value / 5;
      if (hour >= 9 && hour < 17) {
        office += value / 40;
      } else if (hour < 6 || hour >= 21) {
        night += value / 45;
      }
    }
    double weekdays = 0;
    for (const double value : weekday) weekdays += value / 24;
    const double quiet = std::max(night, weekend_days);
    if (weekdays > 0) {
      when_ = "peaks " + peaks_of(weekday) + " on weekdays, weekends at " +
              percent(std::max(weekend_days, 0.0) / weekdays) + " of weekdays";
    }
    if (!(office > 0) || !(office >= kOfficeRatio * quiet)) return;
    const double ratio = quiet > 0 ? office / quiet : std::numeric_limits<double>::max();
    say(PatternKind::kBusinessHours, ratio, kOfficeRatio,
        "Business hours: " + amount(office) + " from 9 to 17 on weekdays, " + amount(night) +
            " at night and " + amount(weekend_days) + " at weekends; " + when_ + ".");
  }

  // The share of a period in which its usual pattern lies above the middle of its range.
  double busy_share(std::size_t period) const {
    std::vector<std::vector<double>> phases(period);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!std::isnan(values_[i])) phases[i % period].push_back(values_[i]);
    }
    std::vector<double> pattern;
    for (auto& phase : phases) {
      if (!phase.empty()) pattern.push_back(median_inplace(phase));
    }
    if (pattern.empty()) return 1;
    const auto [low, high] = std::minmax_element(pattern.begin(), pattern.end());
    const double middle = (*low + *high) / 2;
    const auto busy =
        std::count_if(pattern.begin(), pattern.end(), [&](double value) { return value > middle; });
    return real(static_cast<std::size_t>(busy)) / real(pattern.size());
  }

  void seasonal() {
    for (const Seasonality& season : seasons_) {
      const double length = static_cast<double>(step_.count()) * static_cast<double>(season.period);
      const double busy = busy_share(season.period);
      if (busy <= kBatchTime && season.strength >= kBatchStrength) {
        batch_ = true;
        say(PatternKind::kBatch, busy, kBatchTime,
            "Batch: every " + duration(length) + " it is high for " +
                duration(std::max(busy * length, static_cast<double>(step_.count()))) + ".");
      }
    }
    for (const Seasonality& season : seasons_) {
      const double length = static_cast<double>(step_.count()) * static_cast<double>(season.period);
      const bool daily = length == static_cast<double>(kDayMs);
      say(PatternKind::kSeasonal, season.p_value, kSeasonalityLevel,
          "Seasonal: repeats every " + duration(length) + ", strength " +
              number(season.strength, 2) + " of 1" +
              (daily && !when_.empty() ? "; " + when_ : std::string()) + ".");
    }
  }

  void bursty() {
    if (batch_ || intermittent_) return;
    std::vector<std::size_t> periods;
    for (const Seasonality& season : seasons_) periods.push_back(season.period);
    std::vector<double> rest = without_seasons(values_, periods);
    std::erase_if(rest, [](double value) { return std::isnan(value); });
    std::sort(rest.begin(), rest.end());
    // A few wild values are damage rather than bursts.
    rest.resize(rest.size() - static_cast<std::size_t>(kWildShare * real(rest.size())));
    const double usual = quantile_sorted(rest, 0.5);
    double all = 0;
    double top = 0;
    const auto first = static_cast<std::size_t>((1 - kBurstTime) * real(rest.size()));
    for (std::size_t i = 0; i < rest.size(); ++i) {
      const double excess = std::max(rest[i] - usual, 0.0);
      all += excess;
      if (i >= first) top += excess;
    }
    const double share = all > 0 ? top / all : 0;
    if (!(share >= kBurstExcess)) return;
    bursty_ = true;
    say(PatternKind::kBursty, share, kBurstExcess,
        "Bursty: " + percent(kBurstTime) + " of the time hold " + percent(share) +
            " of all demand above the usual, at no set times.");
  }

  void steady() {
    const double low = quantile_sorted(sorted_, 0.05);
    const double high = quantile_sorted(sorted_, 0.95);
    if (bursty_ || batch_ || !(median_ > 0)) return;
    const double width = std::max(high - median_, median_ - low) / median_;
    if (!(width <= kSteadyShare)) return;
    say(PatternKind::kSteady, width, kSteadyShare,
        "Steady: nine tenths of the values lie between " + amount(low) + " and " + amount(high) +
            ", about " + amount(median_) + ".");
  }

  void trend() {
    std::size_t block = 1;
    for (const Seasonality& season : seasons_) {
      if (values_.size() / season.period >= kTrendBlocksMin) block = season.period;
    }
    const TrendEstimate estimate = estimate_trend(values_, block);
    if (!(estimate.p_value <= kTrendLevel)) return;
    const double change = estimate.slope * real(values_.size());
    const double scale = std::max(std::abs(median_), spread(sorted_, median_));
    if (!(std::abs(change) >= kTrendShare * scale)) return;
    const double per_day =
        estimate.slope * static_cast<double>(kDayMs) / static_cast<double>(step_.count());
    say(change > 0 ? PatternKind::kGrowing : PatternKind::kShrinking, estimate.p_value, kTrendLevel,
        std::string(change > 0 ? "Growing: " : "Shrinking: ") + amount(per_day) +
            " a day (p = " + number(estimate.p_value, 2) + "), " +
            percent(std::abs(change) / scale) + " of the usual level over the history.");
  }

  static constexpr std::size_t kTrendBlocksMin = 10;
  static constexpr double kBatchStrength = 0.3;

  int exponent_ = 0;            // the values are 2^exponent_ times those kept
  std::vector<double> values_;  // at most 1 in size
  UnixMs start_;
  std::chrono::milliseconds step_;
  std::int64_t zone_ms_;
  std::vector<double> sorted_;
  std::vector<Seasonality> seasons_;
  std::vector<Pattern> found_;
  std::string when_;
  double median_ = 0;
  bool batch_ = false;
  bool bursty_ = false;
  bool intermittent_ = false;
};

}  // namespace

const char* to_string(PatternKind kind) {
  switch (kind) {
    case PatternKind::kConstant:
      return "constant";
    case PatternKind::kSteady:
      return "steady";
    case PatternKind::kIntermittent:
      return "intermittent";
    case PatternKind::kBatch:
      return "batch";
    case PatternKind::kBursty:
      return "bursty";
    case PatternKind::kBusinessHours:
      return "business_hours";
    case PatternKind::kSeasonal:
      return "seasonal";
    case PatternKind::kGrowing:
      return "growing";
    case PatternKind::kShrinking:
      return "shrinking";
  }
  return "unknown";
}

std::vector<Pattern> recognise_patterns(const History& history, std::chrono::minutes zone) {
  if (history.step.count() <= 0) return {};
  const std::size_t left_out =
      history.values.size() - std::min(history.values.size(), kPatternPoints);
  const UnixMs start = history.start + static_cast<std::int64_t>(left_out) * history.step.count();
  return Recogniser(history.values.subspan(left_out), start, history.step, zone).run();
}

}  // namespace headroom::forecast
