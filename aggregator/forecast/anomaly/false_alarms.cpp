#include "aggregator/forecast/anomaly/false_alarms.h"

#include <algorithm>
#include <cmath>

#include "common/base/text.h"

namespace headroom::forecast {
namespace {

constexpr double kDayMs = 86'400'000;

// The curve of normal series: the share of blocks whose largest surprise reaches kFoot is
// kShareMost * n / (n + kHalfWay) for n points in a block, and above kFoot it falls with the scale
// kScale.
constexpr double kFoot = 2;
constexpr double kShareMost = 0.45;
constexpr double kHalfWay = 28;
constexpr double kScale = 1.15;

// What the curve weighs beside the series' own past: so many blocks, of which so many reach kFoot.
constexpr double kCurveBlocks = 56;
constexpr double kCurveReaching = 12;
// A true anomaly must not teach a series that such is normal.
constexpr double kMostExcess = 4;
constexpr double kLeastThreshold = 1;

}  // namespace

Result<FalseAlarmRate> parse_false_alarms(std::string_view text) {
  const auto parts = split(text, '/');
  const auto bad = [&](const std::string& why) {
    return fail(ErrorCode::kInvalidArgument, "'" + std::string(text) + "' " + why);
  };
  if (parts.size() != 2) return bad("is not a number of alarms per time, such as 1/7d");
  const auto count = parse_double(parts[0]);
  if (!count || *count <= 0) return bad("does not begin with a number of alarms, as 1/7d does");
  const auto time = parse_duration(parts[1]);
  if (!time) return fail(time.error().within("'" + std::string(text) + "'"));
  if (time->count() == 0) return bad("needs a time that is not 0, as 1/7d has");
  const double per_day = *count * kDayMs / static_cast<double>(time->count());
  if (per_day > kFalseAlarmsPerDayMost)
    return bad("is more than 4 a day, and alarms less than 6 h apart count as one");
  if (per_day < kFalseAlarmsPerDayLeast) return bad("is less than one alarm in 10000 days");
  return FalseAlarmRate{per_day};
}

double AlarmThreshold::observe(UnixMs time, UnixMs step, double surprise) {
  const UnixMs length = std::max<UnixMs>(kAlarmMerge.count(), step);
  if (!started_ || time - block_begin_ >= length) {
    if (!started_) first_ = time;
    if (started_ && block_begin_ - first_ >= kSettled.count()) {
      largest_[blocks_ % kBlocks] = static_cast<float>(block_largest_);
      ++blocks_;
    }
    started_ = true;
    block_begin_ = time;
    block_largest_ = 0;
    threshold_ = from_past(step);
  }
  block_largest_ = std::max(block_largest_, surprise);
  return threshold_;
}

double AlarmThreshold::from_past(UnixMs step) const {
  const double length = static_cast<double>(std::max<UnixMs>(kAlarmMerge.count(), step));
  const double points = length / static_cast<double>(std::max<UnixMs>(step, 1));
  const double known = static_cast<double>(std::min(blocks_, kBlocks));
  double reaching = kCurveBlocks * kShareMost * points / (points + kHalfWay);
  double weight = kCurveReaching;
  double excess = kCurveReaching * kScale;
  for (std::size_t i = 0; i < std::min(blocks_, kBlocks); ++i) {
    const double above = static_cast<double>(largest_[i]) - kFoot;
    if (above < 0) continue;
    reaching += 1;
    weight += 1;
    excess += std::min(above, kMostExcess);
  }
  const double share = reaching / (known + kCurveBlocks);
  const double wanted = wanted_.per_day * length / kDayMs;
  return std::max(kLeastThreshold, kFoot + excess / weight * std::log(share / wanted));
}

}  // namespace headroom::forecast
