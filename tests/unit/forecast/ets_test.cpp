// Exponential smoothing. Reference values: R 4.2.2, forecast 8.20, ets().
#include "aggregator/forecast/ets.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/unit/forecast/classic_series.h"

using namespace headroom::forecast;

namespace {

constexpr auto kNone = EtsSeason::kNone;
constexpr auto kSum = EtsSeason::kAdditive;
constexpr auto kFactor = EtsSeason::kMultiplicative;

std::vector<double> logs(std::vector<double> values) {
  for (double& value : values) value = std::log(value);
  return values;
}

// R lists the seasons newest first.
EtsState state_of(double level, double slope, std::vector<double> season) {
  std::reverse(season.begin(), season.end());
  return {level, slope, season};
}

// The first three forecasts with R's parameters, after checking the likelihood against R's.
void check_as_r(const std::vector<double>& values, const EtsForm& form, const EtsSmoothing& by,
                EtsState state, double log_likelihood, const std::vector<double>& expected) {
  CHECK(ets_log_likelihood(values, form, by, state) == Approx(log_likelihood).margin(2e-6));
  EtsFit fit;
  fit.form = form;
  fit.smoothing = by;
  fit.state = state;
  std::vector<double> path(expected.size());
  REQUIRE(ets_path(fit, path));
  for (std::size_t i = 0; i < path.size(); ++i) CHECK(path[i] == Approx(expected[i]).epsilon(1e-9));
}

}  // namespace

TEST_CASE("with R's parameters an additive level and a relative damped trend have R's likelihood") {
  check_as_r(kNile, {false, false, false, kNone}, {0.2455338627, 0, 0, 1}, {1110.6868599514, 0, {}},
             -726.39052, {805.381283});
  check_as_r(kNile, {true, true, true, kNone},
             {0.158602163679, 0.000100004594172, 0, 0.800001140199},
             {1093.40564214, 10.5738644035, {}}, -726.307260664,
             {836.304953282, 836.281733816, 836.263158217});
}

TEST_CASE("with R's parameters each kind of season has R's likelihood and forecasts") {
  check_as_r(kAirPassengers, {true, true, false, kFactor},
             {0.394996850495, 0.0107004419033, 0.399539202401, 1},
             state_of(122.375426016, 1.10736658208,
                      {0.900041119947, 0.782669107068, 0.901368043869, 1.04761776976, 1.15370679906,
                       1.18303140197, 1.08399512146, 0.978658898783, 1.03316164258, 1.0807569099,
                       0.952247884187, 0.902745301416}),
             -682.403619058, {448.973767167, 425.227817273, 484.213711485});
  check_as_r(logs(kAirPassengers), {false, true, true, kSum},
             {0.644963291085, 0.00338750729173, 0.000442224208159, 0.979976695275},
             state_of(4.76845759335, 0.0223616119828,
                      {-0.106426154304, -0.216745818555, -0.0778652695091, 0.0579198151871,
                       0.208862163189, 0.220882982884, 0.110789510716, -0.0113053727542,
                       -0.00993922517357, 0.0200381604838, -0.112455072193, -0.0837557199704}),
             116.333349215, {6.09967342543, 6.07319745713, 6.20779515379});
  check_as_r(kAirPassengers, {false, true, false, kFactor},
             {0.31461094206, 0.00705354953599, 0.59772031136, 1},
             state_of(120.37960148, 1.77572737202,
                      {0.929759419987, 0.794600725331, 0.902445465635, 1.04510220208, 1.13375241549,
                       1.13877992953, 1.05287912841, 0.963846445622, 1.03491798579, 1.08069740779,
                       0.985418661815, 0.937800212525}),
             -698.231150123, {445.890090236, 418.947795041, 466.429799516});
  check_as_r(kAirPassengers, {true, true, false, kSum},
             {0.968959707756, 0.000550425644115, 0.0127569364222, 1},
             state_of(120.577616127, 4.09282232657,
                      {-30.4557185467, -48.0824027972, -20.3083196236, 18.3438371889, 58.2275801132,
                       62.3900850914, 36.1634764531, 0.544267844329, -5.40657460272, -4.78710830698,
                       -35.2010972954, -31.4280255183}),
             -768.233410054, {434.442234109, 432.798726882, 468.317959199});
}

TEST_CASE("the maximum of the likelihood is no lower than the one ets() finds") {
  struct Case {
    std::string what;
    std::vector<double> values;
    std::size_t period;
    EtsForm form;
    double log_likelihood;
  };
  const std::vector<Case> cases{
      {"Nile ANN", kNile, 0, {false, false, false, kNone}, -726.39052},
      {"Nile AAdN", kNile, 0, {false, true, true, kNone}, -726.5020468},
      {"Nile MNN", kNile, 0, {true, false, false, kNone}, -726.1509578},
      {"LakeHuron AAN", kLakeHuron, 0, {false, true, false, kNone}, -195.3458099},
      {"WWWusage AAN", kWwwUsage, 0, {false, true, false, kNone}, -359.3468652},
      {"WWWusage AAdN", kWwwUsage, 0, {false, true, true, kNone}, -352.8654902},
      {"AirPassengers MAM", kAirPassengers, 12, {true, true, false, kFactor}, -682.4036191},
      {"AirPassengers MAdM", kAirPassengers, 12, {true, true, true, kFactor}, -679.5832162},
      {"AirPassengers AAM", kAirPassengers, 12, {false, true, false, kFactor}, -698.2311501},
      {"AirPassengers MAA", kAirPassengers, 12, {true, true, false, kSum}, -768.2334101},
      {"log AirPassengers AAA", logs(kAirPassengers), 12, {false, true, false, kSum}, 120.58472},
      {"USAccDeaths ANA", kAccidentalDeaths, 12, {false, false, false, kSum}, -555.072335},
      {"USAccDeaths AAA", kAccidentalDeaths, 12, {false, true, false, kSum}, -555.9249337},
      {"nottem ANA", kNottingham, 12, {false, false, false, kSum}, -852.4720734},
  };
  for (const Case& one : cases) {
    INFO(one.what);
    const auto fit = fit_ets(one.values, one.period, one.form);
    REQUIRE(fit);
    CHECK(fit->log_likelihood >= one.log_likelihood - 0.001);
    // It is the likelihood of the states and parameters that the fit says, not of others.
    EtsState state = fit->initial;
    CHECK(ets_log_likelihood(one.values, one.form, fit->smoothing, state) == fit->log_likelihood);
  }
}

TEST_CASE("where the maximum is sharp, parameters and forecasts are R's") {
  const auto fit = fit_ets(kNile, 0, EtsForm{});
  REQUIRE(fit);
  CHECK(fit->smoothing.alpha == Approx(0.2455338627).margin(2e-3));
  CHECK(fit->aicc == Approx(1459.03104).margin(1e-3));
  check_near(path_of("simple_exponential_smoothing", kNile, 0, 2), {805.381283, 805.381283}, 0.5);
  check_near(path_of("holt", kWwwUsage, 0, 3), {217.999399, 215.998998, 213.998597}, 0.01);
}

TEST_CASE("the form that ets() chooses is chosen") {
  const auto form_of = [](const std::vector<double>& values, std::size_t period) {
    const auto fit = best_ets(values, period, ets_forms(period > 0, true));
    REQUIRE(fit);
    const char* season[] = {"N", "A", "M"};
    return std::string(fit->form.multiplicative_error ? "M" : "A") +
           (fit->form.trend ? (fit->form.damped ? "Ad" : "A") : "N") +
           season[static_cast<int>(fit->form.season)];
  };
  CHECK(form_of(kNile, 0) == "MNN");
  CHECK(form_of(kWwwUsage, 0) == "AAdN");
  CHECK(form_of(kAccidentalDeaths, 12) == "ANA");
  CHECK(form_of(kNottingham, 12) == "ANA");
  // R stops at ETS(M,Ad,M) with an AICc of 1400.638; the straight trend has a better one once its
  // states are found.
  CHECK(form_of(kAirPassengers, 12) == "MAM");
}

TEST_CASE("smoothing parameters that a person fixed are kept") {
  const auto path =
      path_of("simple_exponential_smoothing", {0, 0, 0, 0, 0, 0, 0, 0, 0, 8}, 0, 1, {0.5});
  CHECK(path[0] == Approx(4).margin(0.01));
  const auto fit = fit_ets(kAccidentalDeaths, 12, {false, true, true, kSum},
                           {.alpha = 0.3, .beta = 0.1, .gamma = 0.2, .phi = 0.9});
  REQUIRE(fit);
  CHECK(fit->smoothing.alpha == 0.3);
  CHECK(fit->smoothing.beta == 0.1);
  CHECK(fit->smoothing.gamma == 0.2);
  CHECK(fit->smoothing.phi == 0.9);
}

TEST_CASE("a form that divides is only for values well above zero") {
  std::vector<double> values = kAirPassengers;
  values[70] = 0;
  CHECK_FALSE(ets_positive(values));
  CHECK_FALSE(fit_ets(values, 12, {true, true, false, kFactor}));
  CHECK(fit_ets(values, 12, {false, true, false, kSum}));
  for (const EtsForm& form : ets_forms(true, false)) CHECK_FALSE(form.positive_only());
  CHECK(ets_forms(true, true).size() == 15);
}

TEST_CASE("a season needs two periods and any smoothing three values") {
  const std::vector<double> values(kNottingham.begin(), kNottingham.begin() + 23);
  CHECK_FALSE(fit_ets(values, 12, {false, false, false, kSum}));
  CHECK_FALSE(fit_ets(std::vector<double>{1, 2}, 0, EtsForm{}));
  std::vector<double> path(3);
  const std::vector<std::size_t> year{12};
  CHECK_FALSE(find_model("holt_winters")->forecast({values, year, 12}, {}, path));
  CHECK_FALSE(find_model("holt_winters")->forecast({kNottingham, {}, 0}, {}, path));
}

TEST_CASE("older values than a model needs change nothing") {
  CHECK(ets_points(100'000, 0) == 1000);
  CHECK(ets_points(100'000, 168) == 2352);
  CHECK(ets_points(100'000, 5000) == 4032);
  std::vector<double> values(6000, 9.0);
  for (std::size_t i = 5000; i < values.size(); ++i) values[i] = i % 2 == 0 ? 1 : 2;
  const std::vector<double> recent(values.end() - 1000, values.end());
  CHECK(path_of("damped_trend", values, 0, 5)[4] ==
        Approx(path_of("damped_trend", recent, 0, 5)[4]).margin(1e-6));
}
