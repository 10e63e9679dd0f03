// Ridge autoregression on seasonal differences: what the last hours, the same hours of the last
// days and of last week say about how the next value will differ from the one a season ago. Sparse
// lags around the multiples of the season stand for the long memory of load; the penalty keeps
// short histories from being learnt by heart.
#include <algorithm>
#include <cmath>
#include <utility>

#include "aggregator/forecast/lagged_sums.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/ridge.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/transform.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kSeasonsUsed = 84;  // twelve weeks of days
constexpr std::size_t kPointsUsed = 20'000;
constexpr std::size_t kRowsPerLag = 3;  // fewer rows than this per column teach nothing
constexpr double kPenalty = 1e-3;
constexpr double kClipSpreads = 2;  // a path may leave what was seen by so much

constexpr Parameter kParameters[] = {
    {"penalty", kPenalty, 0, 10, "ridge penalty, against columns of variance 1"},
    {"log", -1, -1, 1, "1: on logarithms, 0: on the values themselves, -1: as the variant has it"},
};

// Which past values take part.
struct Design {
  std::size_t difference = 0;  // 0: none
  std::vector<std::size_t> lags;
};

struct Variant {
  std::string_view name;
  std::string_view about;
  bool log;
  Design (*design)(std::size_t season, std::size_t week);
};

void add_range(std::vector<std::size_t>& lags, std::size_t from, std::size_t to) {
  for (std::size_t lag = from; lag <= to; ++lag) lags.push_back(lag);
}

// m: the season, w: the longer period, both in steps.
Design daily(std::size_t m, std::size_t w) {
  Design design{m, {1, 2, 3}};
  add_range(design.lags, m - 1, m + 2);
  for (std::size_t lag = 2 * m; lag + 1 < w; lag += m) design.lags.push_back(lag);
  add_range(design.lags, w - 1, w + 2);
  return design;
}

Design weekly(std::size_t m, std::size_t w) {
  Design design{w, {1, 2}};
  add_range(design.lags, m, m + 2);
  for (std::size_t lag = 2 * m; lag + 1 < w; lag += m) design.lags.push_back(lag);
  add_range(design.lags, w - 1, w + 2);
  return design;
}

Design dense(std::size_t m, std::size_t w) {
  Design design{m, {}};
  add_range(design.lags, 1, std::min<std::size_t>(m + 2, 26));
  add_range(design.lags, m - 1, m + 2);
  add_range(design.lags, 2 * m - 1, 2 * m + 1);
  for (std::size_t lag = 3 * m; lag + 1 < w; lag += m) design.lags.push_back(lag);
  add_range(design.lags, w - 1, w + 2);
  return design;
}

// One history, several ends.
class Fitter {
 public:
  Fitter(std::span<const double> values, Design design, Transform transform)
      : design_(std::move(design)), transform_(transform), z_(values.size()) {
    for (std::size_t i = 0; i < values.size(); ++i) z_[i] = transform.apply(values[i]);
    const std::size_t d = design_.difference;
    w_.resize(z_.size() - d);
    for (std::size_t i = 0; i < w_.size(); ++i) w_[i] = d > 0 ? z_[i + d] - z_[i] : z_[i];
  }

  // `ends` in values, ascending.
  void forecast(std::span<const std::size_t> ends, double penalty,
                std::span<std::vector<double>> paths) const {
    const std::size_t first = design_.lags.back();
    std::vector<std::size_t> row_ends;
    for (const std::size_t end : ends) row_ends.push_back(end - design_.difference);
    const LaggedSums sums(w_, design_.lags, first, row_ends);
    for (std::size_t e = 0; e < ends.size(); ++e) {
      extrapolate(row_ends[e], sums, e, penalty, paths[e]);
    }
  }

 private:
  void extrapolate(std::size_t end, const LaggedSums& sums, std::size_t e, double penalty,
                   std::vector<double>& path) const {
    const std::size_t k = design_.lags.size();
    const std::size_t first = design_.lags.back();
    const double rows = real(end - first);
    std::vector<double> products(k * k);
    std::vector<double> with_target(k);
    for (std::size_t a = 0; a < k; ++a) {
      with_target[a] = sums.product(e, 0, a + 1) - sums.sum(e, 0) * sums.sum(e, a + 1) / rows;
      for (std::size_t b = 0; b <= a; ++b) {
        products[a * k + b] =
            sums.product(e, a + 1, b + 1) - sums.sum(e, a + 1) * sums.sum(e, b + 1) / rows;
      }
    }
    const auto slopes = solve_ridge(products, std::move(with_target), penalty);
    double intercept = sums.sum(e, 0) / rows;
    for (std::size_t a = 0; a < k; ++a) intercept -= slopes[a] * sums.sum(e, a + 1) / rows;

    const auto [low, high] = std::minmax_element(w_.begin() + static_cast<std::ptrdiff_t>(first),
                                                 w_.begin() + static_cast<std::ptrdiff_t>(end));
    const double mean = sums.sum(e, 0) / rows;
    const double deviation = std::sqrt(std::max(sums.product(e, 0, 0) / rows - mean * mean, 0.0));
    const double least = *low - kClipSpreads * deviation;
    const double most = *high + kClipSpreads * deviation;

    // The newest values that the lags reach back to, with the path behind them.
    std::vector<double> w(w_.begin() + static_cast<std::ptrdiff_t>(end - first),
                          w_.begin() + static_cast<std::ptrdiff_t>(end));
    w.resize(first + path.size());
    const std::size_t d = design_.difference;
    std::vector<double> z(path.size());
    for (std::size_t h = 0; h < path.size(); ++h) {
      double next = intercept;
      for (std::size_t a = 0; a < k; ++a) next += slopes[a] * w[first + h - design_.lags[a]];
      next = std::clamp(next, least, most);
      w[first + h] = next;
      if (d > 0) next += h < d ? z_[end + h] : z[h - d];
      z[h] = next;
      path[h] = transform_.invert(next);
    }
  }

  Design design_;
  Transform transform_;
  std::vector<double> z_;
  std::vector<double> w_;
};

class RidgeAr final : public Model {
 public:
  explicit RidgeAr(Variant variant) : variant_(variant) {}
  std::string_view name() const override { return variant_.name; }
  std::string_view about() const override { return variant_.about; }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    const double points = real(std::min(
        {task.points, kPointsUsed, kSeasonsUsed * std::max<std::size_t>(task.season, 24)}));
    return 10 + 0.012 * points + 0.04 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    std::vector<double> own(path.size());
    if (!forecast_each({&series, 1}, settings, {&own, 1})) return false;
    std::copy(own.begin(), own.end(), path.begin());
    return true;
  }

  bool forecast_each(std::span<const Series> series, Settings settings,
                     std::span<std::vector<double>> paths) const override {
    // Cuts of the same values from the same start share their sums, as long as they are not so far
    // apart that what the newest may look at is far more than what one of them needs.
    for (std::size_t begin = 0; begin < series.size();) {
      std::size_t end = begin + 1;
      const std::size_t used = points_used(series[begin]);
      while (end < series.size() && series[end].values.data() == series[begin].values.data() &&
             series[end].values.size() - series[begin].values.size() <= used) {
        ++end;
      }
      if (!run(series.subspan(begin, end - begin), settings, paths.subspan(begin, end - begin))) {
        return false;
      }
      begin = end;
    }
    return true;
  }

 private:
  static std::size_t points_used(const Series& series) {
    return std::min(kSeasonsUsed * std::max<std::size_t>(series.season, 24), kPointsUsed);
  }

  bool run(std::span<const Series> series, Settings settings,
           std::span<std::vector<double>> paths) const {
    const std::size_t shortest = series.front().values.size();
    const std::size_t used = points_used(series.back());
    auto design = design_for(series.back(), std::min(shortest, used));
    if (design.lags.empty()) return false;
    auto values = series.back().values;
    const std::size_t spare = shortest > used ? shortest - used : 0;
    values = values.subspan(spare);
    const double penalty = settings.empty() ? kPenalty : settings[0];
    const bool log = settings.empty() || settings[1] < 0 ? variant_.log : settings[1] > 0;
    std::vector<std::size_t> ends;
    for (const Series& one : series) ends.push_back(one.values.size() - spare);
    const Fitter fitter(values, std::move(design),
                        log ? Transform::logarithm(values) : Transform::none());
    fitter.forecast(ends, penalty, paths);
    return true;
  }

  // As many of the variant's lags as the shortest cut has rows for.
  Design design_for(const Series& series, std::size_t points) const {
    Design design;
    const std::size_t m = series.season;
    if (m >= 4) {
      std::size_t week = 7 * m;
      for (const std::size_t period : series.periods) {
        if (period >= 2 * m && period <= 14 * m) week = period;
      }
      design = variant_.design(m, week);
    } else {
      if (variant_.design != &daily) return {};
      add_range(design.lags, 1, 24);
    }
    std::sort(design.lags.begin(), design.lags.end());
    design.lags.erase(std::unique(design.lags.begin(), design.lags.end()), design.lags.end());
    while (!design.lags.empty() &&
           design.difference + design.lags.back() + kRowsPerLag * design.lags.size() > points) {
      design.lags.pop_back();
    }
    return design;
  }

  Variant variant_;
};

}  // namespace

const Model& ridge_ar() {
  static const RidgeAr model({"ridge_ar",
                              "Ridge autoregression of logarithms on the difference to the season "
                              "before, sparse lags up to a week",
                              true, &daily});
  return model;
}

const Model& ridge_ar_week() {
  static const RidgeAr model({"ridge_ar_week",
                              "Ridge autoregression of logarithms on the difference to the week "
                              "before",
                              true, &weekly});
  return model;
}

const Model& ridge_ar_linear() {
  static const RidgeAr model({"ridge_ar_linear",
                              "Ridge autoregression on the difference to the season before, dense "
                              "lags, without logarithms",
                              false, &dense});
  return model;
}

}  // namespace headroom::forecast::model
