// Questions over a range as the API takes and answers them.
#include "tests/unit/api/rooms_fixture.h"

using namespace headroom;
using namespace headroom::api;
using namespace headroom::test;

namespace {

using Params = std::map<std::string, std::string>;

ErrorCode code_of(ApiWorld& world, Params params) {
  params.try_emplace("match", "load");
  params.try_emplace("last", "1m");
  const auto answer = world.json("query_range", params);
  REQUIRE_FALSE(answer.has_value());
  return answer.error().code;
}

}  // namespace

TEST_CASE("samples come as they were measured, windows with a step") {
  ApiWorld world;
  world.add("a", "web", {1, 2.5, missing_value(), 4});
  const auto raw = world.json("query_range", {{"match", "load"}, {"last", "1h"}});
  REQUIRE(raw.has_value());
  const Json& item = (*raw)["items"][0];
  CHECK(item["metric"] == "load");
  CHECK(item["unit"] == "1");
  CHECK(item["kind"] == "gauge");
  CHECK(item["attributes"] == Json{{"host.name", "a"}, {"service.name", "web"}});
  CHECK(item["samples"] == Json::parse("[[1795348800,1],[1795348801,2.5],[1795348803,4]]"));
  CHECK_FALSE(raw->contains("next"));
  const auto windows = world.json("query_range", {{"match", "load"},
                                                  {"from", "1795348800"},
                                                  {"to", "1795348804"},
                                                  {"step", "2s"},
                                                  {"aggregate", "max"}});
  CHECK((*windows)["items"][0]["samples"] == Json::parse("[[1795348800,2.5],[1795348802,4]]"));
  const auto quantile = world.json("query_range", {{"match", "load"},
                                                   {"from", "1795348800"},
                                                   {"to", "1795348804"},
                                                   {"aggregate", "quantile"},
                                                   {"quantile", "0.75"}});
  // R: quantile(c(1, 2.5, 4), 0.75) is 3.25.
  CHECK((*quantile)["items"][0]["samples"] == Json::parse("[[1795348800,3.25]]"));
}

TEST_CASE("the last hours in whole minutes begin on whole minutes") {
  ApiWorld world;
  world.now = kNoon + 90'500;
  world.add("a", "web", std::vector<double>(90, 1));
  const auto answer = world.json(
      "query_range", {{"match", "load"}, {"last", "1m"}, {"step", "1m"}, {"aggregate", "count"}});
  CHECK((*answer)["items"][0]["samples"] == Json::parse("[[1795348800,60],[1795348860,30]]"));
}

TEST_CASE("groups carry their attributes and how many series they are made of") {
  ApiWorld world;
  world.add("a", "web", {1, 2});
  world.add("b", "web", {3, 4});
  world.add("c", "db", {10, 10});
  const Params by_service{{"match", "load"}, {"from", "1795348800"}, {"to", "1795348802"},
                          {"step", "1s"},    {"by", "service.name"}, {"across", "sum"}};
  const auto groups = world.json("query_range", by_service);
  REQUIRE(groups.has_value());
  REQUIRE((*groups)["items"].size() == 2);
  const Json& web = (*groups)["items"][1];
  CHECK(web["attributes"] == Json{{"service.name", "web"}});
  CHECK(web["series"] == 2);
  CHECK(web["samples"] == Json::parse("[[1795348800,4],[1795348801,6]]"));
  Params top = by_service;
  top["top"] = "1";
  const auto best = world.json("query_range", top);
  REQUIRE((*best)["items"].size() == 1);
  CHECK((*best)["items"][0]["attributes"]["service.name"] == "db");
  const auto hosts = world.json(
      "query_range", {{"match", "load"}, {"last", "1h"}, {"bottom", "2"}, {"aggregate", "avg"}});
  REQUIRE((*hosts)["items"].size() == 2);
  CHECK((*hosts)["items"][0]["attributes"]["host.name"] == "a");
  CHECK_FALSE((*hosts)["items"][0].contains("series"));
}

TEST_CASE("pages of series follow each other without a hole or a double") {
  ApiWorld world;
  for (int i = 0; i < 7; ++i) world.add("h" + std::to_string(i), "web", {1.0 * i});
  Params params{{"match", "load"}, {"last", "1h"}, {"limit", "3"}};
  std::string hosts;
  for (int page = 0; page < 3; ++page) {
    const auto answer = world.json("query_range", params);
    REQUIRE(answer.has_value());
    for (const Json& item : (*answer)["items"])
      hosts += item["attributes"]["host.name"].get<std::string>();
    CHECK(answer->contains("next") == (page < 2));
    if (page < 2) params["page"] = (*answer)["next"];
  }
  CHECK(hosts == "h0h1h2h3h4h5h6");
}

TEST_CASE("what cannot be meant is refused with the parameter's name") {
  ApiWorld world;
  world.add("a", "web", {1});
  CHECK(code_of(world, {{"aggregate", "median"}}) == ErrorCode::kInvalidArgument);
  CHECK(code_of(world, {{"aggregate", "quantile"}, {"quantile", "95"}}) ==
        ErrorCode::kInvalidArgument);
  CHECK(code_of(world, {{"quantile", "0.9"}}) == ErrorCode::kInvalidArgument);
  CHECK(code_of(world, {{"by", "host.name"}}) == ErrorCode::kInvalidArgument);
  CHECK(code_of(world, {{"by", ""}, {"across", "sum"}}) == ErrorCode::kInvalidArgument);
  CHECK(code_of(world, {{"across", "median"}}) == ErrorCode::kInvalidArgument);
  CHECK(code_of(world, {{"across", "sum"}, {"across_quantile", "0.9"}}) ==
        ErrorCode::kInvalidArgument);
  CHECK(code_of(world, {{"top", "1"}, {"bottom", "1"}}) == ErrorCode::kInvalidArgument);
  CHECK(code_of(world, {{"top", "0"}}) == ErrorCode::kInvalidArgument);
  CHECK(code_of(world, {{"across", "sum"}, {"last", "5y"}, {"step", "1s"}}) ==
        ErrorCode::kLimitExceeded);
}

TEST_CASE("a host that was removed is not among the series, but its past is") {
  ApiWorld world;
  world.add("a", "web", {1});
  world.add("b", "web", {2});
  world.now = kNoon + 2000;
  const auto dry = world.run("DELETE", "agents/a", {{"dry_run", "true"}});
  REQUIRE(dry.has_value());
  CHECK(dry->body["removed"] == false);
  CHECK((*world.json("series"))["items"].size() == 2);
  const auto removed = world.run("DELETE", "agents/a");
  REQUIRE(removed.has_value());
  CHECK(removed->body["series"] == 1);
  CHECK(world.run("DELETE", "agents/z").error().code == ErrorCode::kNotFound);
  world.now = kNoon + 3'600'000;
  CHECK((*world.json("series"))["items"].size() == 1);
  CHECK((*world.json("query_range", {{"match", "load"}, {"last", "2h"}}))["items"].size() == 2);
  CHECK((*world.json("query", {{"match", "load"}, {"time", "1795348801"}}))["items"].size() == 2);
  CHECK((*world.json("store/cardinality"))["decommissioned"][0]["host"] == "a");
}
