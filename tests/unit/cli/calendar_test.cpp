// headroom calendar, from arguments to exit status; it asks nobody.
#include <sstream>

#include "cli/render/render.h"
#include "common/base/file.h"
#include "common/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/cli/program_run.h"

namespace headroom::cli {
namespace {

Outcome run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "calendar");
  return run_program_in({}, arguments);
}

}  // namespace

TEST_CASE("a week with a holiday as CSV has one exact row a day") {
  const Outcome week =
      run({"XNYS", "--from", "2026-11-25", "--to", "2026-11-30", "--format", "csv"});
  CHECK(week.status == 0);
  CHECK(week.out ==
        "date,session,open_utc,close_utc,events\n"
        "2026-11-25,full,2026-11-25T14:30:00Z,2026-11-25T21:00:00Z,\n"
        "2026-11-26,closed,,,\n"
        "2026-11-27,half,2026-11-27T14:30:00Z,2026-11-27T18:00:00Z,\n"
        "2026-11-28,closed,,,\n"
        "2026-11-29,closed,,,\n"
        "2026-11-30,full,2026-11-30T14:30:00Z,2026-11-30T21:00:00Z,\n");
  const Outcome march =
      run({"XNYS", "--from", "2026-03-18", "--to", "2026-03-20", "--format", "csv"});
  CHECK(march.out ==
        "date,session,open_utc,close_utc,events\n"
        "2026-03-18,full,2026-03-18T13:30:00Z,2026-03-18T20:00:00Z,fomc_decision\n"
        "2026-03-19,full,2026-03-19T13:30:00Z,2026-03-19T20:00:00Z,\n"
        "2026-03-20,full,2026-03-20T13:30:00Z,2026-03-20T20:00:00Z,quad_witching\n");
}

TEST_CASE("the table lines up, and says why a day is not like others") {
  CHECK(run({"XNYS", "--from", "2026-12-09", "--to", "2026-12-09"}).out ==
        "XNYS: New York Stock Exchange, 09:30–16:00\n"
        "1 full day, 0 half days, 0 days closed; times of America/New_York and UTC.\n"
        "\n"
        "DATE        DAY  SESSION  LOCAL TIME   UTC          WHAT\n"
        "2026-12-09  Wed  full     09:30–16:00  14:30–21:00  fomc_decision\n");
  CHECK(run({"XNYS", "--from", "2026-11-26", "--to", "2026-11-28"}).out ==
        "XNYS: New York Stock Exchange, 09:30–16:00\n"
        "0 full days, 1 half day, 2 days closed; times of America/New_York and UTC.\n"
        "\n"
        "DATE        DAY  SESSION  LOCAL TIME   UTC          WHAT\n"
        "2026-11-26  Thu  closed                             Thanksgiving Day\n"
        "2026-11-27  Fri  half     09:30–13:00  14:30–18:00  Day after Thanksgiving\n"
        "2026-11-28  Sat  closed\n");
}

TEST_CASE("two weeks from today in the calendar's zone are shown where nobody says which") {
  const Outcome two_weeks = run({"XNYS", "--format", "csv"});
  const auto lines = split(trim(two_weeks.out), '\n');
  REQUIRE(lines.size() == 15);
  CHECK(lines[1].starts_with("2026-11-22,"));
  CHECK(lines[14].starts_with("2026-12-05,"));
  CHECK(run({}).out.find("XNYS  America/New_York  New York Stock Exchange") != std::string::npos);
}

TEST_CASE("JSON has every session, with local times, and null for what is not") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/lunch.yaml";
  REQUIRE(write_file_atomically(
      path, "name: lunch\nzone: UTC\nsessions: {monday-friday: [09:00-11:30, 12:30-15:00]}\n"));
  const Outcome outcome =
      run({path, "--from", "2026-11-27", "--to", "2026-11-28", "--format", "json"});
  CHECK(outcome.status == 0);
  const auto answer = parse_json(outcome.out, "answer");
  REQUIRE(answer);
  CHECK(text_at(*answer, "zone") == "UTC");
  const Json& days = list_at(*answer, "days");
  REQUIRE(days.size() == 2);
  CHECK(text_at(days[0], "close_utc") == "2026-11-27T15:00:00Z");
  CHECK(list_at(days[0], "sessions").size() == 2);
  CHECK(text_at(list_at(days[0], "sessions")[1], "open") == "2026-11-27T12:30:00+00:00");
  CHECK(days[1]["open_utc"].is_null());
  CHECK(run({path, "--from", "2026-11-27", "--to", "2026-11-27"})
            .out.find("09:00–11:30, 12:30–15:00") != std::string::npos);
}

TEST_CASE("a session that begins on the evening before says so") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/night.yaml";
  REQUIRE(write_file_atomically(
      path, "name: night\nzone: UTC\nsessions: {daily: 22:00-05:00}\nnamed_for: closing\n"));
  CHECK(run({path, "--from", "2026-11-27", "--to", "2026-11-27"})
            .out.find("full     Thu 22:00–05:00") != std::string::npos);
}

TEST_CASE("bad usage of calendar ends with status 2, a file that cannot be had with status 1") {
  struct Case {
    std::vector<std::string> arguments;
    int status;
    const char* error;
  };
  const Case cases[] = {
      {{"XNYZ"},
       2,
       "headroom calendar: no calendar is called 'XNYZ'; did you mean XNYS?\nKnown are XNYS"},
      {{"XNYS", "--from", "2026-02-30"},
       2,
       "headroom calendar: --from: '2026-02-30' is not a date"},
      {{"XNYS", "--to", "2300-01-01"}, 2, "headroom calendar: --to: calendars know the years 1970"},
      {{"XNYS", "--from", "2026-02-02", "--to", "2026-02-01"},
       2,
       "headroom calendar: --from 2026-02-02 lies behind --to"},
      {{"--from", "2026-02-02"}, 2, "headroom calendar: --from and --to need a calendar's NAME"},
      {{"XNYS", "--to", "2020-01-01"}, 2, "headroom calendar: --to 2020-01-01 lies before today"},
      {{"./none.yaml"}, 1, "headroom calendar: open ./none.yaml: No such file or directory"},
  };
  for (const Case& one : cases) {
    CAPTURE(join(one.arguments, " "));
    const Outcome outcome = run(one.arguments);
    CHECK(outcome.status == one.status);
    CHECK(outcome.out.empty());
    CAPTURE(outcome.err);
    CHECK(outcome.err.starts_with(one.error));
  }
  const test::TempFolder folder;
  const std::string path = folder.path() + "/wrong.yaml";
  REQUIRE(write_file_atomically(path, "name: a\nzone: UTC\nsession: {daily: 22:00-05:00}\n"));
  const Outcome wrong = run({path});
  CHECK(wrong.status == 1);
  CHECK(wrong.err.find("wrong.yaml:3: 'session' is not a key here; did you mean sessions?") !=
        std::string::npos);
}

TEST_CASE("the CSV goes into a file where one is named") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/xnys.csv";
  const Outcome outcome = run(
      {"XNYS", "--from", "1990-01-01", "--to", "2050-12-31", "--format", "csv", "--output", path});
  CHECK(outcome.status == 0);
  CHECK(outcome.out.empty());
  const auto content = read_file(path);
  REQUIRE(content);
  CHECK(split(trim(*content), '\n').size() == 22'281);
}

}  // namespace headroom::cli
