#include "aggregator/forecast/anomaly/spread.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace headroom::forecast {
namespace {

constexpr std::size_t kLeastPast = 10;
// Relative to the values' size: what is smaller is rounding.
constexpr double kLeastRelative = 1e-9;

}  // namespace

double Spread::value() const {
  if (past_.size() == 0) return 1;
  const double size = std::max(std::abs(past_[0]), std::abs(past_.largest(0)));
  double widest = std::max(kLeastRelative * size, std::numeric_limits<double>::min());
  if (past_.size() < kLeastPast) return std::max(widest, past_.largest(0) - past_[0]);
  const auto between = [&](double p) { return past_.quantile(1 - p) - past_.quantile(p); };
  // The divisors are the normal distribution's ranges in standard deviations.
  widest = std::max(widest, between(0.25) / 1.35);
  widest = std::max(widest, 0.3 * between(0.05) / 3.3);
  widest = std::max(widest, 0.1 * between(0.01) / 4.6);
  return std::max(widest, 0.01 * between(0.001) / 6.2);
}

void Range::learn(std::int64_t day, double value) {
  if (!days_.empty() && day <= days_[newest_].day) {
    Day& today = days_[newest_];
    today.least = std::min(today.least, value);
    today.most = std::max(today.most, value);
    least_ = std::min(least_, value);
    most_ = std::max(most_, value);
    return;
  }
  if (days_.size() < kDays) {
    days_.push_back({day, value, value});
    newest_ = days_.size() - 1;
  } else {
    newest_ = (newest_ + 1) % kDays;
    days_[newest_] = {day, value, value};
  }
  least_ = most_ = value;
  for (const Day& one : days_) {
    least_ = std::min(least_, one.least);
    most_ = std::max(most_, one.most);
  }
}

}  // namespace headroom::forecast
