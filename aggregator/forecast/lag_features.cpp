#include "aggregator/forecast/lag_features.h"

#include <algorithm>
#include <bit>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr std::size_t kNearLags = 6;         // 1 … so many
constexpr std::size_t kSeasonLags = 7;       // whole seasons back
constexpr std::size_t kSeasonlessLags = 12;  // without a season
constexpr std::size_t kLagShare = 3;         // lags reach back a third of the history at most

// In steps, ascending, each once.
std::vector<std::size_t> choose_lags(std::size_t points, std::size_t difference,
                                     std::size_t longest_period) {
  std::vector<std::size_t> lags;
  const std::size_t limit = (points - difference) / kLagShare;
  const auto add = [&](std::size_t lag) {
    if (lag >= 1 && lag <= limit) lags.push_back(lag);
  };
  for (std::size_t k = 1; k <= (difference > 1 ? kNearLags : kSeasonlessLags); ++k) add(k);
  if (difference > 1) {
    for (std::size_t k = 1; k <= kSeasonLags; ++k) add(k * difference);
    for (const std::size_t around :
         {difference, std::min(longest_period, kSeasonLags * difference)}) {
      add(around - 1);
      add(around);
      add(around + 1);
    }
  }
  std::sort(lags.begin(), lags.end());
  lags.erase(std::unique(lags.begin(), lags.end()), lags.end());
  return lags;
}

}  // namespace

std::optional<LagFeatures> LagFeatures::make(const Series& series, std::size_t steps) {
  const std::size_t n = series.values.size();
  const std::size_t difference = difference_of(series, kLagRowsMin);
  if (n < difference + kLagRowsMin) return std::nullopt;
  const std::size_t longest = series.periods.empty() ? difference : series.periods.back();
  std::vector<std::size_t> lags = choose_lags(n, difference, longest);
  if (lags.empty() || n < difference + lags.back() + kLagRowsMin) return std::nullopt;

  const std::size_t lost = difference + lags.back();
  const auto newest = series.values.last(std::min(n, kLagRows + lost));
  LagFeatures made(SeasonalChanges(newest, difference), std::move(lags));
  made.offset_ = n - newest.size();
  made.periods_.assign(series.periods.begin(), series.periods.end());
  if (series.slots.size() >= n + steps) {
    made.slots_ = series.slots.subspan(made.offset_);
    for (const Slot& slot : made.slots_.first(newest.size())) made.events_ |= slot.events;
  }
  made.fill(lost);
  return made;
}

LagFeatures::LagFeatures(SeasonalChanges changes, std::vector<std::size_t> lags)
    : changes_(std::move(changes)), lags_(std::move(lags)) {}

void LagFeatures::fill(std::size_t lost) {
  const std::size_t n = changes_.size();
  for (const double level : changes_.levels()) mean_level_ += level / real(n);
  sums_.resize(n + 1);
  for (std::size_t t = 0; t < n; ++t) sums_[t + 1] = sums_[t] + changes_.changes()[t];
  // Level, two means, lags, two per season; from the calendar six and two per event.
  columns_ = 3 + lags_.size() + 2 * periods_.size();
  if (!slots_.empty()) columns_ += 6 + 2 * static_cast<std::size_t>(std::popcount(events_));
  matrix_.resize((n - lost) * columns_);
  for (std::size_t t = lost; t < n; ++t) {
    fill_row(t, changes_, sums_, std::span(matrix_).subspan((t - lost) * columns_, columns_));
    targets_.push_back(changes_.changes()[t]);
  }
}

void LagFeatures::fill_row(std::size_t t, const SeasonalChanges& changes,
                           std::span<const double> sums, std::span<double> row) const {
  const std::size_t difference = changes.difference();
  std::size_t c = 0;
  row[c++] = changes.levels()[t - difference] - mean_level_;
  const auto mean = [&](std::size_t window) { return (sums[t] - sums[t - window]) / real(window); };
  row[c++] = mean(std::min(difference, lags_.back()));
  row[c++] = mean(lags_.back());
  for (const std::size_t lag : lags_) row[c++] = changes.changes()[t - lag];
  // Where in each season, and in which of the shorter seasons within it (the weekday).
  std::size_t shorter = 1;
  for (const std::size_t period : periods_) {
    const std::size_t phase = (offset_ + t) % period;
    row[c++] = real(phase);
    row[c++] = real(phase / shorter);
    shorter = period;
  }
  if (slots_.empty()) return;
  for (const std::size_t at : {t, t - difference}) {
    const Slot& slot = slots_[at];
    row[c++] = static_cast<double>(slot.type);
    row[c++] = slot.open ? 1 : 0;
    row[c++] = slot.minute;
    for (unsigned bits = events_; bits != 0; bits &= bits - 1) {
      row[c++] = (slot.events & bits & (~bits + 1)) != 0 ? 1 : 0;
    }
  }
}

bool LagFeatures::run(const std::function<double(std::span<const double>)>& predict,
                      std::span<double> path) const {
  SeasonalChanges changes = changes_;
  std::vector<double> sums = sums_;
  sums.reserve(sums.size() + path.size());
  std::vector<double> row(columns_);
  for (double& value : path) {
    fill_row(changes.size(), changes, sums, row);
    const auto next = changes.push(predict(row));
    if (!next) return false;
    value = *next;
    sums.push_back(sums.back() + changes.changes().back());
  }
  return true;
}

}  // namespace headroom::forecast
