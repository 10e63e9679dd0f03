// headroom forecast --input: from a file to a file, without an aggregator.
#include <cmath>
#include <sstream>

#include "cli/csv.h"
#include "common/base/file.h"
#include "common/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/cli/program_run.h"

namespace headroom::cli {
namespace {

Outcome run(const std::vector<std::string>& arguments, const std::string& input = "") {
  return run_program_in({.input = input}, arguments);
}

// Two weeks of hours of a daily wave, and a constant.
std::string two_series() {
  std::string text = "series_id,unix_ts,value\n";
  for (int i = 0; i < 336; ++i) {
    const std::string time = std::to_string(1'700'000'000 + 3600 * i);
    text += "wave," + time + "," + std::to_string(10 + (i % 24)) + "\n";
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

TEST_CASE("a forecast of a file goes on where its series end") {
  const test::TempFolder folder;
  const std::string input = folder.write("demand.csv", two_series());
  const std::string output = folder.path() + "/out.csv";
  const Outcome outcome =
      run({"forecast", "--input", input, "--horizon", "48", "--output", output});
  CHECK(outcome.err.empty());
  REQUIRE(outcome.status == 0);
  const auto rows = rows_of(*read_file(output));
  REQUIRE(rows.size() == 1 + 2 * 48);
  CHECK(join(rows[0], ",") == "series_id,step,unix_ts,mean,lo,hi,model");
  for (std::size_t i = 0; i < 48; ++i) {
    const auto& row = rows[1 + i];
    CHECK(row[0] == "wave");
    CHECK(row[1] == std::to_string(i + 1));
    CHECK(row[2] == std::to_string(1'700'000'000 + 3600 * (336 + static_cast<int>(i))));
    // A wave without noise goes on as it was.
    CHECK(parse_double(row[3]).value_or(0) == Approx(10 + i % 24));
    CHECK(parse_double(row[4]).value_or(0) <= parse_double(row[3]).value_or(0));
    CHECK(parse_double(row[5]).value_or(0) >= parse_double(row[3]).value_or(0));
  }
  CHECK(rows[49][0] == "flat");
  CHECK(rows[49][3] == "5");
}

TEST_CASE("threads and the way in change nothing of a forecast") {
  const std::vector<std::string> ask{"forecast", "--input", "-",   "--horizon", "2d",  "--format",
                                     "csv",      "--level", "0.8", "--level",   "0.95"};
  std::vector<std::string> alone = ask;
  alone.insert(alone.end(), {"--threads", "1"});
  std::vector<std::string> many = ask;
  many.insert(many.end(), {"--threads", "5"});
  const Outcome one = run(alone, two_series());
  REQUIRE(one.status == 0);
  CHECK(one.out == run(many, two_series()).out);
  const auto rows = rows_of(one.out);
  CHECK(rows.size() == 97);
  CHECK(join(rows[0], ",") == "series_id,step,unix_ts,mean,lo,hi,model,lo_80,hi_80");
}

TEST_CASE("months go on by the calendar") {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    const int year = 2019 + i / 12;
    const int month = i % 12 + 1;
    text += "gas," + std::to_string(year) + (month < 10 ? "-0" : "-") + std::to_string(month) +
            "-01," + std::to_string(100 + month) + "\n";
  }
  const Outcome outcome =
      run({"forecast", "--input", "-", "--horizon", "3", "--format", "csv"}, text);
  REQUIRE(outcome.status == 0);
  const auto rows = rows_of(outcome.out);
  REQUIRE(rows.size() == 4);
  CHECK(format_time(*parse_time(rows[1][2])) == "2024-01-01T00:00:00Z");
  CHECK(format_time(*parse_time(rows[2][2])) == "2024-02-01T00:00:00Z");
  CHECK(format_time(*parse_time(rows[3][2])) == "2024-03-01T00:00:00Z");
}

TEST_CASE("people get a table of many series and the picture of one") {
  const Outcome many = run({"forecast", "--input", "-", "--horizon", "24"}, two_series());
  REQUIRE(many.status == 0);
  CHECK(many.out.starts_with("2 series, 24 steps of 1 h ahead"));
  CHECK(many.out.find("SERIES") != std::string::npos);
  CHECK(many.out.find("\nflat") != std::string::npos);
  const Outcome one = run({"forecast", "--input", "-", "--horizon", "24"},
                          "a,0,1\na,60,2\na,120,4\na,180,3\na,240,2\n");
  REQUIRE(one.status == 0);
  CHECK(one.out.starts_with("a peaks at "));
}

TEST_CASE("a short, constant or empty history still has a forecast or a stated error") {
  const auto csv = [](const std::string& text) {
    return run({"forecast", "--input", "-", "--horizon", "2", "--format", "csv"}, text);
  };
  for (const char* text : {"a,0,7\n", "a,0,0\na,60,0\na,120,0\n", "a,0,1\na,3600,\na,7200,NA\n"}) {
    const Outcome outcome = csv(text);
    INFO(text << outcome.err);
    REQUIRE(outcome.status == 0);
    const auto rows = rows_of(outcome.out);
    REQUIRE(rows.size() == 3);
    for (std::size_t i = 1; i < rows.size(); ++i) {
      for (std::size_t column = 1; column <= 5; ++column) {
        CHECK(std::isfinite(parse_double(rows[i].at(column)).value_or(std::nan(""))));
      }
    }
  }
  const Outcome unknown = csv("a,0,\na,60,NA\n");
  CHECK(unknown.status == 1);
  CHECK(unknown.err.starts_with("headroom forecast: standard input, series a: "));
  const Outcome twice = csv("b,0,1\na,0,1\na,0,2\n");
  CHECK(twice.status == 1);
  CHECK(twice.err.starts_with("headroom forecast: standard input:3: series a has the time"));
}

TEST_CASE("what was not meant is bad usage and says what is known") {
  const auto err = [](std::vector<std::string> more) {
    std::vector<std::string> arguments{"forecast", "--input", "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run(arguments, "a,0,1\n");
    CHECK(outcome.status == 2);
    return outcome.err;
  };
  CHECK(err({}).starts_with("headroom forecast: --horizon: how many steps ahead"));
  CHECK(err({"--horizon", "3", "--model", "oracle"})
            .starts_with("headroom forecast: there is no model 'oracle'; known: auto, naive, "));
  CHECK(err({"--horizon", "3", "--model", "naive", "--param", "x=1"})
            .starts_with("headroom forecast: model naive has no parameter 'x'"));
  CHECK(err({"--horizon", "3", "--param", "x=1"}).find("--model") != std::string::npos);
  CHECK(err({"--horizon", "3", "--param", "x"}).find("NAME=NUMBER") != std::string::npos);
  CHECK(err({"--horizon", "100001"}).find("at most 100000 steps") != std::string::npos);
  CHECK(err({"--horizon", "3", "--service", "web"}).find("instead of") != std::string::npos);
  CHECK(err({"--horizon", "3", "--lower", "5", "--upper", "4"}).find("no value lies between") !=
        std::string::npos);
  CHECK(err({"--horizon", "3", "--threads", "2000"}).find("at most 1024") != std::string::npos);
}

TEST_CASE("an output that fails leaves the old file") {
  const test::TempFolder folder;
  const std::string output = folder.write("out.csv", "old\n");
  const Outcome outcome = run({"forecast", "--input", "-", "--horizon", "3", "--output", output},
                              "a,0,1\na,60,2\nb,0,1\nb,0,1\n");
  CHECK(outcome.status == 1);
  CHECK(*read_file(output) == "old\n");
}

TEST_CASE("the models are listed with what may be set") {
  const Outcome table = run({"models"});
  CHECK(table.status == 0);
  CHECK(table.out.find("seasonal_naive") != std::string::npos);
  CHECK(run({"models", "--format", "csv"})
            .out.starts_with("model,parameter,default,least,most,meaning\nnaive,,,,,"));
}

TEST_CASE(
    "a forecast that fails at its first series writes nothing, and notes what it made of gaps") {
  const std::vector<std::string> ask{"forecast", "--input", "-", "--horizon", "2", "--format"};
  for (const char* format : {"csv", "json"}) {
    std::vector<std::string> arguments = ask;
    arguments.emplace_back(format);
    const Outcome outcome = run(arguments, "a,0,1\na,0,2\n");
    CHECK(outcome.status == 1);
    CHECK(outcome.out.empty());
  }
  std::vector<std::string> csv = ask;
  csv.emplace_back("csv");
  const Outcome gaps = run(csv, "a,0,1\na,60,2\na,120,1\na,300,4\n");
  REQUIRE(gaps.status == 0);
  CHECK(gaps.err == "a: 2 of 6 slots had no row\n");
}

}  // namespace headroom::cli
