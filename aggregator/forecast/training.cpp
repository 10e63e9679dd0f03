#include "aggregator/forecast/training.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "aggregator/forecast/calendar/calendar.h"
#include "aggregator/forecast/profile.h"
#include "aggregator/forecast/season.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kBlocksMax = 64;   // where no season gives them a length
constexpr std::size_t kKeptSeasons = 3;  // after a level shift
constexpr std::size_t kKeptPoints = 12;  // the same without a season

}  // namespace

Training::Training(Observed observed, const Times& times)
    : start_(times.start), step_(times.step), truth_(std::move(observed.values)) {
  // The first value has to stay: what is filled in leans on it.
  outages_ = drop_outages(std::span(truth_).subspan(1));
  cleaned_ = truth_;
  if (times.calendar != nullptr) {
    find_irregular(*times.calendar, times.ahead);
    for (std::size_t i = 1; i + 1 < size(); ++i) {
      if (irregular_[i] != 0) cleaned_[i] = std::numeric_limits<double>::quiet_NaN();
    }
  }
  const std::vector<double> as_measured = cleaned_;
  clean(find_seasons(cleaned_, step_));
  if (damped_ > 0) {
    // Wild values hide seasons: what shows without them may show more, and tells better then what
    // is wild.
    const std::vector<Season> seasons = find_seasons(cleaned_, step_);
    const auto shows = [&](std::size_t period) {
      return std::any_of(seasons.begin(), seasons.end(),
                         [&](const Season& season) { return season.period == period; });
    };
    if (seasons.size() > periods_.size() && std::all_of(periods_.begin(), periods_.end(), shows)) {
      cleaned_ = as_measured;
      clean(seasons);
    }
  }
  const auto unknown = [](double value) { return std::isnan(value); };
  filled_ =
      static_cast<std::size_t>(std::count_if(truth_.begin(), truth_.end(), unknown)) - outages_;
  if (times.calendar != nullptr) {
    with_irregular_ = cleaned_;
    for (std::size_t i = 0; i < size(); ++i) {
      if (irregular_[i] != 0 && !std::isnan(truth_[i])) with_irregular_[i] = truth_[i];
    }
  }
  if (!observed.constant) find_shift();
}

void Training::clean(const std::vector<Season>& seasons) {
  periods_.clear();
  for (const Season& season : seasons) periods_.push_back(season.period);
  season_ = main_period(seasons, step_);
  fill_gaps(cleaned_, periods_);
  std::vector<std::size_t> wild;
  damped_ = damp_spikes(cleaned_, season_, &wild);
  judged_ = truth_;
  for (const std::size_t at : wild) judged_[at] = std::numeric_limits<double>::quiet_NaN();
}

void Training::find_irregular(const Calendar& calendar, std::size_t ahead) {
  slots_ = calendar.slots(start_, step_, size() + ahead);
  irregular_.assign(slots_.size(), 0);
  const auto weekday = [&](const Slot& slot) {
    return static_cast<std::size_t>((slot.day % 7 + 7) % 7);
  };
  std::array<std::array<std::size_t, kDayTypes>, 7> seen{};
  for (const Slot& slot : slots_) ++seen[weekday(slot)][static_cast<std::size_t>(slot.type)];
  // Steps that do not divide a day meet another local time every day, by themselves.
  const bool whole = std::chrono::hours(24) % step_ == std::chrono::milliseconds(0);
  const auto day = whole ? static_cast<std::size_t>(std::chrono::hours(24) / step_) : 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const auto& types = seen[weekday(slots_[i])];
    const auto usual = std::max_element(types.begin(), types.end()) - types.begin();
    const bool other_day = static_cast<int>(slots_[i].type) != usual;
    // In the history the clock's change is left to the season; ahead it is known.
    const bool other_clock = i >= size() && day > 0 && i >= day && irregular_by_clock(i, day);
    irregular_[i] = other_day || other_clock ? 1 : 0;
  }
}

// Whether the same slot on the last day of the history had another local time.
bool Training::irregular_by_clock(std::size_t at, std::size_t day) const {
  const std::size_t days_back = (at - size()) / day + 1;
  if (days_back * day > at) return false;
  const int moved = slots_[at].minute - slots_[at - days_back * day].minute;
  return moved % (24 * 60) != 0;
}

void Training::find_shift() {
  // Without its season, so that a weekend is no change of level and days can serve as blocks.
  std::vector<double> rest = cleaned_;
  const Profile profile(cleaned_, periods_);
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= profile.at(i);
  const std::size_t block = season_ > 0 ? season_ : std::max<std::size_t>(size() / kBlocksMax, 1);
  shift_ = last_level_shift(rest, block);
  if (shift_.at == 0) return;
  known_from_ = std::min(shift_.at + kShiftBlocks * block, size());
  levelled_ = cleaned_;
  levelled_with_irregular_ = with_irregular_;
  for (std::size_t i = 0; i < shift_.at; ++i) {
    levelled_[i] += shift_.jump;
    if (!with_irregular_.empty()) levelled_with_irregular_[i] += shift_.jump;
  }
}

Series Training::until(std::size_t end) const {
  HEADROOM_ASSERT(end > 0 && end <= size());
  std::size_t begin = 0;
  const bool shifted = shift_.at > 0 && end >= known_from_;
  if (shifted) {
    const std::size_t wanted = periods_.empty() ? kKeptPoints : kKeptSeasons * periods_.back();
    begin = std::min(shift_.at, end - std::min(end, wanted));
  }
  const auto cut = [&](const std::vector<double>& values) {
    return values.empty() ? std::span<const double>()
                          : std::span(values).subspan(begin, end - begin);
  };
  Series series{.values = cut(shifted ? levelled_ : cleaned_),
                .periods = periods_,
                .season = season_,
                .start = start_ + static_cast<std::int64_t>(begin) * step_.count(),
                .step = step_};
  if (!slots_.empty()) {
    series.slots = std::span(slots_).subspan(begin);
    series.with_irregular = cut(shifted ? levelled_with_irregular_ : with_irregular_);
  }
  return series;
}

}  // namespace headroom::forecast
