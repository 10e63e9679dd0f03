// headroom anomalies from arguments to rows.
#include <cmath>
#include <sstream>

#include "cli/offline/recorded_input.h"
#include "common/base/file.h"
#include "common/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/cli/program_run.h"

namespace headroom::cli {
namespace {

Outcome run(const std::vector<std::string>& arguments, const std::string& input,
            Terminal terminal = {}) {
  return run_program_in({.input = input, .terminal = terminal}, arguments);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Five days of five minutes that repeat each other every half hour, with one value of 400 on the
// fifth.
constexpr std::size_t kPoints = 1440;
constexpr std::size_t kSpike = 1300;

std::string series(const std::string& id) {
  std::string text;
  for (std::size_t i = 0; i < kPoints; ++i) {
    const std::size_t value = i == kSpike ? 400 : 10 + i * 7 % 6;
    text += id + "," + std::to_string(1'700'006'400 + 300 * i) + "," + std::to_string(value) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("anomalies writes every row as it came in, with its verdict behind it") {
  const std::string input = "series_id,unix_ts,value\n" + series("web");
  const Outcome outcome = run({"anomalies", "--input", "-"}, input);
  REQUIRE(outcome.status == 0);
  const auto given = lines_of(input);
  const auto written = lines_of(outcome.out);
  REQUIRE(written.size() == given.size());
  CHECK(written[0] == "series_id,unix_ts,value,expected,score,anomaly");
  for (std::size_t i = 1; i < given.size(); ++i) {
    REQUIRE(written[i].starts_with(given[i] + ","));
    const auto fields = split(written[i], ',');
    REQUIRE(fields.size() == 6);
    REQUIRE(parse_double(fields[3]).has_value());
    REQUIRE(parse_double(fields[4]).value_or(-1) >= 0);
    REQUIRE(parse_double(fields[4]).value_or(2) <= 1);
    REQUIRE(fields[5] == (i == kSpike + 1 ? "1" : "0"));
  }
}

TEST_CASE("values, seconds and ids keep their spelling, duplicates and unknown values their rows") {
  const std::string input =
      "\xEF\xBB\xBF"
      "a,100,1.50\r\n\n\"b,\"\"c\"\"\",2023-11-15T00:00:00Z,+2e0\n  a,100,1.50\na,160,NA\na,220,\n"
      "a, 280 , 0.1000000000000000055511151231257827";
  const Outcome outcome = run({"anomalies", "--input", "-", "--threads", "2"}, input);
  REQUIRE(outcome.status == 0);
  const auto lines = lines_of(outcome.out);
  REQUIRE(lines.size() == 7);
  CHECK(lines[0] == "series_id,unix_ts,value,expected,score,anomaly");
  CHECK(lines[1] == "a,100,1.50,1.5,0,0");
  CHECK(lines[2] == "\"b,\"\"c\"\"\",1700006400,+2e0,2,0,0");
  CHECK(lines[3] == "a,100,1.50,1.5,0,0");
  CHECK(lines[4] == "a,160,NA,1.5,0,0");
  CHECK(lines[5] == "a,220,,1.5,0,0");
  // A record of three, a whole range away: 5/3 of lg 2, of which a fifth is the exponent.
  const std::string row = "a, 280 , 0.1000000000000000055511151231257827,1.5,";
  REQUIRE(lines[6].starts_with(row));
  CHECK(parse_double(split(lines[6].substr(row.size()), ',')[0]).value_or(0) ==
        Approx(1 - std::exp(-std::log10(2.0) / 3)));
}

TEST_CASE("the rows of a prefix are the first rows of the whole, whatever stands beside them") {
  const auto whole = lines_of(run({"anomalies", "--input", "-"}, series("web")).out);
  const std::string input = series("web");
  const std::string prefix = input.substr(0, input.find("\n", input.size() / 2) + 1);
  const auto part = lines_of(run({"anomalies", "--input", "-"}, prefix).out);
  for (std::size_t i = 0; i < part.size(); ++i) REQUIRE(part[i] == whole[i]);

  std::string mixed;
  const auto web = lines_of(input);
  const auto other = lines_of(series("other"));
  for (std::size_t i = 0; i < web.size(); ++i) mixed += web[i] + "\n" + other[i] + "\n";
  const auto both = lines_of(run({"anomalies", "--input", "-"}, mixed).out);
  for (std::size_t i = 0; i < web.size(); ++i) REQUIRE(both[1 + 2 * i] == whole[1 + i]);
}

TEST_CASE("a time far back is refused by its line, a clock that is set back is not") {
  const std::string input = "a,100000,1\nb,5,1\na,103600,1\n";
  const Outcome back = run({"anomalies", "--input", "-"}, input + "a,100000,1\na,100060,1\n");
  CHECK(back.status == 0);
  CHECK(back.err ==
        "standard input: 2 rows lie before an earlier one of their series, the first in line 4; "
        "they count as the same time\n");
  CHECK(run({"anomalies", "--input", "-"}, input).err.empty());
  const Outcome refused = run({"anomalies", "--input", "-"}, input + "a,96000,1\n");
  CHECK(refused.status == 1);
  CHECK(refused.err.find("standard input:4: the time lies 2h6m40s before that of line 3") !=
        std::string::npos);
  CHECK(refused.out.empty());
}

TEST_CASE("bad input and options are refused with what is wrong") {
  const Outcome text = run({"anomalies", "--input", "-"}, "a,1,2\na,2,x\n");
  CHECK(text.status == 1);
  CHECK(text.err.find("standard input:2:") != std::string::npos);
  CHECK(run({"anomalies", "--input", "-"}, "").status == 1);
  CHECK(run({"anomalies", "--input", "/nonexistent/series.csv"}, "")
            .err.find("/nonexistent/series.csv") != std::string::npos);
  CHECK(run({"anomalies"}, "").status == 2);
  const Outcome rate = run({"anomalies", "--input", "-", "--false-alarms", "often"}, "a,1,2\n");
  CHECK(rate.status == 2);
  CHECK(rate.err.find("such as 1/7d") != std::string::npos);
}

TEST_CASE("on a terminal the anomalies alone are shown, with the reason") {
  Terminal terminal;
  terminal.present = true;
  const Outcome outcome = run({"anomalies", "--input", "-"}, series("web"), terminal);
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find("1 anomaly in 1 of 1 series, 1440 points.") != std::string::npos);
  CHECK(outcome.out.find("2023-11-19 12:20:00") != std::string::npos);
  CHECK(outcome.out.find("outside the range") != std::string::npos);
  const Outcome json = run({"anomalies", "--input", "-", "--format", "json"}, series("web"));
  CHECK(json.out.find("\"part\": \"range\"") != std::string::npos);
}

TEST_CASE("a file is written as a whole, and read from one") {
  const test::TempFolder folder;
  const std::string in = folder.write("in.csv", series("web"));
  const std::string out = folder.path() + "/out.csv";
  CHECK(run({"anomalies", "--input", in, "--output", out}, "").status == 0);
  CHECK(read_file(out).value() == run({"anomalies", "--input", "-"}, series("web")).out);
}

TEST_CASE("numbered lines are found in ascending order") {
  NumberedLines lines("\xEF\xBB\xBF one \r\n\n two\nthree");
  CHECK(lines.line(1) == "one");
  CHECK(lines.line(1) == "one");
  CHECK(lines.line(3) == "two");
  CHECK(lines.line(4) == "three");
}

}  // namespace headroom::cli
