#include "aggregator/forecast/calendar/xnys_events.h"

#include <array>

namespace headroom::forecast {
namespace {

struct Year {
  int year;
  std::array<unsigned, 8> days;  // month × 100 + day; 0 for none
};
constexpr std::array<Year, 13> kDecisions{{
    {2015, {128, 318, 429, 617, 729, 917, 1028, 1216}},
    {2016, {127, 316, 427, 615, 727, 921, 1102, 1214}},
    {2017, {201, 315, 503, 614, 726, 920, 1101, 1213}},
    {2018, {131, 321, 502, 613, 801, 926, 1108, 1219}},
    {2019, {130, 320, 501, 619, 731, 918, 1030, 1211}},
    {2020, {129, 0, 429, 610, 729, 916, 1105, 1216}},
    {2021, {127, 317, 428, 616, 728, 922, 1103, 1215}},
    {2022, {126, 316, 504, 615, 727, 921, 1102, 1214}},
    {2023, {201, 322, 503, 614, 726, 920, 1101, 1213}},
    {2024, {131, 320, 501, 612, 731, 918, 1107, 1218}},
    {2025, {129, 319, 507, 618, 730, 917, 1029, 1210}},
    {2026, {128, 318, 429, 617, 729, 916, 1028, 1209}},
    {2027, {127, 317, 428, 609, 728, 915, 1027, 1208}},
}};

}  // namespace

std::vector<CivilDay> fomc_decisions() {
  std::vector<CivilDay> days;
  for (const Year& year : kDecisions) {
    for (const unsigned day : year.days) {
      if (day != 0) days.push_back(civil_day(year.year, day / 100, day % 100));
    }
  }
  return days;
}

std::vector<CivilDay> fomc_unscheduled() { return {civil_day(2020, 3, 3), civil_day(2020, 3, 15)}; }

}  // namespace headroom::forecast
