// The input of the offline verbs, and the grid its series are put on.
#include "cli/offline/series_file.h"

#include <cmath>
#include <sstream>

#include "cli/offline/grid.h"
#include "common/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace headroom::cli {
namespace {

Result<SeriesFile> parse(const std::string& text, SeriesFileLimits limits = {}) {
  std::istringstream in(text);
  return parse_series(in, "demand.csv", limits);
}

std::string problem_of(const std::string& text, SeriesFileLimits limits = {}) {
  const auto file = parse(text, limits);
  return file ? "no problem" : file.error().message;
}

// One series of the dates, with the values 1, 2, 3 …
SeriesFile dated(const std::vector<std::string>& times) {
  std::string text;
  for (std::size_t i = 0; i < times.size(); ++i) {
    text += "a," + times[i] + "," + std::to_string(i + 1) + "\n";
  }
  return *parse(text);
}

Result<GridSeries> grid_of(const SeriesFile& file, std::size_t series = 0,
                           GridOptions options = {}) {
  return to_grid(file, series, options, lone_step_of(file));
}

std::vector<std::string> times_of(const GridSeries& grid, std::size_t from, std::size_t to) {
  std::vector<std::string> times;
  for (std::size_t slot = from; slot < to; ++slot) times.push_back(format_time(grid.time_of(slot)));
  return times;
}

}  // namespace

TEST_CASE("rows are read with and without a header, whatever surrounds their fields") {
  const auto file = parse(
      "\xEF\xBB\xBFseries_id,unix_ts,value\r\n"
      "a,1700000000,1.5\r\n"
      "\r\n"
      " b , 1700000000.25 , NA \n"
      "\"a, \"\"x\"\"\",2023-11-14T22:13:20Z,\"-2e3\"\n"
      "a,1700003600,");
  REQUIRE(file);
  CHECK(file->ids == std::vector<std::string>{"a", "b", "a, \"x\""});
  REQUIRE(file->rows.size() == 4);
  CHECK(file->rows[0].time == 1'700'000'000'000);
  CHECK(file->rows[0].value == 1.5);
  CHECK(file->rows[0].line == 2);
  CHECK(file->rows[1].time == 1'700'000'000'250);
  CHECK(std::isnan(file->rows[1].value));
  CHECK(file->rows[1].line == 4);
  CHECK(file->rows[2].time == 1'700'000'000'000);
  CHECK(file->rows[2].value == -2000);
  CHECK(std::isnan(file->rows[3].value));
  const auto rows = file->rows_of(0);
  CHECK(std::vector<std::uint32_t>(rows.begin(), rows.end()) == std::vector<std::uint32_t>{0, 3});
  CHECK(parse("a,0,1\n")->rows.size() == 1);
}

TEST_CASE("what is not a row is refused with file and line") {
  CHECK(problem_of("a,1,2\na,2\n") ==
        "demand.csv:2: not the three fields series_id,unix_ts,value: 'a,2'");
  CHECK(problem_of("a,1,2\na,2,3,4\n").starts_with("demand.csv:2: not the three fields"));
  CHECK(problem_of("a,1,2\n\"a,2,3\n").starts_with("demand.csv:2: not the three fields"));
  CHECK(problem_of("a,1,2\na,2,x\n") ==
        "demand.csv:2: the value 'x' is not a number of a usual size");
  CHECK(problem_of("a,1,2\na,2,1e999\n").find("demand.csv:2: the value '1e999'") == 0);
  CHECK(problem_of("a,1,2\na,2,-inf\n") == "demand.csv:2: the value '-inf' is infinite");
  CHECK(problem_of("a,yesterday,2\n") ==
        "demand.csv:1: the time 'yesterday' is neither Unix seconds nor RFC 3339");
  CHECK(problem_of("a,1700000000000,2\n") ==
        "demand.csv:1: the time '1700000000000' lies beyond the year 9999; times are in seconds, "
        "not milliseconds");
  CHECK(problem_of("a,1,2\n,2,3\n") == "demand.csv:2: the series has no id");
  CHECK(problem_of("") == "demand.csv holds no rows; wanted are rows of series_id,unix_ts,value");
  CHECK(problem_of("series_id,unix_ts,value\n").find("holds no rows") != std::string::npos);
}

TEST_CASE("an input beyond a limit is refused with the line that crosses it") {
  CHECK(problem_of("a,1,2\na,2,3\na,3,4\n", {.rows = 2}) ==
        "demand.csv:3: more than 2 rows; give them in several files");
  CHECK(problem_of("a,1,2\nb,1,2\nc,1,2\n", {.series = 2}) ==
        "demand.csv:3: more than 2 series; give them in several files");
  const std::string longest(kSeriesIdBytesMost, 'i');
  CHECK(parse(longest + ",1,2\n"));
  CHECK(problem_of(longest + "i,1,2\n") == "demand.csv:1: a series id of more than 512 bytes");
  const std::string line = "a,1,2" + std::string(kInputLineBytesMost - 5, ' ');
  CHECK(parse(line + "\n"));
  CHECK(problem_of(line + " \n") == "demand.csv:1: a line of more than 4096 bytes");
  // Also one without an end.
  CHECK(problem_of("a,1,2\n" + std::string(3'000'000, 'x')) ==
        "demand.csv:2: a line of more than 4096 bytes");
}

TEST_CASE("lines across the reader's blocks stay whole") {
  std::string text;
  for (std::size_t i = 0; i < 200'000; ++i) {
    text += (i % 3 == 0 ? "first," : "the second,") + std::to_string(1'700'000'000 + i) + "," +
            std::to_string(i) + "\n";
  }
  const auto file = parse(text);
  REQUIRE(file);
  REQUIRE(file->rows.size() == 200'000);
  bool right = true;
  for (std::size_t i = 0; i < file->rows.size(); ++i) {
    right = right && file->rows[i].value == static_cast<double>(i) && file->rows[i].line == i + 1 &&
            file->rows[i].series == (i % 3 == 0 ? 0u : 1u);
  }
  CHECK(right);
}

TEST_CASE("a file that is not there is named") {
  const test::TempFolder folder;
  std::istringstream standard("a,1,2\n");
  CHECK(read_series_file(folder.path() + "/absent", standard).error().message.find("absent") !=
        std::string::npos);
  CHECK(read_series_file(folder.path(), standard).error().message.find("folder") !=
        std::string::npos);
  CHECK(read_series_file("-", standard)->name == "standard input");
}

TEST_CASE("a gap becomes unknown slots and the step is the most common one") {
  const SeriesFile file = dated({"0", "300", "600", "1500", "1800"});
  const auto grid = grid_of(file);
  REQUIRE(grid);
  CHECK(grid->step == std::chrono::minutes(5));
  REQUIRE(grid->values.size() == 7);
  CHECK(grid->values[2] == 3);
  CHECK(std::isnan(grid->values[3]));
  CHECK(std::isnan(grid->values[4]));
  CHECK(grid->values[5] == 4);
  CHECK(grid->unknown == 2);
  CHECK(grid->note.empty());
  CHECK(grid->time_of(7) == 2'100'000);
}

TEST_CASE("times that do not ascend are refused with their line") {
  const auto file = parse("b,5,1\na,0,1\nb,6,1\na,10,2\na,10,3\nb,4,1\n");
  REQUIRE(file);
  CHECK(grid_of(*file, 1).error().message ==
        "demand.csv:5: series a has the time of an earlier row again: 1970-01-01T00:00:10Z; times "
        "must ascend within a series");
  CHECK(grid_of(*file, 0).error().message ==
        "demand.csv:6: series b goes back in time: 1970-01-01T00:00:04Z; times must ascend within "
        "a series");
}

TEST_CASE("times that waver are put on a grid of a usual step") {
  const SeriesFile file = dated({"0", "15.2", "29.9", "45.3", "59.6", "75.1", "80", "90.4"});
  const auto grid = grid_of(file);
  REQUIRE(grid);
  CHECK(grid->step == std::chrono::seconds(15));
  REQUIRE(grid->values.size() == 7);
  CHECK(grid->values[5] == 6.5);  // the rows at 75.1 and 80
  CHECK(grid->note.find("88 % of the rows lie off the grid of 15s") == 0);
  CHECK(grid->note.find("averaged") != std::string::npos);
}

TEST_CASE("calendar months are steps of the same length") {
  const auto first = grid_of(dated({"2023-11-01", "2023-12-01", "2024-02-01", "2024-03-01"}));
  REQUIRE(first);
  CHECK(first->months == 1);
  CHECK(first->values.size() == 5);
  CHECK(first->unknown == 1);
  CHECK(times_of(*first, 4, 7) == std::vector<std::string>{"2024-03-01T00:00:00Z",
                                                           "2024-04-01T00:00:00Z",
                                                           "2024-05-01T00:00:00Z"});
  // Month ends, and midnight in Berlin.
  const auto ends = grid_of(dated({"2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29"}));
  REQUIRE(ends);
  CHECK(ends->months == 1);
  CHECK(times_of(*ends, 4, 6) ==
        std::vector<std::string>{"2024-03-31T00:00:00Z", "2024-04-30T00:00:00Z"});
  const auto berlin = grid_of(dated({"2024-01-31T23:00:00Z", "2024-02-29T23:00:00Z",
                                     "2024-03-31T22:00:00Z", "2024-04-30T22:00:00Z"}));
  REQUIRE(berlin);
  CHECK(berlin->months == 1);
  CHECK(times_of(*berlin, 4, 5) == std::vector<std::string>{"2024-05-31T23:00:00Z"});
  const auto quarters = grid_of(dated({"2023-01-15", "2023-04-15", "2023-10-15"}));
  REQUIRE(quarters);
  CHECK(quarters->months == 3);
  CHECK(quarters->values.size() == 4);
  // A mean month as a fixed length is one.
  const auto fixed = grid_of(dated({"0", "2629800", "5259600"}));
  REQUIRE(fixed);
  CHECK(fixed->months == 0);
  CHECK(fixed->step == std::chrono::seconds(2'629'800));
}

TEST_CASE("a single row has a step, a lone far one is too far") {
  const auto file = parse("a,0,1\nb,0,1\nb,60,2\nc,0,1\nc,1,2\nc,2,3\nc,100000000,4\n");
  REQUIRE(file);
  CHECK(grid_of(*file, 0)->step == std::chrono::minutes(1));
  CHECK(lone_step_of(*parse("a,0,1\n")) == std::chrono::hours(1));
  const auto far = grid_of(*file, 2);
  REQUIRE(!far);
  CHECK(far.error().code == ErrorCode::kLimitExceeded);
  CHECK(far.error().message ==
        "demand.csv:7: series c has one value every 1s, and up to 1973-03-03T09:46:40Z that is "
        "more than 20000000 steps");
}

TEST_CASE("a step that is given overrules the one found") {
  const auto grid = grid_of(dated({"0", "60", "120", "180"}), 0, {std::chrono::minutes(2)});
  REQUIRE(grid);
  CHECK(grid->step == std::chrono::minutes(2));
  CHECK(grid->values == std::vector<double>{1, 2.5, 4});
}

TEST_CASE("a first row that came late moves the grid of no other") {
  std::vector<std::string> times{"1500"};
  for (int i = 1; i < 200; ++i) times.push_back(std::to_string(3600 * i + i * 7919 % 101 % 3 - 1));
  const auto grid = grid_of(dated(times));
  REQUIRE(grid);
  CHECK(grid->step == std::chrono::hours(1));
  REQUIRE(grid->values.size() == 200);
  CHECK(grid->empty == 0);
  CHECK(grid->shared == 0);
  CHECK(std::abs(grid->start) <= 1000);
  // Where rows lie anywhere within a step, it begins with the first.
  const auto coarse =
      grid_of(dated({"0", "60", "120", "180", "240", "300"}), 0, {std::chrono::minutes(3)});
  REQUIRE(coarse);
  CHECK(coarse->start == 0);
}

TEST_CASE("what was made of the rows is noted, a line of each kind") {
  const auto gaps = grid_of(dated({"0", "60", "120", "300"}));
  CHECK(gaps->notes() == std::vector<std::string>{"a: 2 of 6 slots had no row"});
  const auto wavering = grid_of(dated({"0", "15.2", "29.9", "45.3", "59.6", "75.1", "80", "90.4"}));
  REQUIRE(wavering->notes().size() == 2);
  CHECK(wavering->notes()[0] == "a: 1 of 8 rows fell into the slot of another and were averaged");
  CHECK(wavering->notes()[1].find("--step") != std::string::npos);
  CHECK(grid_of(dated({"0", "60", "120"}))->notes().empty());
}

TEST_CASE("a first row that is no row is a header only where it names its columns") {
  for (const char* header : {"series_id,unix_ts,value", "host,TIME,load", "a,Timestamp,v",
                             "\"ID\",\"ds\",\"y\"", "series,date,value"}) {
    INFO(header);
    const auto file = parse(std::string(header) + "\na,0,1\n");
    REQUIRE(file);
    CHECK(file->rows.size() == 1);
  }
  CHECK(problem_of("a,bad,bad\na,0,1\n") ==
        "demand.csv:1: the time 'bad' is neither Unix seconds nor RFC 3339");
  CHECK(problem_of("a,time,5\na,0,1\n").starts_with("demand.csv:1: the time 'time'"));
  CHECK(problem_of("a,0,1\nseries_id,unix_ts,value\n").starts_with("demand.csv:2: the time"));
}

TEST_CASE("an id that is not UTF-8 is refused with its line") {
  for (const char* id : {"\xFF", "a\x80", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80",
                         "\xE2\x82", "\xF0\x80\x80\x80"}) {
    const std::string problem = problem_of("a,0,1\n" + std::string(id) + ",0,1\n");
    INFO(problem);
    CHECK(problem.starts_with("demand.csv:2: the series id '"));
    CHECK(problem.ends_with("' is not UTF-8"));
  }
  CHECK(parse("ä€\xF0\x9F\x98\x80,0,1\n"));
}

}  // namespace headroom::cli
