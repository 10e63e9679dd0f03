#include "common/base/file.h"
#include "tests/support/catch.h"
#include "tests/unit/api/rooms_fixture.h"

namespace headroom {
namespace {

using api::Json;
using test::ApiWorld;

// An office in UTC, so that no time zone files are needed.
Json office() {
  return Json{{"name", "office"},
              {"about", "Head office"},
              {"zone", "UTC"},
              {"sessions", {{"monday-friday", {"09:00-12:00", "13:00-17:00"}}}},
              {"closures", {{{"date", "2026-11-26"}, {"reason", "Move"}}}},
              {"events", {{{"name", "payday"}, {"day_of_month", 25}}}}};
}

Json days_of(ApiWorld& world, const std::string& name, const std::string& from,
             const std::string& to) {
  const auto answer = world.run("GET", "calendars/" + name, {{"from", from}, {"to", to}});
  REQUIRE(answer);
  return answer->body["days"];
}

std::string problem_of(const Result<api::Answer>& answer) {
  REQUIRE_FALSE(answer);
  return answer.error().message;
}

}  // namespace

TEST_CASE("the calendar of New York is there, with its days, sessions and events") {
  ApiWorld world;
  const auto list = world.json("calendars");
  REQUIRE(list);
  REQUIRE((*list)["items"].size() == 1);
  CHECK((*list)["items"][0]["name"] == "XNYS");
  CHECK((*list)["items"][0]["built_in"] == true);
  const Json days = days_of(world, "XNYS", "2026-11-25", "2026-12-18");
  REQUIRE(days.size() == 24);
  CHECK(days[0]["session"] == "full");
  CHECK(days[0]["open_utc"] == "2026-11-25T14:30:00Z");
  CHECK(days[1] == Json{{"date", "2026-11-26"},
                        {"session", "closed"},
                        {"open_utc", nullptr},
                        {"close_utc", nullptr},
                        {"sessions", Json::array()},
                        {"name", "Thanksgiving Day"},
                        {"events", Json::array()}});
  CHECK(days[2]["close_utc"] == "2026-11-27T18:00:00Z");
  CHECK(days[23]["events"] == Json{"quad_witching"});
  CHECK(world.json("calendars/XNYS").value()["days"].size() == 31);
}

TEST_CASE("a calendar that is put is kept, and counts from the next question on") {
  ApiWorld world;
  const auto put = world.run("PUT", "calendars/office", {}, office());
  REQUIRE(put);
  CHECK(put->status == 200);
  Json days = days_of(world, "office", "2026-11-25", "2026-11-27");
  CHECK(days[0]["sessions"].size() == 2);
  CHECK(days[0]["close_utc"] == "2026-11-25T17:00:00Z");
  CHECK(days[0]["events"] == Json{"payday"});
  CHECK(days[1]["name"] == "Move");
  Json changed = office();
  changed.erase("closures");
  REQUIRE(world.run("PUT", "calendars/office", {}, changed));
  days = days_of(world, "office", "2026-11-26", "2026-11-26");
  CHECK(days[0]["session"] == "full");
  // A person's own file is as good.
  REQUIRE(write_file_atomically(world.folder.path() + "/calendars/nyse.yaml",
                                "name: nyse\nextends: XNYS\nclosures: [{date: 2030-01-15, reason: "
                                "Mourning}]\n"));
  CHECK(days_of(world, "nyse", "2030-01-15", "2030-01-15")[0]["name"] == "Mourning");
  CHECK(world.json("calendars").value()["items"].size() == 3);
}

TEST_CASE("a dry run checks a calendar and keeps nothing") {
  ApiWorld world;
  REQUIRE(world.run("PUT", "calendars/office", {{"dry_run", "true"}}, office()));
  const auto missing = world.run("GET", "calendars/office");
  CHECK(problem_of(missing) == "no calendar is called 'office'; known are XNYS");
  CHECK(missing.error().code == ErrorCode::kNotFound);
}

TEST_CASE("what is wrong with a calendar is said, and the one before stays") {
  ApiWorld world;
  REQUIRE(world.run("PUT", "calendars/office", {}, office()));
  Json wrong = office();
  wrong["closed"] = "always";
  CHECK(problem_of(world.run("PUT", "calendars/office", {}, wrong))
            .find("'closed' is not a key here") != std::string::npos);
  CHECK(problem_of(world.run("PUT", "calendars/other", {}, office()))
            .find("'office' must be other") != std::string::npos);
  CHECK(problem_of(world.run("PUT", "calendars/XNYS", {}, office())).find("must be XNYS") !=
        std::string::npos);
  Json named = office();
  named["name"] = "XNYS";
  CHECK(problem_of(world.run("PUT", "calendars/XNYS", {}, named)).find("is built in") !=
        std::string::npos);
  CHECK(
      problem_of(world.run("PUT", "calendars/..", {}, office())).find("is not a calendar's name") !=
      std::string::npos);
  CHECK(problem_of(world.run("PUT", "calendars/office", {}, Json(5))).find("JSON object") !=
        std::string::npos);
  CHECK(
      problem_of(world.run("GET", "calendars/office", {{"from", "today"}})).find("from: 'today'") ==
      0);
  CHECK(problem_of(
            world.run("GET", "calendars/office", {{"from", "2026-01-02"}, {"to", "2026-01-01"}})) ==
        "to: lies before from");
  CHECK(world.run("GET", "calendars/office", {{"from", "1970-01-01"}, {"to", "2200-12-31"}})
            .error()
            .code == ErrorCode::kLimitExceeded);
  CHECK(days_of(world, "office", "2026-11-26", "2026-11-26")[0]["name"] == "Move");
}

TEST_CASE("a file that cannot be used is listed with its reason") {
  ApiWorld world;
  REQUIRE(world.run("PUT", "calendars/office", {}, office()));
  REQUIRE(write_file_atomically(world.folder.path() + "/calendars/office.yaml", "name: office\n"));
  const Json items = world.json("calendars").value()["items"];
  REQUIRE(items.size() == 2);
  CHECK(items[1]["error"].get<std::string>().find("office.yaml:1: zone: is missing") !=
        std::string::npos);
}

TEST_CASE("there is room for a thousand calendars") {
  ApiWorld world;
  REQUIRE(world.run("PUT", "calendars/office", {}, office()));
  for (std::size_t i = 1; i < capacity::kCalendarFiles; ++i) {
    const std::string path = world.folder.path() + "/calendars/c" + std::to_string(i) + ".yaml";
    REQUIRE(write_file_atomically(path, "name: c\n"));
  }
  Json another = office();
  another["name"] = "another";
  CHECK(world.run("PUT", "calendars/another", {}, another).error().code ==
        ErrorCode::kLimitExceeded);
  CHECK(world.run("PUT", "calendars/office", {}, office()));
}

}  // namespace headroom
