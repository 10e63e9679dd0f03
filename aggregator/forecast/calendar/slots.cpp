#include <algorithm>

#include "aggregator/forecast/calendar/tables.h"

namespace headroom::forecast {
namespace {

// Times beyond these are taken for these; no calendar knows anything there.
constexpr UnixMs kTimeLeast = -5'364'662'400'000;  // the year 1800
constexpr UnixMs kTimeMost = 13'569'465'600'000;   // the year 2400
constexpr UnixMs kMinuteMs = 60'000;

UnixMs floor_div(UnixMs a, UnixMs b) { return a / b - (a % b < 0 ? 1 : 0); }

UnixMs later(UnixMs time, UnixMs step) { return time > kTimeMost - step ? kTimeMost : time + step; }

// The zone's offset for times that mostly ascend.
class OffsetCursor {
 public:
  OffsetCursor(std::span<const TimeZone::Span> spans, UnixMs start) : spans_(spans) {
    const auto after = std::upper_bound(
        spans.begin(), spans.end(), floor_div(start, 1000),
        [](std::int64_t time, const TimeZone::Span& span) { return time < span.from_s; });
    enter(static_cast<std::size_t>(after - spans.begin()) - 1);
  }

  // Never for a time before the last one asked for.
  UnixMs offset_ms(UnixMs time) {
    while (time >= until_) enter(index_ + 1);
    return offset_ms_;
  }

 private:
  void enter(std::size_t index) {
    index_ = index;
    offset_ms_ = UnixMs{spans_[index].offset_s} * 1000;
    until_ = index + 1 < spans_.size() ? spans_[index + 1].from_s * 1000 : kTimeMost + kDayMs;
  }

  std::span<const TimeZone::Span> spans_;
  std::size_t index_ = 0;
  UnixMs offset_ms_ = 0;
  UnixMs until_ = 0;
};

}  // namespace

std::vector<Slot> Calendar::slots(UnixMs start, std::chrono::milliseconds step,
                                  std::size_t count) const {
  const Tables& tables = *tables_;
  const auto& sessions = tables.sessions;
  const UnixMs length = std::clamp<UnixMs>(step.count(), 1, kTimeMost);
  UnixMs time = std::clamp(start, kTimeLeast, kTimeMost);
  auto session = static_cast<std::size_t>(
      std::partition_point(sessions.begin(), sessions.end(),
                           [&](const Session& one) { return one.close <= time; }) -
      sessions.begin());
  OffsetCursor offset(tables.zone.spans(), time);
  OffsetCursor offset_of_middle(tables.zone.spans(), time);
  const auto known = [&](CivilDay day) {
    const auto index = static_cast<std::size_t>(day);  // huge before 1970
    return index < tables.days.size() ? tables.days[index] : Tables::OfDay{};
  };

  std::vector<Slot> slots(count);
  for (Slot& slot : slots) {
    const UnixMs end = later(time, length);
    while (session < sessions.size() && sessions[session].close <= time) ++session;
    UnixMs longest = 0;
    for (std::size_t i = session; i < sessions.size() && sessions[i].open < end; ++i) {
      const UnixMs common = std::min(end, sessions[i].close) - std::max(time, sessions[i].open);
      if (common <= longest) continue;
      longest = common;
      slot.day = tables.named_for[i];
    }
    slot.open = longest > 0;
    const UnixMs middle = time + (end - time - 1) / 2;
    if (!slot.open) {
      const UnixMs local = middle + offset_of_middle.offset_ms(middle);
      slot.day = static_cast<CivilDay>(floor_div(local, kDayMs));
    }
    const UnixMs local = time + offset.offset_ms(time);
    const UnixMs minute = floor_div(local - slot.day * kDayMs, kMinuteMs);
    slot.minute = static_cast<std::int16_t>(std::clamp<UnixMs>(minute, INT16_MIN, INT16_MAX));
    const Tables::OfDay of_day = known(slot.day);
    slot.type = of_day.type;
    slot.events = of_day.events;
    if (length > kDayMs) {
      const UnixMs last = floor_div(local + (end - time - 1), kDayMs);
      for (UnixMs day = floor_div(local, kDayMs); day <= last; ++day)
        slot.events |= known(static_cast<CivilDay>(day)).events;
    }
    time = end;
  }
  return slots;
}

}  // namespace headroom::forecast
