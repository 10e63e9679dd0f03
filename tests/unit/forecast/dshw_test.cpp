// Two seasons at once. Reference values: R 4.2.2, forecast 8.20, dshw().
#include <cmath>
#include <vector>

#include "aggregator/forecast/double_seasonal.h"
#include "tests/unit/forecast/classic_series.h"
#include "tests/unit/forecast/made_series.h"

using namespace headroom::forecast;

namespace {

// Demand for electricity in England and Wales, MW, every third hour of four weeks: each sixth value
// of "taylor" in R's package forecast (Taylor 2003).
const std::vector<double> kDemand{
    22262, 22128, 24649, 36834, 37880, 36603, 35486, 32572, 25093, 24424, 26035, 37087, 37982,
    36640, 35206, 31505, 25095, 24437, 26039, 36475, 36854, 35835, 34721, 32500, 25092, 24009,
    26001, 36949, 37695, 36357, 34981, 31703, 25324, 23906, 25936, 37705, 38344, 36296, 34409,
    30302, 24756, 22668, 22370, 30895, 30310, 27338, 27932, 26487, 22864, 21067, 20079, 26285,
    29721, 27091, 27575, 27798, 22454, 21683, 24699, 36444, 37641, 36605, 35035, 30270, 25129,
    23723, 25734, 36733, 37462, 36433, 34845, 31264, 25296, 23690, 26027, 37295, 38233, 36837,
    35861, 32578, 25339, 23962, 26205, 37250, 37756, 36449, 34953, 31736, 25267, 23440, 25821,
    36741, 37439, 35161, 33239, 29462, 24618, 22082, 22106, 31325, 30679, 28101, 28661, 25390,
    23579, 20766, 19895, 27186, 29371, 26901, 27040, 27133, 23168, 21774, 24897, 37545, 38699,
    37294, 35053, 31795, 25752, 23923, 26223, 37427, 38762, 37455, 35667, 30991, 25308, 23373,
    25741, 36993, 37564, 36265, 34723, 30953, 24808, 23025, 25369, 36555, 37619, 36350, 35197,
    31998, 24818, 22987, 25275, 36569, 37385, 34879, 33544, 30107, 24039, 21834, 21880, 30652,
    30833, 28136, 29091, 26786, 22914, 20723, 19962, 26294, 30032, 27185, 27803, 27509, 22428,
    21395, 24283, 36130, 37200, 35959, 34602, 31109, 24702, 23059, 25541, 36372, 37230, 36152,
    34589, 31501, 24940, 23122, 25540, 36643, 37334, 36131, 34997, 31966, 24966, 23179, 25600,
    36855, 37444, 36362, 34950, 32620, 24714, 22935, 25429, 36898, 37543, 35131, 33526, 29993,
    24272, 21853, 22034, 30737, 31228, 28268, 29035, 26569, 23084, 20711, 20108, 26606, 30650,
    28013, 28272, 28378};

}  // namespace

TEST_CASE("with R's first states and parameters, errors and forecasts are those of dshw()") {
  DoubleSeasonal model;
  model.factors = true;
  model.alpha = 0.3;
  model.beta = 0.02;
  model.gamma = 0.15;
  model.omega = 0.25;
  model.phi = 0.4;
  model.level = 26974.968510842;
  model.slope = 50.634406887755;
  model.brief = {0.7865188789763, 0.76534123513272, 0.8162113653553, 1.1657744135196,
                 1.2129872573095, 1.1601906550499,  1.1166405752181, 1.0216523200035};
  model.whole = {
      0.9556288295126,  0.94830725791254, 1.0128689159293,  1.0463750622014,  1.0386850747141,
      1.0562285714802,  1.0505361637637,  0.99236559499137, 1.0707085344353,  1.0394051912116,
      1.0579736768373,  1.0579708419112,  1.037274951175,   1.0549188192978,  1.0485551334097,
      1.0282151403837,  1.0803915787864,  1.0394437924421,  1.0703314846572,  1.0739419790302,
      1.0582215282594,  1.0658484354238,  1.0782331715004,  1.0703644003399,  1.0812321997231,
      1.0509374831619,  1.0779157882578,  1.0731769050496,  1.0391612038593,  1.0479652908103,
      1.0477514291215,  1.0379603839375,  1.0771800141848,  1.0450755380719,  1.0632967719768,
      1.0831682493831,  1.0593684551218,  1.0486285727183,  1.033192356261,   0.99466279481,
      1.0558268371475,  0.99374290009258, 0.91971484824152, 0.88949164592007, 0.83869315189139,
      0.79100976009995, 0.83990836185239, 0.87029749559405, 0.97520294123095, 0.92276244118914,
      0.82414460567614, 0.75509091248506, 0.82048521289428, 0.78186772119407, 0.82683593462784,
      0.91088193936623};
  CHECK(model.run(kDemand) == Approx(228137.69573889).epsilon(1e-8));
  std::vector<double> path(16);
  model.path(path);
  check_near(path,
             {23144.038479957, 22026.545730304, 25263.195582746, 37614.956511321, 39047.37224553,
              37774.701088764, 36109.731408832, 31906.381030007, 25568.516449765, 23907.73663696,
              26335.326061853, 37705.187394731, 38929.109323368, 37750.127409274, 36095.922450668,
              32347.919717302},
             1e-4);
}

TEST_CASE("the fit has no greater error than dshw() finds on the same data") {
  // dshw(y, 8, 56) ends at 230351.5 by its own search; the parameters above are better already.
  auto model = fit_double_seasonal(kDemand, 8, 56, true, true);
  REQUIRE(model);
  CHECK(model->run(kDemand) <= 228137.7);
}

TEST_CASE("a day and a week that add up are continued") {
  std::vector<double> load = office_load(10 * 168, 0.01, 1);
  for (double& value : load) value /= 256;
  const std::vector<std::size_t> periods{24, 168};
  std::vector<double> path(168);
  REQUIRE(find_model("double_seasonal_holt_winters")->forecast({load, periods, 24}, {}, path));
  for (std::size_t h = 0; h < path.size(); ++h) CHECK(path[h] == Approx(load[h]).margin(2e-3));
}

TEST_CASE("the last error fades by the share that the fit found") {
  DoubleSeasonal model;
  model.phi = 0.5;
  model.level = 10;
  model.error = 4;
  model.brief = {0, 0};
  model.whole = {0, 0, 0, 0};
  std::vector<double> path(3);
  model.path(path);
  check_near(path, {12, 11, 10.5}, 1e-12);
}

TEST_CASE("two seasons need two of the longer one, and factors need values above zero") {
  CHECK_FALSE(fit_double_seasonal(std::span(kDemand).first(111), 8, 56, false, false));
  CHECK(fit_double_seasonal(std::span(kDemand).first(112), 8, 56, false, false));
  CHECK_FALSE(fit_double_seasonal(kDemand, 56, 8, false, false));
  std::vector<double> values = kDemand;
  values[9] = 0;
  CHECK_FALSE(fit_double_seasonal(values, 8, 56, true, false));
  CHECK(fit_double_seasonal(values, 8, 56, false, false));
  const std::vector<std::size_t> day{24};
  std::vector<double> path(3);
  CHECK_FALSE(
      find_model("double_seasonal_holt_winters")->forecast({kNottingham, day, 24}, {}, path));
}
