// headroom seasonality and headroom trends: from a file to a file, without an aggregator.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>

#include "common/base/file.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/cli/program_run.h"

namespace headroom::cli {
namespace {

Outcome run(const std::vector<std::string>& arguments, const std::string& input = "") {
  return run_program_in({.input = input}, arguments);
}

constexpr int kStart = 1'699'833'600;  // 2023-11-13, a Monday, 00:00 UTC

// Three weeks of hours: a day's wave, one that climbs, one that jumps, one that is constant.
std::string four_series() {
  Random random(7);
  std::normal_distribution<double> normal;
  std::string text = "series_id,unix_ts,value\n";
  for (int i = 0; i < 504; ++i) {
    const std::string time = std::to_string(kStart + 3600 * i);
    const double wave = std::sin(2 * std::numbers::pi * i / 24);
    text += "wave," + time + "," + std::to_string(50 + 10 * wave + normal(random)) + "\n";
    text += "climb," + time + "," + std::to_string(5 + 0.05 * i + normal(random)) + "\n";
    text += "jump," + time + "," + std::to_string((i < 300 ? 5 : 25) + normal(random)) + "\n";
    text += "flat," + time + ",5\n";
  }
  return text;
}

std::vector<std::vector<std::string>> rows_of(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  for (const auto line : split(trim(csv), '\n')) {
    rows.emplace_back();
    for (const auto field : split(line, ',')) rows.back().emplace_back(field);
  }
  return rows;
}

}  // namespace

TEST_CASE("seasons of a file are written one row each") {
  const test::TempFolder folder;
  const std::string input = folder.write("demand.csv", four_series());
  const std::string output = folder.path() + "/out.csv";
  const Outcome outcome = run({"seasonality", "--input", input, "--output", output});
  CHECK(outcome.err.empty());
  REQUIRE(outcome.status == 0);
  const auto rows = rows_of(*read_file(output));
  REQUIRE(rows.size() == 2);
  CHECK(join(rows[0], ",") == "series_id,period_steps,strength,p_value");
  CHECK(rows[1][0] == "wave");
  CHECK(rows[1][1] == "24");
  CHECK(*parse_double(rows[1][2]) > 0.9);
  CHECK(*parse_double(rows[1][3]) < 1e-6);
}

TEST_CASE("trends of a file are written one row per series, with their changes") {
  const Outcome outcome = run({"trends", "--input", "-", "--format", "csv"}, four_series());
  CHECK(outcome.err.empty());
  REQUIRE(outcome.status == 0);
  const auto rows = rows_of(outcome.out);
  REQUIRE(rows.size() == 5);
  CHECK(join(rows[0], ",") == "series_id,slope_per_day,lo,hi,p_value,change_points");
  CHECK(rows[1][0] == "wave");
  CHECK(*parse_double(rows[1][4]) > 0.05);
  CHECK(rows[2][0] == "climb");
  CHECK(*parse_double(rows[2][1]) == Approx(1.2).epsilon(0.1));
  CHECK(*parse_double(rows[2][2]) <= 1.2);
  CHECK(*parse_double(rows[2][3]) >= 1.2);
  CHECK(*parse_double(rows[2][4]) < 0.001);
  CHECK(rows[2][5].empty());
  CHECK(rows[3][0] == "jump");
  CHECK(rows[3][5] == std::to_string(kStart + 3600 * 300));
  CHECK(join(rows[4], ",") == "flat,0,0,0,1,");
}

TEST_CASE("one thread and many write the same") {
  for (const char* verb : {"seasonality", "trends"}) {
    const Outcome one =
        run({verb, "--input", "-", "--format", "csv", "--threads", "1"}, four_series());
    const Outcome many =
        run({verb, "--input", "-", "--format", "csv", "--threads", "7"}, four_series());
    REQUIRE(one.status == 0);
    REQUIRE(many.status == 0);
    CHECK(one.out == many.out);
  }
}

TEST_CASE("for people there are tables, and of a single series its patterns in words") {
  const Outcome seasons = run({"seasonality", "--input", "-"}, four_series());
  CHECK(seasons.out.find("1 of 4 series with a season") == 0);
  CHECK(seasons.out.find("no season") != std::string::npos);
  const Outcome trends = run({"trends", "--input", "-"}, four_series());
  CHECK(trends.out.find("with a change of level or trend") != std::string::npos);
  CHECK(trends.out.find("2023-11-25 12:00 +20") != std::string::npos);
  const Outcome single = run({"seasonality", "--input", "-"}, "a,0,1\na,3600,1\n");
  CHECK(single.out.find("no season") != std::string::npos);
  const Outcome json = run({"seasonality", "--input", "-", "--format", "json"}, four_series());
  CHECK(json.out.find("\"period_steps\":24") != std::string::npos);
  CHECK(json.out.find("\"kind\":\"seasonal\"") != std::string::npos);
}

TEST_CASE("one point, unknown values and mixed steps are series as well") {
  std::string text = "one,1700000000,5\n";
  for (int i = 0; i < 50; ++i) text += "unknown," + std::to_string(kStart + 60 * i) + ",\n";
  for (int i = 0; i < 50; ++i) text += "zero," + std::to_string(kStart + 86400 * i) + ",0\n";
  const Outcome trends = run({"trends", "--input", "-", "--format", "csv"}, text);
  CHECK(trends.err.empty());
  CHECK(trends.out ==
        "series_id,slope_per_day,lo,hi,p_value,change_points\n"
        "one,0,0,0,1,\nunknown,0,0,0,1,\nzero,0,0,0,1,\n");
  const Outcome seasons = run({"seasonality", "--input", "-", "--format", "csv"}, text);
  CHECK(seasons.out == "series_id,period_steps,strength,p_value\n");
}

TEST_CASE("a line that is no row, and times that do not ascend, are named") {
  const Outcome bad = run({"trends", "--input", "-"}, "a,1,2\na,2,x\n");
  CHECK(bad.status != 0);
  CHECK(bad.err.find(":2") != std::string::npos);
  const Outcome back = run({"seasonality", "--input", "-"}, "a,3600,2\na,7200,3\na,0,4\n");
  CHECK(back.status != 0);
  CHECK(back.err.find(":3") != std::string::npos);
  CHECK(run({"trends"}).status != 0);
  CHECK(run({"trends", "--input", "-", "--threads", "100000"}).status != 0);
}

TEST_CASE("every number of the largest values' trends is finite") {
  for (const char* text :
       {"a,0,1e308\na,3600,-1e308\n",
        "a,0,1e308\na,3600,-1e308\na,7200,1e308\na,10800,1.7e308\na,14400,1e308\n"}) {
    const Outcome outcome = run({"trends", "--input", "-", "--format", "csv"}, text);
    REQUIRE(outcome.status == 0);
    const auto rows = rows_of(outcome.out);
    REQUIRE(rows.size() == 2);
    for (std::size_t column = 1; column <= 4; ++column) {
      INFO(rows[1][column]);
      CHECK(std::isfinite(parse_double(rows[1][column]).value_or(std::nan(""))));
    }
  }
}

TEST_CASE("rows that are missing are noted beside the CSV, in a bounded number of lines") {
  const std::string gaps = "a,0,1\na,60,2\na,120,1\na,300,4\n";
  const Outcome one = run({"trends", "--input", "-", "--format", "csv"}, gaps);
  REQUIRE(one.status == 0);
  CHECK(one.err == "a: 2 of 6 slots had no row\n");
  CHECK(run({"trends", "--input", "-"}, gaps).err.empty());
  std::string many;
  for (int i = 0; i < 50; ++i) {
    for (const char* row : {",0,1\n", ",60,2\n", ",120,1\n", ",300,4\n"})
      many += "s" + std::to_string(i) + row;
  }
  const Outcome bounded = run({"trends", "--input", "-", "--format", "csv"}, many);
  REQUIRE(bounded.status == 0);
  CHECK(std::count(bounded.err.begin(), bounded.err.end(), '\n') == 21);
  CHECK(bounded.err.ends_with("… and 30 more such notes\n"));
}

TEST_CASE("a run that fails at its first series writes nothing") {
  for (const char* verb : {"seasonality", "trends"}) {
    for (const char* format : {"csv", "json"}) {
      const Outcome outcome = run({verb, "--input", "-", "--format", format}, "a,3600,2\na,0,4\n");
      CHECK(outcome.status == 1);
      CHECK(outcome.out.empty());
    }
  }
}

}  // namespace headroom::cli
