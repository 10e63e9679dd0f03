#include "aggregator/forecast/anomaly/phase_memory.h"

#include <algorithm>

namespace headroom::forecast {
namespace {

constexpr UnixMs kDay = 86'400'000;
constexpr UnixMs kReach = 1'800'000;

}  // namespace

void PhaseMemory::learn(UnixMs time, double value) {
  if (!entries_.empty() && time - entries_.back().time < kLeastApart) {
    Entry& last = entries_.back();
    last.least = std::min(last.least, value);
    last.most = std::max(last.most, value);
    return;
  }
  entries_.push_back({time, value, value});
  // A few steps more than the week and its half hour, so that a neighbour on either side is there.
  const UnixMs oldest_wanted =
      time - static_cast<UnixMs>(kDays) * kDay - kReach - 2 * std::max(step_, kReach);
  while (entries_.size() > kMostEntries || entries_.front().time < oldest_wanted) {
    entries_.pop_front();
    ++forgotten_;
  }
}

void PhaseMemory::look_from(UnixMs time, UnixMs step) {
  now_ = time;
  step_ = std::max(step, kLeastApart);
  reach_ = static_cast<std::size_t>(std::max<UnixMs>(1, (kReach + step_ / 2) / step_));
  for (std::size_t d = 0; d < kDays; ++d) {
    const UnixMs then = now_ - static_cast<UnixMs>(d + 1) * kDay;
    std::size_t& cursor = cursors_[d];
    cursor = std::max(cursor, forgotten_);
    while (cursor - forgotten_ < entries_.size() && entries_[cursor - forgotten_].time <= then)
      ++cursor;
  }
}

std::optional<double> PhaseMemory::distance(double value) const {
  std::optional<double> nearest;
  for (std::size_t d = 0; d < kDays; ++d) {
    // Where the day has a gap, the last entry before it is not of the same time.
    if (!at(d + 1)) continue;
    const std::size_t centre = cursors_[d] - forgotten_ - 1;
    const std::size_t first = centre - std::min(centre, reach_);
    const std::size_t last = std::min(centre + reach_ + 1, entries_.size());
    auto one = entries_.begin() + static_cast<std::ptrdiff_t>(first);
    for (std::size_t i = first; i < last; ++i, ++one) {
      const double away = std::max({0.0, one->least - value, value - one->most});
      if (!nearest || away < *nearest) nearest = away;
    }
  }
  return nearest;
}

std::optional<double> PhaseMemory::at(std::size_t days) const {
  const std::size_t cursor = cursors_[days - 1];
  if (cursor <= forgotten_) return std::nullopt;
  const Entry& one = entries_[cursor - forgotten_ - 1];
  const UnixMs then = now_ - static_cast<UnixMs>(days) * kDay;
  if (then - one.time > std::max(kReach, 2 * step_)) return std::nullopt;
  return one.least / 2 + one.most / 2;
}

}  // namespace headroom::forecast
