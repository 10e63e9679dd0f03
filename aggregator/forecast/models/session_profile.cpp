// What a market's day looks like: the usual value at each local minute of full, half and closed
// days, lifted or lowered by the weekday, by what falls on the day (expiries, rate decisions) and
// by how the last days went.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <vector>

#include "aggregator/forecast/ar_decay.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/transform.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kDaysMin = 5;  // open days without which nothing is known
constexpr double kEffectBelief =
    2;  // days' worth of belief that a weekday or an event is nothing special
constexpr std::size_t kRecentPoints = 2000;  // for the decay of deviations
constexpr Parameter kParameters[] = {
    {"days", 20, 1, 250, "how many of the last days of the same type make the profile"}};

// Days of one type by local minute.
class DayProfile {
 public:
  void add(int minute, double value) { minutes_[minute].push_back(value); }
  bool empty() const { return minutes_.empty(); }
  // Days that the minute nearest to it was seen on, `days` at most.
  double seen(int minute, std::size_t days) const {
    return real(std::min(near(minute).size(), days));
  }
  // Median of the last `days` values at the known minute nearest to it.
  double at(int minute, std::size_t days) const {
    const auto& values = near(minute);
    return median(std::span(values).last(std::min(days, values.size())));
  }

 private:
  const std::vector<double>& near(int minute) const {
    auto above = minutes_.lower_bound(minute);
    if (above == minutes_.begin()) return above->second;
    const auto below = std::prev(above);
    const bool nearer_below =
        above == minutes_.end() || minute - below->first < above->first - minute;
    return nearer_below ? below->second : above->second;
  }

  std::map<int, std::vector<double>> minutes_;
};

class SessionProfile final : public Model {
 public:
  std::string_view name() const override { return "session_profile"; }
  std::string_view about() const override {
    return "Median of the same local minute on the last days of the same type of the calendar, "
           "with "
           "effects of weekdays and events";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    return task.calendar ? 0.15 * real(task.points) + 0.1 * real(task.steps) : 0;
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const std::size_t n = series.values.size();
    if (series.slots.size() < n + path.size()) return false;
    if (series.step > std::chrono::hours(24)) return false;
    return Fit(series, settings.empty() ? 20 : static_cast<std::size_t>(settings[0])).write(path);
  }

 private:
  // One series being learnt.
  class Fit {
   public:
    Fit(const Series& series, std::size_t days)
        : slots_(series.slots),
          values_(series.with_irregular),
          days_(days * std::max<std::size_t>(
                           1, static_cast<std::size_t>(std::chrono::minutes(1) / series.step))),
          transform_(Transform::logarithm(series.with_irregular)) {}

    bool write(std::span<double> path) {
      const std::size_t n = values_.size();
      std::vector<double> z(n);
      for (std::size_t i = 0; i < n; ++i) {
        z[i] = transform_.apply(values_[i]);
        profile_of(slots_[i]).add(slots_[i].minute, z[i]);
      }
      if (known_days(DayType::kFull) < kDaysMin) return false;
      const std::size_t first = n - std::min(n, kRecentPoints);
      std::vector<double> rest(z.begin() + static_cast<std::ptrdiff_t>(first), z.end());
      for (std::size_t i = first; i < n; ++i) rest[i - first] -= base(slots_[i]);
      learn_effects(rest, first);
      for (std::size_t i = first; i < n; ++i) rest[i - first] -= effect(slots_[i]);
      const ArDecay decay = fit_ar_decay(rest);
      for (std::size_t h = 0; h < path.size(); ++h) {
        const Slot& slot = slots_[n + h];
        path[h] = transform_.invert(base(slot) + effect(slot) + decay.at(h + 1));
      }
      return true;
    }

   private:
    static std::size_t weekday(const Slot& slot) {
      return static_cast<std::size_t>((slot.day % 7 + 7) % 7);
    }
    DayProfile& profile_of(const Slot& slot) {
      return profiles_[static_cast<std::size_t>(slot.type)];
    }
    std::size_t known_days(DayType type) const {
      std::size_t days = 0;
      std::int32_t last = INT32_MIN;
      for (std::size_t i = 0; i < values_.size(); ++i) {
        if (slots_[i].type == type && slots_[i].day != last) {
          ++days;
          last = slots_[i].day;
        }
      }
      return days;
    }
    // The usual value of a slot, remembered by type, minute and whether it is open.
    double base(const Slot& slot) {
      const int key =
          (static_cast<int>(slot.type) * 2 + (slot.open ? 1 : 0)) * 8192 + slot.minute + 2048;
      const auto [found, fresh] = tables_.try_emplace(key, 0.0);
      if (fresh) found->second = work_out(slot);
      return found->second;
    }
    double work_out(const Slot& slot) const {
      const DayProfile& own = profiles_[static_cast<std::size_t>(slot.type)];
      if (slot.type != DayType::kHalf && !own.empty()) return own.at(slot.minute, days_);
      // Of half days few are seen, or none: while they are open they are like full days, and like
      // closed ones after, the less the more of their own is known.
      const DayProfile& closed = profiles_[static_cast<std::size_t>(DayType::kClosed)];
      const DayProfile& full = profiles_[static_cast<std::size_t>(DayType::kFull)];
      const DayProfile& like = slot.open || closed.empty() ? full : closed;
      const double guess = like.at(slot.minute, days_);
      if (own.empty()) return guess;
      const double trust = own.seen(slot.minute, days_) / (own.seen(slot.minute, days_) + 1);
      return guess + trust * (own.at(slot.minute, days_) - guess);
    }
    // By how much open slots of a weekday, and of days with an event, usually differ from the
    // profile; drawn towards nothing where there are few such days.
    void learn_effects(std::span<const double> rest, std::size_t first) {
      std::vector<std::pair<std::size_t, double>> days;  // slot index, median over the open slots
      std::vector<double> open;
      for (std::size_t i = 0; i <= rest.size(); ++i) {
        const bool ends =
            i == rest.size() || (i > 0 && slots_[first + i].day != slots_[first + i - 1].day);
        if (ends && !open.empty()) {
          days.emplace_back(first + i - 1, median_inplace(open));
          open.clear();
        }
        if (i < rest.size() && slots_[first + i].open) open.push_back(rest[i]);
      }
      std::vector<double> same;
      const auto shrunk = [&same] {
        const double count = real(same.size());
        return median_inplace(same) * count / (count + kEffectBelief);
      };
      for (std::size_t day = 0; day < 7; ++day) {
        same.clear();
        for (const auto& [at, value] : days) {
          if (weekday(slots_[at]) == day) same.push_back(value);
        }
        weekdays_[day] = shrunk();
      }
      for (std::size_t bit = 0; bit < kEventsMost; ++bit) {
        same.clear();
        for (const auto& [at, value] : days) {
          if ((slots_[at].events >> bit & 1) != 0)
            same.push_back(value - weekdays_[weekday(slots_[at])]);
        }
        events_[bit] = shrunk();
      }
    }
    double effect(const Slot& slot) const {
      if (!slot.open) return 0;
      double sum = weekdays_[weekday(slot)];
      for (std::size_t bit = 0; bit < kEventsMost; ++bit) {
        if ((slot.events >> bit & 1) != 0) sum += events_[bit];
      }
      return sum;
    }

    static constexpr std::size_t kEventsMost = 16;
    std::span<const Slot> slots_;
    std::span<const double> values_;
    std::size_t days_;  // values of a minute on so many days
    Transform transform_;
    DayProfile profiles_[kDayTypes];
    std::map<int, double> tables_;
    double weekdays_[7] = {};
    double events_[kEventsMost] = {};
  };
};

}  // namespace

const Model& session_profile() {
  static const SessionProfile model;
  return model;
}

}  // namespace headroom::forecast::model
