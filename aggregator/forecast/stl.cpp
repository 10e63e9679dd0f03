#include "aggregator/forecast/stl.h"

#include <algorithm>
#include <cmath>

#include "aggregator/forecast/robust.h"
#include "common/base/result.h"

namespace headroom::forecast {
namespace {

constexpr int kInnerLoops = 2;
constexpr int kRobustInnerLoops = 1;
constexpr int kRobustRounds = 15;
constexpr int kMstlRounds = 2;

std::size_t odd(std::size_t value) { return value % 2 == 0 ? value + 1 : value; }
std::size_t odd_at_least(double value) {
  return odd(static_cast<std::size_t>(std::max(3.0, std::round(value))));
}

// Moving average of `length` values: one value per whole window.
std::vector<double> moving_average(std::span<const double> x, std::size_t length) {
  std::vector<double> result(x.size() - length + 1);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += x[i];
    if (i + 1 < length) continue;
    result[i + 1 - length] = sum / real(length);
    sum -= x[i + 1 - length];
  }
  return result;
}

class Smoother {
 public:
  Smoother(std::span<const double> values, std::size_t period, const StlOptions& options)
      : values_(values), period_(period) {
    const std::size_t n = values.size();
    const std::size_t window = options.periodic ? 10 * n + 1 : odd(options.season_window);
    const double share = 1 - 1.5 / real(window);
    season_ = {.window = window, .degree = 0};
    trend_ = {.window = odd_at_least(std::ceil(1.5 * real(period) / share)), .degree = 1};
    low_pass_ = {.window = odd(std::max<std::size_t>(period, 3)), .degree = 1};
    for (Loess* loess : {&season_, &trend_, &low_pass_}) {
      if (options.jumps) loess->jump = (loess->window + 9) / 10;
    }
    cycles_.resize(n + 2 * period);
    trend_now_.assign(n, 0.0);
    season_now_.assign(n, 0.0);
    rest_.resize(n);
    low_.resize(n);
  }

  // The inner loop: seasons and trend in turn.
  void pass(int loops, std::span<const double> robust) {
    const std::size_t n = values_.size();
    for (int loop = 0; loop < loops; ++loop) {
      for (std::size_t i = 0; i < n; ++i) rest_[i] = values_[i] - trend_now_[i];
      smooth_cycles(robust);
      // What is slower than a season does not belong to it.
      const auto averaged =
          moving_average(moving_average(moving_average(cycles_, period_), period_), 3);
      loess_all(averaged, low_pass_, {}, low_);
      for (std::size_t i = 0; i < n; ++i) {
        season_now_[i] = cycles_[period_ + i] - low_[i];
        rest_[i] = values_[i] - season_now_[i];
      }
      loess_all(rest_, trend_, robust, trend_now_);
    }
  }

  // Bisquare weights of the residuals about six times their median size.
  void weigh(std::vector<double>& weights) {
    const std::size_t n = values_.size();
    weights.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      rest_[i] = std::abs(values_[i] - trend_now_[i] - season_now_[i]);
    }
    const double limit = 6 * median(rest_);
    for (std::size_t i = 0; i < n; ++i) {
      if (rest_[i] <= 0.001 * limit) {
        weights[i] = 1;
      } else if (rest_[i] <= 0.999 * limit) {
        const double share = rest_[i] / limit;
        weights[i] = (1 - share * share) * (1 - share * share);
      } else {
        weights[i] = 0;
      }
    }
  }

  std::vector<double> take_trend() { return std::move(trend_now_); }
  std::vector<double> take_season() { return std::move(season_now_); }

 private:
  // Each phase smoothed over the periods and extended by one on either side: rest_ to cycles_.
  void smooth_cycles(std::span<const double> robust) {
    const std::size_t n = values_.size();
    for (std::size_t phase = 0; phase < period_; ++phase) {
      const std::size_t count = (n - phase - 1) / period_ + 1;
      line_.resize(count);
      line_weights_.resize(robust.empty() ? 0 : count);
      smooth_.resize(count + 2);
      for (std::size_t k = 0; k < count; ++k) {
        line_[k] = rest_[k * period_ + phase];
        if (!robust.empty()) line_weights_[k] = robust[k * period_ + phase];
      }
      loess_all(line_, season_, line_weights_, std::span(smooth_).subspan(1, count));
      const std::size_t window = std::min(season_.window, count);
      if (!loess_at(line_, season_, -1, 0, window - 1, line_weights_, smooth_[0])) {
        smooth_[0] = smooth_[1];
      }
      if (!loess_at(line_, season_, real(count), count - window, count - 1, line_weights_,
                    smooth_[count + 1])) {
        smooth_[count + 1] = smooth_[count];
      }
      for (std::size_t k = 0; k < count + 2; ++k) cycles_[k * period_ + phase] = smooth_[k];
    }
  }

  std::span<const double> values_;
  std::size_t period_;
  Loess season_;
  Loess trend_;
  Loess low_pass_;
  std::vector<double> trend_now_;
  std::vector<double> season_now_;
  std::vector<double> rest_;
  std::vector<double> low_;
  std::vector<double> cycles_;  // the smoothed phases, from one period before to one after
  std::vector<double> line_;
  std::vector<double> line_weights_;
  std::vector<double> smooth_;
};

// The mean of each phase instead of what the smoother left of its changes.
void make_periodic(std::vector<double>& season, std::size_t period) {
  for (std::size_t phase = 0; phase < period; ++phase) {
    double sum = 0;
    double count = 0;
    for (std::size_t i = phase; i < season.size(); i += period, ++count) sum += season[i];
    for (std::size_t i = phase; i < season.size(); i += period) season[i] = sum / count;
  }
}

}  // namespace

Stl stl(std::span<const double> values, std::size_t period, const StlOptions& options) {
  HEADROOM_ASSERT(period >= 2 && values.size() >= 2 * period);
  Smoother smoother(values, period, options);
  Stl result;
  if (options.robust) {
    for (int round = 0; round < kRobustRounds; ++round) {
      smoother.pass(kRobustInnerLoops, result.weights);
      smoother.weigh(result.weights);
    }
    smoother.pass(kRobustInnerLoops, result.weights);
  } else {
    smoother.pass(kInnerLoops, {});
  }
  result.trend = smoother.take_trend();
  result.season = smoother.take_season();
  if (options.periodic) make_periodic(result.season, period);
  result.remainder.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    result.remainder[i] = values[i] - result.trend[i] - result.season[i];
  }
  return result;
}

Decomposition decompose(std::span<const double> values, std::span<const std::size_t> periods,
                        bool robust) {
  Decomposition result;
  const std::size_t n = values.size();
  for (const std::size_t period : periods) {
    if (period >= 2 && 2 * period < n) result.periods.push_back(period);
  }
  std::sort(result.periods.begin(), result.periods.end());
  result.periods.erase(std::unique(result.periods.begin(), result.periods.end()),
                       result.periods.end());
  result.seasonals.assign(result.periods.size(), std::vector<double>(n, 0.0));
  std::vector<double> rest(values.begin(), values.end());
  const int rounds = result.periods.size() > 1 ? kMstlRounds : 1;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t k = 0; k < result.periods.size(); ++k) {
      std::vector<double>& season = result.seasonals[k];
      for (std::size_t i = 0; i < n; ++i) rest[i] += season[i];
      Stl part = stl(rest, result.periods[k], {.season_window = 11 + 4 * k, .robust = robust});
      season = std::move(part.season);
      for (std::size_t i = 0; i < n; ++i) rest[i] -= season[i];
      result.trend = std::move(part.trend);
    }
  }
  if (result.periods.empty()) {
    const std::size_t window = odd(std::max<std::size_t>(n / 3, 7));
    result.trend.resize(n);
    loess_all(values, {.window = window, .degree = 1, .jump = (window + 9) / 10}, {}, result.trend);
  }
  for (std::size_t i = 0; i < n; ++i) rest[i] -= result.trend[i];
  result.remainder = std::move(rest);
  return result;
}

}  // namespace headroom::forecast
