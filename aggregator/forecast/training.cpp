#include "aggregator/forecast/training.h"

#include <algorithm>
#include <utility>

#include "aggregator/forecast/profile.h"
#include "aggregator/forecast/season.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kBlocksMax = 64;   // where no season gives them a length
constexpr std::size_t kKeptSeasons = 3;  // after a level shift
constexpr std::size_t kKeptPoints = 12;  // the same without a season

}  // namespace

Training::Training(Observed observed, std::chrono::milliseconds step) {
  const std::vector<Season> seasons = find_seasons(observed.values, step);
  for (const Season& season : seasons) periods_.push_back(season.period);
  season_ = main_period(seasons, step);
  cleaned_ = observed.values;
  truth_ = std::move(observed.values);
  filled_ = fill_gaps(cleaned_, periods_);
  damped_ = damp_spikes(cleaned_, season_);
  if (!observed.constant) find_shift();
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
  for (std::size_t i = 0; i < shift_.at; ++i) levelled_[i] += shift_.jump;
}

Series Training::until(std::size_t end) const {
  HEADROOM_ASSERT(end > 0 && end <= size());
  Series series{.values = cleaned_, .periods = periods_, .season = season_};
  if (shift_.at == 0 || end < known_from_) {
    series.values = series.values.first(end);
    return series;
  }
  const std::size_t wanted = periods_.empty() ? kKeptPoints : kKeptSeasons * periods_.back();
  const std::size_t begin = std::min(shift_.at, end - std::min(end, wanted));
  series.values = std::span(levelled_).subspan(begin, end - begin);
  return series;
}

}  // namespace headroom::forecast
