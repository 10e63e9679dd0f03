// What administrators ask of the store.
#include <filesystem>
#include <thread>

#include "tests/unit/api/rooms_fixture.h"

using namespace headroom;
using namespace headroom::api;
using namespace headroom::test;

TEST_CASE("the store tells its size, and a flush moves what is in memory") {
  ApiWorld world;
  world.add("a", "web", {1, 2, 3});
  const auto before = *world.json("store/stats");
  CHECK(before["state"] == "open");
  CHECK(before["head_samples"] == 3);
  CHECK(before["series"] == 1);
  const auto flushed = world.run("POST", "store/flush");
  REQUIRE(flushed.has_value());
  CHECK(flushed->body["head_samples"] == 3);
  const auto after = *world.json("store/stats");
  CHECK(after["head_samples"] == 0);
  const Json& raw = after["families"][0];
  CHECK(raw["name"] == "capacity_metrics");
  CHECK(raw["samples"] == 3);
  CHECK(raw["bytes_per_sample"].get<double>() == raw["bytes"].get<double>() / 3);
}

TEST_CASE("a backup lies in its folder, and no other can take its name") {
  ApiWorld world;
  world.add("a", "web", {1, 2, 3});
  const auto made = world.run("POST", "backup", {}, {{"name", "before-upgrade"}});
  REQUIRE(made.has_value());
  CHECK(made->status == 201);
  const std::string path = made->body["path"];
  CHECK(path == world.folder.path() + "/backup/before-upgrade");
  CHECK(made->body["bytes"].get<std::uint64_t>() > 0);
  CHECK(read_all(*open_store(path), "load").size() == 3);
  CHECK(world.run("POST", "backup", {}, {{"name", "before-upgrade"}}).error().code ==
        ErrorCode::kAlreadyExists);
  const auto dry = world.run("POST", "backup", {{"dry_run", "true"}});
  REQUIRE(dry.has_value());
  CHECK(dry->body["name"] == "20261122T120100Z");
  CHECK_FALSE(std::filesystem::exists(dry->body["path"].get<std::string>()));
  for (const char* bad : {"", ".hidden", "..", "a/b", "../a", "a b", "ä"}) {
    INFO(bad);
    CHECK(world.run("POST", "backup", {}, {{"name", bad}}).error().code ==
          ErrorCode::kInvalidArgument);
  }
  CHECK(world.run("POST", "backup", {}, {{"nam", "x"}}).error().code ==
        ErrorCode::kInvalidArgument);
}

TEST_CASE("a verify runs in the background and leaves its report") {
  ApiWorld world;
  world.add("a", "web", {1, 2, 3});
  REQUIRE(world.store->flush().has_value());
  CHECK((*world.json("store/verify"))["state"] == "none");
  CHECK(world.run("DELETE", "store/verify").error().code == ErrorCode::kNotFound);
  REQUIRE(world.run("POST", "store/verify").has_value());
  Json state;
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    state = *world.json("store/verify");
  } while (state["state"] == "running");
  CHECK(state["state"] == "done");
  CHECK(state["done"] == 1);
  CHECK(state["report"]["samples"] == 3);
  CHECK(state["report"]["problem_count"] == 0);
  CHECK(world.run("POST", "store/verify").has_value());  // and again
}

TEST_CASE("who may not administer neither copies nor removes") {
  ApiWorld world;
  for (const auto& [method, path] :
       {std::pair("POST", "/api/v1/backup"), std::pair("POST", "/api/v1/store/flush"),
        std::pair("POST", "/api/v1/store/verify"), std::pair("DELETE", "/api/v1/store/verify"),
        std::pair("DELETE", "/api/v1/agents/a")}) {
    INFO(path);
    const auto answer = world.operations.run(method, path, {}, Access::kOperate);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == ErrorCode::kPermissionDenied);
    CHECK(answer.error().message.find("headroom-admin") != std::string::npos);
  }
  CHECK(world.operations.run("GET", "/api/v1/store/stats", {}, Access::kObserve).has_value());
}
