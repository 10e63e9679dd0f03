#include <cmath>
#include <vector>

#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

const std::vector<std::size_t> kPeriods{24, 168};

std::vector<double> loaded_weeks() {
  std::vector<double> values = office_load(12 * 168, 1, 9);
  for (double& value : values) value /= 256;
  return values;
}

}  // namespace

#if HEADROOM_XGBOOST

TEST_CASE("gradient boosting learns the weekend from daily changes, the same the next time") {
  const auto values = loaded_weeks();
  const Model* model = find_model("gradient_boosting");
  REQUIRE(model != nullptr);
  CHECK(why_absent("gradient_boosting").empty());
  std::vector<double> path(168);
  std::vector<double> again(168);
  REQUIRE(model->forecast({values, kPeriods, 24}, {}, path));
  REQUIRE(model->forecast({values, kPeriods, 24}, {}, again));
  CHECK(path == again);
  const auto clean = office_load(168, 0, 1);
  double error = 0;
  double naive = 0;
  for (std::size_t h = 0; h < 168; ++h) {
    error += std::abs(path[h] - clean[h] / 256);
    naive += std::abs(values[values.size() - 24 + h % 24] - clean[h] / 256);
  }
  CHECK(error < 0.2 * naive);
}

TEST_CASE("more rounds fit what boosting has seen more closely") {
  const auto values = loaded_weeks();
  const Model* model = find_model("gradient_boosting");
  std::vector<double> few(24);
  std::vector<double> many(24);
  REQUIRE(model->forecast({values, kPeriods, 24}, std::vector<double>{1, 4, 0.05, 5}, few));
  REQUIRE(model->forecast({values, kPeriods, 24}, std::vector<double>{300, 4, 0.05, 5}, many));
  double moved_few = 0;
  double moved_many = 0;
  for (std::size_t h = 0; h < 24; ++h) {
    const double naive = values[values.size() - 24 + h];
    moved_few += std::abs(few[h] - naive);
    moved_many += std::abs(many[h] - naive);
  }
  // The last day is Sunday and the next is Monday: the change is large, and one round sees 5 % of
  // it.
  CHECK(moved_few < 0.1 * moved_many);
}

#else

TEST_CASE("without XGBoost gradient boosting is absent and the reason is told") {
  CHECK(find_model("gradient_boosting") == nullptr);
  CHECK(why_absent("gradient_boosting").find("XGBoost") != std::string_view::npos);
  CHECK_FALSE(loaded_weeks().empty());
}

#endif

TEST_CASE("a model that never was is not called absent") { CHECK(why_absent("oracle").empty()); }
