// A year ahead nothing beats the years before: the mean of the same weekday and hour in the same
// weeks of past years, smoothed over the weeks around, with the newest weeks' difference to it
// fading away.
#include <algorithm>
#include <cmath>

#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"

namespace headroom::forecast::model {
namespace {

using std::chrono::hours;

constexpr auto kWeek = hours(24 * 7);
constexpr std::size_t kWeeksOfYear = 52;  // weekdays stay on weekdays
constexpr std::size_t kYearsMost = 5;
constexpr std::size_t kRecentWeeks = 4;
constexpr double kReachWeeks = 4;
constexpr double kFadingWeeks = 20;
constexpr Parameter kParameters[] = {
    {"weeks", kReachWeeks, 0, 20, "weeks on either side that smooth each other"},
    {"fading", kFadingWeeks, 0.01, 1000,
     "weeks after which the newest weeks' difference is down to a third"}};

class YearProfile final : public Model {
 public:
  std::string_view name() const override { return "year_profile"; }
  std::string_view about() const override {
    return "Smoothed mean of the same week, weekday and hour of past years";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    const bool carries =
        task.step.count() > 0 && real(task.points) * static_cast<double>(task.step.count()) >
                                     kWeeksOfYear * std::chrono::milliseconds(kWeek).count();
    return carries ? 0.03 * real(task.steps) + 0.002 * real(task.points) : 0;
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    if (series.step.count() <= 0 || series.step > hours(24) || kWeek % series.step != hours(0)) {
      return false;
    }
    const Years years(series,
                      static_cast<std::size_t>(settings.empty() ? kReachWeeks : settings[0]));
    const std::size_t n = series.values.size();
    const std::size_t recent = kRecentWeeks * years.week();
    if (n < years.year() + 2 * recent) return false;
    double difference = 0;
    for (std::size_t i = n - recent; i < n; ++i) {
      difference += (series.values[i] - years.at(i, n - recent)) / real(recent);
    }
    const double fading = (settings.empty() ? kFadingWeeks : settings[1]) * real(years.week());
    for (std::size_t h = 0; h < path.size(); ++h) {
      path[h] = years.at(n + h, n) + difference * std::exp(-real(h) / fading);
    }
    return true;
  }

 private:
  class Years {
   public:
    Years(const Series& series, std::size_t reach)
        : values_(series.values),
          week_(static_cast<std::size_t>(kWeek / series.step)),
          reach_(reach) {}

    std::size_t week() const { return week_; }
    std::size_t year() const { return kWeeksOfYear * week_; }

    // Mean at the same place of past years, out of values[0 … known - 1]; there must be a year.
    double at(std::size_t index, std::size_t known) const {
      double sum = 0;
      double count = 0;
      std::size_t years = index >= known ? (index - known) / year() + 1 : 1;
      for (std::size_t used = 0; used < kYearsMost && years * year() <= index; ++used, ++years) {
        const std::size_t centre = index - years * year();
        for (std::size_t j = 0; j <= 2 * reach_; ++j) {
          const std::size_t place = centre + j * week_;
          if (place < reach_ * week_ || place - reach_ * week_ >= known) continue;
          sum += values_[place - reach_ * week_];
          count += 1;
        }
      }
      return count > 0 ? sum / count : values_[known - 1];
    }

   private:
    std::span<const double> values_;
    std::size_t week_;
    std::size_t reach_;
  };
};

}  // namespace

const Model& year_profile() {
  static const YearProfile model;
  return model;
}

}  // namespace headroom::forecast::model
