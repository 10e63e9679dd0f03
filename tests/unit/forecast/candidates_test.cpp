#include "aggregator/forecast/candidates.h"

#include <algorithm>
#include <string>

#include "aggregator/forecast/registry.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom;
using namespace headroom::forecast;
using std::chrono::microseconds;

namespace {

const Task kMonth{.points = 900, .steps = 48, .season = 24, .longest_period = 168};

bool holds(const std::vector<Candidate>& candidates, const std::string& name) {
  return std::any_of(candidates.begin(), candidates.end(),
                     [&](const Candidate& one) { return one.model->name() == name; });
}

}  // namespace

TEST_CASE("a larger budget tries all that a smaller one does, and the dear models on top") {
  std::vector<Candidate> smaller;
  for (const int us : {0, 500, 5'000, 50'000, 500'000, 5'000'000}) {
    INFO(us << " us");
    const auto all = affordable_candidates(microseconds(us), kMonth, 13);
    for (const Candidate& one : smaller) CHECK(holds(all, std::string(one.model->name())));
    CHECK(all.size() >= smaller.size());
    smaller = all;
  }
  CHECK(holds(affordable_candidates(kDefaultBudget, kMonth, 13), "ridge_ar"));
  CHECK_FALSE(holds(affordable_candidates(kDefaultBudget, kMonth, 13), "random_forest"));
  CHECK(holds(affordable_candidates(microseconds(500'000), kMonth, 13), "random_forest"));
}

TEST_CASE("what the candidates say they cost stays within the budget") {
  for (const int us : {5'000, 20'000, 100'000, 500'000}) {
    double sum = 0;
    for (const Candidate& one : affordable_candidates(microseconds(us), kMonth, 13)) {
      const double cost = one.model->cost_us(kMonth);
      if (cost > 20 && one.model->name() != kCalendarModel)
        sum += cost * (one.dear ? kDearOrigins + 1 : 13);
    }
    CHECK(sum <= us);
  }
}

TEST_CASE("an unknown model or parameter is refused with what there is") {
  const auto values = office_load(20 * 24, 5, 1);
  Request request;
  request.model = "crystal_ball";
  auto made = forecast::forecast(hourly(values), request);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::kInvalidArgument);
  CHECK(made.error().message.find("seasonal_naive") != std::string::npos);

  request.model = "median_profile";
  request.parameters = {{"weeks", 3}};
  made = forecast::forecast(hourly(values), request);
  REQUIRE_FALSE(made);
  CHECK(made.error().message.find("known: periods") != std::string::npos);

  request.parameters = {{"periods", 1000}};
  made = forecast::forecast(hourly(values), request);
  REQUIRE_FALSE(made);
  CHECK(made.error().message.find("must be 1 to 52, not 1000") != std::string::npos);

  request.model = kAutomatic;
  made = forecast::forecast(hourly(values), request);
  REQUIRE_FALSE(made);
}

TEST_CASE("a model that is asked for is the one that forecasts") {
  const auto values = office_load(40 * 24, 5, 2);
  for (const Model* model : models()) {
    INFO(model->name());
    if (model->name() == "lstm" || model->name() == "session_profile") continue;
    Request request;
    request.horizon = 24;
    request.model = model->name();
    const auto made = forecast::forecast(hourly(values), request);
    REQUIRE(made);
    std::vector<double> path(24);
    const std::vector<std::size_t> periods{24, 168};
    const bool carries = model->forecast({.values = values,
                                          .periods = periods,
                                          .season = 24,
                                          .start = 1'700'000'000'000,
                                          .step = kHour},
                                         {}, path);
    if (carries) CHECK(made->model == model->name());
    if (!carries) CHECK(made->reason.find(std::string(model->name())) != std::string::npos);
  }
}
