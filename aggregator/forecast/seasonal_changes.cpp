#include "aggregator/forecast/seasonal_changes.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr double kBandDeviations = 2;
constexpr std::size_t kSeasonsMin = 3;

}  // namespace

SeasonalChanges::Band SeasonalChanges::band_of(std::span<const double> values) {
  double mean = 0;
  for (const double value : values) mean += value / real(values.size());
  double square = 0;
  for (const double value : values) square += (value - mean) * (value - mean);
  const double room = kBandDeviations * std::sqrt(square / real(values.size()));
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {*least - room, *most + room};
}

SeasonalChanges::SeasonalChanges(std::span<const double> values, std::size_t difference)
    : transform_(Transform::logarithm(values)), difference_(difference) {
  HEADROOM_ASSERT(difference >= 1 && values.size() > difference);
  levels_.reserve(values.size());
  for (const double value : values) levels_.push_back(transform_.apply(value));
  changes_.resize(values.size());
  for (std::size_t t = difference; t < values.size(); ++t) {
    changes_[t] = levels_[t] - levels_[t - difference];
  }
  level_band_ = band_of(levels_);
  change_band_ = band_of(std::span(changes_).subspan(difference));
}

SeasonalChanges SeasonalChanges::until(std::size_t end) const {
  HEADROOM_ASSERT(end > difference_ && end <= size());
  SeasonalChanges earlier = *this;
  earlier.levels_.resize(end);
  earlier.changes_.resize(end);
  return earlier;
}

std::optional<double> SeasonalChanges::push(double change) {
  if (!std::isfinite(change)) return std::nullopt;
  const double base = levels_[levels_.size() - difference_];
  const double level = std::clamp(base + std::clamp(change, change_band_.least, change_band_.most),
                                  level_band_.least, level_band_.most);
  const double value = transform_.invert(level);
  if (!std::isfinite(value)) return std::nullopt;
  levels_.push_back(level);
  changes_.push_back(level - base);
  return value;
}

std::size_t difference_of(const Series& series, std::size_t rows) {
  const bool seasonal =
      series.season > 1 && series.values.size() >= kSeasonsMin * series.season + rows;
  return seasonal ? series.season : 1;
}

}  // namespace headroom::forecast
