// A long short-term memory network (Hochreiter & Schmidhuber 1997) that learns the changes against
// the season before, trained on this series alone and stopped where it no longer learns for days
// that it has not seen.
//
// It is judged there by whole paths, each step feeding the next, and not by single steps: a small
// bias of every change adds up season by season.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "aggregator/forecast/dice.h"
#include "aggregator/forecast/lstm_network.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/seasonal_changes.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::size_t kPointsMax = 4032;  // learnt from: 24 weeks of hours
constexpr std::size_t kRowsMin = 120;     // beyond three seasons
constexpr std::size_t kSequences = 16;    // per training step
constexpr std::size_t kSteps = 48;        // per sequence
constexpr std::size_t kWarmUp = 12;       // of them, before the loss counts
constexpr std::size_t kCheckEvery = 10;   // training steps between looks at the held-out tail
constexpr std::size_t kPatience = 5;      // looks without progress
constexpr std::size_t kHeldOutShare = 8;  // one part in so many, the newest
constexpr std::size_t kHeldOutMax = 400;  // points
constexpr std::size_t kRunUp = 200;       // points that fill the state before the forecast
constexpr double kInputLimit = 4;         // of a scaled input, so that bursts do not saturate
constexpr std::size_t kPhases = 2;        // seasons that inputs know
constexpr double kGradientLimit = 1;      // Euclidean length (Pascanu et al. 2013)
constexpr std::uint64_t kSeed = 1997;

constexpr std::array<Parameter, 3> kParameters{{
    {"units", 16, 1, 64, "memory cells"},
    {"training_steps", 200, 1, 5000, "updates of the weights, at most"},
    {"learning_rate", 0.01, 0.0001, 0.1, "of Adam"},
}};

// Inputs of one point from what was known before it: scaled changes a step, a season and the
// longest season ago, the level a season ago, sine and cosine of the phases, and the calendar.
class Inputs {
 public:
  Inputs(const Series& series, const SeasonalChanges& changes, std::size_t steps)
      : offset_(series.values.size() - changes.size()) {
    const auto known = changes.changes().subspan(changes.difference());
    const double usual = spread(known, 0);
    unit_ = usual > 0 ? usual : 1;
    centre_ = median(changes.levels());
    const double about = spread(changes.levels(), centre_);
    level_unit_ = about > 0 ? about : 1;
    for (const std::size_t period :
         series.periods.first(std::min(kPhases, series.periods.size()))) {
      periods_.push_back(period);
    }
    if (!series.periods.empty()) longest_ = series.periods.back();
    if (series.slots.size() >= series.values.size() + steps) slots_ = series.slots.subspan(offset_);
  }

  std::size_t count() const { return 4 + 2 * periods_.size() + (slots_.empty() ? 0 : 4); }
  double unit() const { return unit_; }

  void fill(std::size_t t, const SeasonalChanges& changes, std::span<double> out) const {
    std::size_t c = 0;
    const auto lag = [&](std::size_t back) {
      return t >= back ? limited(changes.changes()[t - back] / unit_) : 0;
    };
    const std::size_t season = changes.difference();
    out[c++] = lag(1);
    out[c++] = lag(season > 1 ? season : 2);
    out[c++] = lag(longest_ > season ? longest_ : 3);
    out[c++] = limited((changes.levels()[t - season] - centre_) / level_unit_);
    for (const std::size_t period : periods_) {
      const double angle = 2 * std::numbers::pi * real((offset_ + t) % period) / real(period);
      out[c++] = std::sin(angle);
      out[c++] = std::cos(angle);
    }
    if (slots_.empty()) return;
    for (const std::size_t at : {t, t - season}) {
      out[c++] = static_cast<double>(slots_[at].type) / 2;
      out[c++] = slots_[at].open ? 1 : 0;
    }
  }

 private:
  static double limited(double value) { return std::clamp(value, -kInputLimit, kInputLimit); }

  std::size_t offset_;
  double unit_ = 1;
  double centre_ = 0;
  double level_unit_ = 1;
  std::vector<std::size_t> periods_;
  std::size_t longest_ = 0;
  std::span<const Slot> slots_;
};

// The rows that are learnt from, and batches out of them.
class Lesson {
 public:
  // Rows of the points before `end`.
  Lesson(const SeasonalChanges& changes, const Inputs& inputs, std::size_t end)
      : width_(inputs.count()), rows_(end - changes.difference()) {
    cells_.resize(rows_ * width_);
    for (std::size_t r = 0; r < rows_; ++r) {
      const std::size_t t = changes.difference() + r;
      inputs.fill(t, changes, std::span(cells_).subspan(r * width_, width_));
      targets_.push_back(changes.changes()[t] / inputs.unit());
    }
  }

  LstmBatch draw(Dice& dice) const {
    LstmBatch batch{.steps = kSteps, .sequences = kSequences, .warm_up = kWarmUp};
    batch.inputs.resize(kSteps * kSequences * width_);
    batch.targets.resize(kSteps * kSequences);
    for (std::size_t s = 0; s < kSequences; ++s) {
      copy(dice.below(rows_ - kSteps + 1), s, batch);
    }
    return batch;
  }

 private:
  void copy(std::size_t row, std::size_t sequence, LstmBatch& batch) const {
    for (std::size_t t = 0; t < batch.steps; ++t) {
      const std::size_t to = t * batch.sequences + sequence;
      const auto from = std::span(cells_).subspan((row + t) * width_, width_);
      std::copy(from.begin(), from.end(),
                batch.inputs.begin() + static_cast<std::ptrdiff_t>(to * width_));
      batch.targets[to] = targets_[row + t];
    }
  }

  std::size_t width_;
  std::size_t rows_;
  std::vector<double> cells_;
  std::vector<double> targets_;
};

// Appends `steps` forecasts to `changes`; their values go to `path` unless it is empty.
bool extend(const LstmShape& shape, std::span<const double> weights, const Inputs& inputs,
            SeasonalChanges& changes, std::size_t steps, std::span<double> path) {
  LstmState state(shape);
  std::vector<double> row(shape.inputs);
  const std::size_t n = changes.size();
  for (std::size_t t = std::max(changes.difference(), n - std::min(n, kRunUp)); t < n; ++t) {
    inputs.fill(t, changes, row);
    state.step(weights, row);
  }
  for (std::size_t h = 0; h < steps; ++h) {
    inputs.fill(changes.size(), changes, row);
    const auto next = changes.push(state.step(weights, row) * inputs.unit());
    if (!next) return false;
    if (!path.empty()) path[h] = *next;
  }
  return true;
}

// Mean absolute error of paths from two moments that together cover what is held out.
double rehearse(const LstmShape& shape, std::span<const double> weights, const Inputs& inputs,
                const SeasonalChanges& changes, std::size_t held_out) {
  double error = 0;
  const std::size_t middle = held_out + (changes.size() - held_out) / 2;
  for (const auto& [begin, end] :
       {std::pair(held_out, middle), std::pair(middle, changes.size())}) {
    SeasonalChanges known = changes.until(begin);
    if (!extend(shape, weights, inputs, known, end - begin, {})) {
      return std::numeric_limits<double>::infinity();
    }
    for (std::size_t t = begin; t < end; ++t) {
      error += std::abs(known.levels()[t] - changes.levels()[t]);
    }
  }
  return error / real(changes.size() - held_out);
}

std::vector<double> train(const LstmShape& shape, const SeasonalChanges& changes,
                          const Inputs& inputs, std::size_t steps, double rate) {
  const std::size_t held_out =
      changes.size() - std::min(changes.size() / kHeldOutShare, kHeldOutMax);
  const Lesson lesson(changes, inputs, held_out);
  std::vector<double> weights = initial_weights(shape, kSeed);
  std::vector<double> best = weights;  // untrained: the seasonal naive
  std::vector<double> gradient(weights.size());
  double least = rehearse(shape, weights, inputs, changes, held_out);
  Adam adam(weights.size(), rate);
  Dice dice(kSeed);
  std::size_t idle = 0;
  for (std::size_t step = 1; step <= steps && idle < kPatience; ++step) {
    lstm_loss(shape, weights, lesson.draw(dice), gradient);
    double square = 0;
    for (const double g : gradient) square += g * g;
    const double length = std::sqrt(square);
    if (length > kGradientLimit) {
      for (double& g : gradient) g *= kGradientLimit / length;
    }
    adam.update(weights, gradient);
    if (step % kCheckEvery != 0) continue;
    const double error = rehearse(shape, weights, inputs, changes, held_out);
    ++idle;
    if (error < least) {
      least = error;
      best = weights;
      idle = 0;
    }
  }
  return best;
}

class Lstm final : public Model {
 public:
  std::string_view name() const override { return "lstm"; }
  std::string_view about() const override {
    return "LSTM network trained on this series alone (Hochreiter & Schmidhuber 1997)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override { return 500'000 + 5 * real(task.steps); }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const auto values = newest(series.values, kPointsMax);
    const std::size_t difference =
        difference_of({.values = values, .periods = {}, .season = series.season}, kRowsMin);
    if (values.size() < difference + kRowsMin) return false;
    SeasonalChanges changes(values, difference);
    const Inputs inputs(series, changes, path.size());
    const LstmShape shape{inputs.count(), count_setting(kParameters, settings, 0)};
    const std::vector<double> weights =
        train(shape, changes, inputs, count_setting(kParameters, settings, 1),
              setting(kParameters, settings, 2));
    return extend(shape, weights, inputs, changes, path.size(), path);
  }
};

}  // namespace

const Model& lstm() {
  static const Lstm model;
  return model;
}

}  // namespace headroom::forecast::model
