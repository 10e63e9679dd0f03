#include "aggregator/forecast/prepare.h"

#include <cmath>
#include <limits>
#include <vector>

#include "aggregator/forecast/robust.h"
#include "tests/support/catch.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
const std::vector<std::size_t> kNoPeriods;
}  // namespace

TEST_CASE("unknown values at both ends are cut off and those at the end counted") {
  const std::vector<double> values{kNan, kInf, 3, kNan, 6, -kInf, kNan, kNan};
  const auto observed = observe(values);
  REQUIRE(observed);
  CHECK(observed->values.size() == 3);
  CHECK(observed->trailing_unknown == 3);
  CHECK(observed->infinite == 0);
  CHECK(std::isnan(observed->values[1]));
  CHECK_FALSE(observed->constant);
}

TEST_CASE("an infinity inside is unknown and counted") {
  const auto observed = observe(std::vector<double>{1, kInf, 1});
  REQUIRE(observed);
  CHECK(observed->infinite == 1);
  CHECK(std::isnan(observed->values[1]));
  CHECK(observed->constant);
}

TEST_CASE("values of any size are brought to the order of one and back without a rounding error") {
  for (const double largest :
       {5e-324, 1e-300, 0.1, 12345.678, 1e300, std::numeric_limits<double>::max()}) {
    const auto observed = observe(std::vector<double>{largest, -largest});
    REQUIRE(observed);
    CHECK(observed->values[0] >= 0.5);
    CHECK(observed->values[0] < 1);
    CHECK(std::ldexp(observed->values[0], observed->exponent) == largest);
  }
}

TEST_CASE("a history without a known value is an error") {
  CHECK_FALSE(observe({}));
  const auto nothing = observe(std::vector<double>{kNan, kInf, -kInf});
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().code == headroom::ErrorCode::kInvalidArgument);
}

TEST_CASE("only the newest points are used of a history beyond the limit") {
  std::vector<double> values(kUsedHistory + 100, 1.0);
  values[99] = 50;
  values[100] = kNan;
  const auto observed = observe(values);
  REQUIRE(observed);
  CHECK(observed->unused == 101);
  CHECK(observed->values.size() == kUsedHistory - 1);
  CHECK(observed->constant);
}

TEST_CASE("without a season a gap is bridged by a straight line") {
  std::vector<double> values{1, kNan, kNan, 4, 4, kNan, 8};
  CHECK(fill_gaps(values, kNoPeriods) == 3);
  const std::vector<double> expected{1, 2, 3, 4, 4, 6, 8};
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == Approx(expected[i]));
}

TEST_CASE("with a season a gap takes the values of the same phase before and after") {
  std::vector<double> values;
  for (std::size_t i = 0; i < 5 * 24; ++i) values.push_back(10 * wave(i, 24));
  const std::vector<double> whole = values;
  for (std::size_t i = 30; i < 95; ++i) values[i] = kNan;
  const std::vector<std::size_t> day{24};
  CHECK(fill_gaps(values, day) == 65);
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == Approx(whole[i]));
}

TEST_CASE("a gap that no neighbouring season can fill is still filled") {
  std::vector<double> values(30, kNan);
  values.front() = 1;
  values.back() = 30;
  const std::vector<std::size_t> day{24};
  CHECK(fill_gaps(values, day) == 28);
  for (const double value : values) CHECK(std::isfinite(value));
}

TEST_CASE("a lone spike is damped, a wild one is taken out, and their neighbours stay") {
  std::vector<double> values = white_noise(500, 11);
  const std::vector<double> before = values;
  values[200] = 14;
  values[300] = -80;
  std::vector<std::size_t> wild;
  CHECK(damp_spikes(values, 0, &wild) == 2);
  CHECK(wild == std::vector<std::size_t>{300});
  CHECK(values[200] < 12);
  CHECK(values[200] > 3);
  // Among standard normal values the median of seven lies well within two.
  CHECK(std::abs(values[300]) < 2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 200 && i != 300) CHECK(values[i] == before[i]);
  }
}

TEST_CASE("a peak that comes every day stays, a stray one beside it goes") {
  std::vector<double> values = white_noise(20 * 288, 12);
  for (std::size_t i = 100; i < values.size(); i += 288) values[i] += 60;
  values[7 * 288 + 40] += 60;
  const std::vector<double> before = values;
  CHECK(damp_spikes(values, 288) == 1);
  CHECK(values[7 * 288 + 40] < 15);
  CHECK(values[7 * 288 + 100] == before[7 * 288 + 100]);
}

TEST_CASE("a history full of bursts is left as it is") {
  std::vector<double> values(400, 1.0);
  for (std::size_t i = 0; i < values.size(); i += 20) values[i] = 500;
  const std::vector<double> before = values;
  CHECK(damp_spikes(values, 0) == 0);
  CHECK(values == before);
}

TEST_CASE("a lasting step is no spike") {
  std::vector<double> values = white_noise(100, 13);
  for (std::size_t i = 60; i < 100; ++i) values[i] += 50;
  CHECK(damp_spikes(values, 0) == 0);
}

TEST_CASE("a spike in the newest value is damped, the end of a steep line is not") {
  std::vector<double> noise = white_noise(200, 14);
  noise.back() = 500;
  CHECK(damp_spikes(noise, 0) == 1);
  CHECK(noise.back() < 15);
  std::vector<double> line;
  for (int i = 0; i < 100; ++i) line.push_back(3 * i);
  CHECK(damp_spikes(line, 0) == 0);
}

TEST_CASE("a few zeros in a busy service are outages, and zeros of an idle one are its demand") {
  std::vector<double> busy(500, 40.0);
  for (std::size_t i = 0; i < busy.size(); ++i) busy[i] += wave(i, 24);
  for (std::size_t i = 100; i < 105; ++i) busy[i] = 0;
  const auto before = busy;
  CHECK(drop_outages(busy) == 5);
  for (std::size_t i = 0; i < busy.size(); ++i) {
    CHECK(std::isnan(busy[i]) == (i >= 100 && i < 105));
  }

  auto off_now = before;
  for (std::size_t i = 495; i < 500; ++i) off_now[i] = 0;
  CHECK(drop_outages(off_now) == 5);
  CHECK(off_now.back() == 0);

  auto off_for_long = before;
  for (std::size_t i = 200; i < 200 + kOutagePoints + 1; ++i) off_for_long[i] = 0;
  CHECK(drop_outages(off_for_long) == 0);  // too many of them, too

  std::vector<double> idle(500);
  for (std::size_t i = 0; i < idle.size(); ++i) idle[i] = i % 40 == 0 ? 0 : real(i % 40);
  CHECK(drop_outages(idle) == 0);
}
