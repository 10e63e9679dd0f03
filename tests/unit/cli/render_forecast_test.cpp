// A forecast: its sentences, its table, its records. The chart has tests of its own.
#include <cmath>

#include "cli/render/render.h"
#include "common/base/text.h"
#include "tests/support/catch.h"

namespace headroom::cli {
namespace {

constexpr UnixMs kSunday = 1'795'305'600'000;  // 2026-11-22 00:00 UTC
constexpr UnixMs kHour = 3'600'000;

Look wide(std::size_t width) {
  Look look;
  look.width = width;
  look.now = kSunday;
  return look;
}

// Demand of one core, and of three cores during the twelfth hour of each day; bands of half a core
// and of one.
Json forecast_of(int hours) {
  Json forecast = Json::parse(R"({
    "forecast_id": "fc-1", "created": "2026-11-22T00:00:00Z", "service": "web", "resource_type": "CPU",
    "unit": "{cpu}", "horizon_hours": 24, "step_seconds": 3600, "model_used": "seasonal_profile",
    "reason": "it repeats daily", "periods_seconds": [86400], "history_points": 672, "simulated": false,
    "backtest": {"origins": 3, "mae": 0.1, "naive_mae": 0.2, "coverage": 0.78},
    "peak": {"timestamp": "2026-11-22T12:00:00Z", "predicted_value": 3, "confidence_upper": 4, "capacity": 5,
             "utilization_pct": 60.0}, "points": []})");
  for (int hour = 0; hour < hours; ++hour) {
    const double value = hour % 24 == 12 ? 3 : 1;
    forecast["points"].push_back(
        {{"timestamp", format_time(kSunday + hour * kHour)},
         {"predicted_value", value},
         {"confidence_lower", value - 1},
         {"confidence_upper", value + 1},
         {"intervals",
          Json::array({{{"level", 0.8}, {"lower", value - 0.5}, {"upper", value + 0.5}},
                       {{"level", 0.95}, {"lower", value - 1}, {"upper", value + 1}}})}});
  }
  return forecast;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(text, '\n')) lines.emplace_back(line);
  return lines;
}

}  // namespace

TEST_CASE("a forecast begins with its answer, then says how it was made and how right it was") {
  const std::string text = forecast_table(forecast_of(24), wide(160));
  CHECK(text.starts_with(
      "CPU of web peaks at 3 cores (60 % of capacity) on Sun 12:00 UTC; 95 % sure it is then below "
      "4 cores.\n"
      "\n"
      "model     seasonal_profile: it repeats daily\n"
      "history   672 values, one every 1 h; repeats every 1 d\n"
      "accuracy  3 earlier forecasts of this series missed by 0.10 cores on average, 50 % less "
      "than\n"
      "          repeating the past (0.20 cores); 78 % of what followed lay in the 80 % band\n"
      "\n"
      "cores\n"));
}

TEST_CASE("a forecast warns of the first moment at which it passes the capacity") {
  Json tight = forecast_of(24);
  tight["peak"]["capacity"] = 3.5;
  CHECK(lines_of(forecast_table(tight, wide(100)))[1] ==
        "It could pass the capacity of 3.50 cores, as early as on Sun 12:00 UTC.");
  tight["peak"]["capacity"] = 2.5;
  CHECK(lines_of(forecast_table(tight, wide(100)))[1] ==
        "It passes the capacity of 2.50 cores on Sun 12:00 UTC.");
  tight["peak"]["capacity"] = nullptr;
  tight["peak"]["utilization_pct"] = nullptr;
  tight["simulated"] = true;
  const std::string unknown = forecast_table(tight, wide(120));
  CHECK(lines_of(unknown)[0] ==
        "CPU of web (simulated) peaks at 3 cores on Sun 12:00 UTC; 95 % sure it is then below 4 "
        "cores.");
  CHECK(lines_of(unknown)[1] == "The capacity is not known, so there is no share of it.");
}

TEST_CASE("a forecast that could not be measured says so") {
  Json young = forecast_of(2);
  young["backtest"]["origins"] = 0;
  young["periods_seconds"] = Json::array();
  const std::string text = forecast_table(young, wide(100));
  CHECK(text.find("accuracy  not measured: the history is too short to look back\n") !=
        std::string::npos);
  CHECK(text.find("one every 1 h; no season found\n") != std::string::npos);
}

TEST_CASE("a short forecast stands in the table whole") {
  const std::string text = forecast_table(forecast_of(2), wide(100));
  const std::string table = text.substr(text.find("TIME (UTC)"));
  CHECK(table ==
        "TIME (UTC)        FORECAST (cores)     80 % BAND  95 % BAND  OF CAPACITY\n"
        "Sun 22 Nov 00:00                 1  0.50 to 1.50     0 to 2       20.0 %\n"
        "Sun 22 Nov 01:00                 1  0.50 to 1.50     0 to 2       20.0 %\n");
}

TEST_CASE("a long forecast is thinned to the highest of each window, so that every peak is there") {
  // Seven days of 24 hours: twelve hours are the shortest window that fits 24 lines.
  const std::string text = forecast_table(forecast_of(168), wide(100));
  const std::vector<std::string> table = lines_of(text.substr(text.find("TIME (UTC)")));
  REQUIRE(table.size() == 1 + 14 + 1 + 1);
  CHECK(table[1].starts_with("Sun 22 Nov 00:00"));
  for (std::size_t day = 0; day < 7; ++day) {
    CHECK(table[2 + 2 * day].find(" 12:00 ") != std::string::npos);
    CHECK(table[2 + 2 * day].ends_with("60.0 %"));
  }
  CHECK(table[15] == "The highest of every 12 h: 14 of 168 points; --format csv holds all.");
  // On a terminal of 40 lines the answer is to stay in sight: ten lines are left.
  Look low = wide(100);
  low.height = 40;
  CHECK(forecast_table(forecast_of(168), low).find("The highest of every 1 d: 7 of 168 points") !=
        std::string::npos);
}

TEST_CASE("a forecast as CSV holds every point and every level") {
  const std::string text = forecast_csv(forecast_of(168));
  const std::vector<std::string> lines = lines_of(text);
  REQUIRE(lines.size() == 1 + 168 + 1);
  CHECK(lines[0] ==
        "service,resource_type,unit,unix_ts,predicted_value,lower_80,upper_80,lower_95,upper_95");
  CHECK(lines[1] == "web,CPU,{cpu},1795305600,1,0.5,1.5,0,2");
  CHECK(lines[13] == "web,CPU,{cpu},1795348800,3,2.5,3.5,2,4");
}

TEST_CASE("levels are written as people say them") {
  Json odd = forecast_of(1);
  odd["points"][0]["intervals"] = Json::array({{{"level", 0.07}, {"lower", 0.9}, {"upper", 1.1}},
                                               {{"level", 0.999}, {"lower", 0}, {"upper", 9}}});
  CHECK(
      forecast_csv(odd).starts_with("service,resource_type,unit,unix_ts,predicted_value,lower_7,"
                                    "upper_7,lower_99.9,upper_99.9\n"));
}

}  // namespace headroom::cli
