#include "aggregator/forecast/calibration.h"

#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

TEST_CASE("bounds that too much of the truth passed move out, on the side where it did") {
  Experience experience;
  experience.levels = {{.level = 0.95, .below = 0.025, .above = 0.10, .points = 1e9}};
  const auto bounds = calibrated({-2, 2}, 0.95, &experience);
  // Normal quantiles: 1.959964 at 97.5 %, 1.281552 at 90 %.
  CHECK(bounds.lower == Approx(-2));
  CHECK(bounds.upper == Approx(2 * 1.959964 / 1.281552).epsilon(1e-5));
  CHECK(calibrated({-2, 2}, 0.8, &experience).upper == 2);
  CHECK(calibrated({-2, 2}, 0.95, nullptr).upper == 2);
}

TEST_CASE("few points change little, and no number of them more than twofold") {
  Experience experience;
  experience.levels = {{.level = 0.95, .below = 0.4, .above = 0, .points = 20}};
  const auto few = calibrated({-1, 1}, 0.95, &experience);
  CHECK(few.lower < -1);
  CHECK(few.lower > -1.3);
  CHECK(few.upper > 0.95);
  CHECK(few.upper < 1.01);
  experience.levels[0].points = 1e9;
  const auto many = calibrated({-1, 1}, 0.95, &experience);
  CHECK(many.lower == -kCalibrationMost);
  CHECK(many.upper == 1 / kCalibrationMost);
}

TEST_CASE("calibration can be undone, save where a bound was cut") {
  const std::vector<SideFactors> factors{{2, 0.5}, {1.25, 2}};
  const Point point{0, 10, {{0.8, 6, 11}, {0.95, 0, 14}}};
  const auto plain = uncalibrated(point, factors, 0);
  REQUIRE(plain.size() == 2);
  CHECK(plain[0].lower == 8);
  CHECK(plain[0].upper == 12);
  CHECK(plain[1].level == 0.95);
  CHECK(plain[1].lower == 0);
  CHECK(plain[1].upper == 12);
  // Shrunk to half, it had been cut at 0 before.
  CHECK(uncalibrated({0, 10, {{0.8, 4, 11}}}, std::vector<SideFactors>{{0.5, 1}}, 0)[0].lower == 0);
  // Nothing is known to have been stretched.
  CHECK(uncalibrated(point, {}, 0)[0].lower == 6);
}

TEST_CASE("what a model did in earnest counts by its points beside its look-backs") {
  Experience experience;
  experience.models = {{.model = "naive", .relative_error = 2, .points = 300}};
  // 100 points at 1 and 300 at twice the yardstick's 4.
  CHECK(experienced_mae(1, 4, 100, "naive", &experience) == Approx((100 + 300 * 8) / 400.0));
  CHECK(experienced_mae(1, 4, 100, "theta", &experience) == 1);
  CHECK(experienced_mae(1, 4, 100, "naive", nullptr) == 1);
}

TEST_CASE("a forecast whose intervals have been too narrow is given wider ones") {
  const auto values = office_load(40 * 24, 5, 3);
  Request request;
  const auto before = forecast(hourly(values), request);
  Experience experience;
  experience.levels = {{.level = 0.95, .below = 0.1, .above = 0.1, .points = 5000}};
  request.experience = &experience;
  const auto after = forecast(hourly(values), request);
  REQUIRE(before);
  REQUIRE(after);
  for (std::size_t h = 0; h < 24; ++h) {
    CHECK(after->points[h].intervals[0].upper > before->points[h].intervals[0].upper);
    CHECK(after->points[h].intervals[0].lower < before->points[h].intervals[0].lower);
    const auto plain = uncalibrated(after->points[h], after->calibration, 0);
    CHECK(plain[0].upper == Approx(before->points[h].intervals[0].upper));
    CHECK(plain[0].lower == Approx(before->points[h].intervals[0].lower));
  }
}
