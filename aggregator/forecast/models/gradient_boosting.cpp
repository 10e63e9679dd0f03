// Gradient boosting by XGBoost (Chen & Guestrin 2016) on the forest's features, one thread, fixed
// seed. Only its C interface is used: nothing of it throws, and every call says whether it worked.
#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <xgboost/c_api.h>

#include "aggregator/forecast/lag_features.h"
#include "aggregator/forecast/model.h"
#include "aggregator/forecast/robust.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast::model {
namespace {

constexpr std::array<Parameter, 4> kParameters{{
    {"rounds", 80, 1, 1000, "trees, one after the other"},
    {"depth", 4, 1, 12, "splits from the root to a leaf, at most"},
    {"learning_rate", 0.05, 0.001, 1, "share of a tree's answer that counts"},
    {"min_leaf", 5, 1, 1000, "observations a leaf holds at least"},
}};

struct FreeMatrix {
  void operator()(void* handle) const { XGDMatrixFree(handle); }
};
struct FreeBooster {
  void operator()(void* handle) const { XGBoosterFree(handle); }
};
using Matrix = std::unique_ptr<void, FreeMatrix>;
using Booster = std::unique_ptr<void, FreeBooster>;

std::vector<float> single(std::span<const double> values, double factor) {
  std::vector<float> out;
  out.reserve(values.size());
  for (const double value : values) out.push_back(static_cast<float>(value * factor));
  return out;
}

Matrix matrix_of(std::span<const float> cells, std::size_t rows) {
  DMatrixHandle handle = nullptr;
  if (XGDMatrixCreateFromMat_omp(cells.data(), rows, cells.size() / rows,
                                 std::numeric_limits<float>::quiet_NaN(), &handle, 1) != 0) {
    return nullptr;
  }
  return Matrix(handle);
}

// The loss bends at 1, so targets come in units of their own spread.
Matrix training_matrix(const LagFeatures& features, double unit) {
  Matrix matrix = matrix_of(single(features.matrix(), 1), features.rows());
  const std::vector<float> targets = single(features.targets(), 1 / unit);
  if (matrix && XGDMatrixSetFloatInfo(matrix.get(), "label", targets.data(), targets.size()) != 0) {
    return nullptr;
  }
  return matrix;
}

Booster train(const Matrix& matrix, Settings settings) {
  DMatrixHandle data = matrix.get();
  BoosterHandle handle = nullptr;
  if (XGBoosterCreate(&data, 1, &handle) != 0) return nullptr;
  Booster booster(handle);
  const std::array<std::pair<const char*, std::string>, 11> options{{
      {"booster", "gbtree"},
      {"tree_method", "hist"},
      {"max_bin", "64"},
      {"objective", "reg:pseudohubererror"},
      {"base_score", "0"},
      {"nthread", "1"},
      {"seed", "2016"},
      {"verbosity", "0"},
      {"max_depth", std::to_string(count_setting(kParameters, settings, 1))},
      {"eta", std::to_string(setting(kParameters, settings, 2))},
      {"min_child_weight", std::to_string(setting(kParameters, settings, 3))},
  }};
  for (const auto& [name, value] : options) {
    if (XGBoosterSetParam(handle, name, value.c_str()) != 0) return nullptr;
  }
  const auto rounds = static_cast<int>(count_setting(kParameters, settings, 0));
  for (int round = 0; round < rounds; ++round) {
    if (XGBoosterUpdateOneIter(handle, round, data) != 0) return nullptr;
  }
  return booster;
}

// The answer for one row; nothing where the library refuses.
std::optional<double> predict(const Booster& booster, std::span<const float> row) {
  constexpr const char* kConfig =
      R"({"type": 0, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})";
  const Matrix one = matrix_of(row, 1);
  if (!one) return std::nullopt;
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* answer = nullptr;
  if (XGBoosterPredictFromDMatrix(booster.get(), one.get(), kConfig, &shape, &dimensions,
                                  &answer) != 0 ||
      dimensions < 1 || shape[0] != 1) {
    return std::nullopt;
  }
  return static_cast<double>(answer[0]);
}

class GradientBoosting final : public Model {
 public:
  std::string_view name() const override { return "gradient_boosting"; }
  std::string_view about() const override {
    return "XGBoost on seasonal changes, lags and calendar (Chen & Guestrin 2016)";
  }
  std::span<const Parameter> parameters() const override { return kParameters; }
  double cost_us(const Task& task) const override {
    return 25'000 + 30 * real(std::min(task.points, kLagRows)) + 100 * real(task.steps);
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    const auto features = LagFeatures::make(series, path.size());
    if (!features) return false;
    const double usual = spread(features->targets(), 0);
    const double unit = usual > 0 ? usual : 1;
    const Matrix matrix = training_matrix(*features, unit);
    if (!matrix) return false;
    const Booster booster = train(matrix, settings);
    if (!booster) return false;
    bool working = true;
    const auto change = [&](std::span<const double> row) {
      const auto answer = predict(booster, single(row, 1));
      working = working && answer.has_value();
      return answer.value_or(0) * unit;
    };
    return features->run(change, path) && working;
  }
};

}  // namespace

const Model& gradient_boosting() {
  static const GradientBoosting model;
  return model;
}

}  // namespace headroom::forecast::model
