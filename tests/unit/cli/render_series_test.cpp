// series, query, rules and actions: what stands on the screen, to the letter.
#include "cli/render/render.h"
#include "cli/rule_file.h"
#include "tests/support/catch.h"

namespace headroom::cli {
namespace {

constexpr UnixMs kNow = 1'795'326'869'000;  // 2026-11-22T05:54:29Z

Look wide(std::size_t width) {
  Look look;
  look.width = width;
  look.now = kNow;
  return look;
}

Json rule() {
  return Json::parse(R"({
    "decision": {"rule_id": "web-cpu", "service": "web", "direction": "SCALE_OUT", "from_value": 2, "to_value": 3,
                 "reason": "CPU of web is at 91.0 %", "limits": ["max_instances 3"], "utilization_pct": 91.0,
                 "timestamp": "2026-11-22T05:54:24Z"},
    "max_instances": 3, "min_instances": 1, "policy": "THRESHOLD", "resource_type": "CPU", "rule_id": "web-cpu",
    "service": "web", "simulated": false, "thresholds": {"warning_pct": 70}, "version": 3})");
}

}  // namespace

TEST_CASE("series lists what there is, metric by metric, and how many") {
  const Json answer = Json::parse(R"({"items": [
    {"metric": "system.memory.usage", "unit": "By", "kind": "gauge",
     "attributes": {"host.name": "web-1", "service.name": "web", "system.memory.state": "used"}},
    {"metric": "system.cpu.time", "unit": "s", "kind": "counter", "attributes": {"host.name": "say \"hi\""}},
    {"metric": "system.memory.usage", "unit": "By", "kind": "gauge",
     "attributes": {"headroom.simulated": "true", "host.name": "sim-1", "service.name": "web"}}]})");
  CHECK(series_table(answer, wide(120)) ==
        "system.memory.usage{service.name=\"web\"} (gauge, By)\n"
        "host.name          system.memory.state\n"
        "web-1              used\n"
        "sim-1 (simulated)  –\n"
        "\n"
        "system.cpu.time{host.name=\"say \\\"hi\\\"\"} (counter, s)\n"
        "\n"
        "3 series.\n");
  CHECK(series_csv(answer) ==
        "metric,unit,kind,attributes\n"
        "system.memory.usage,By,gauge,\"{host.name=\"\"web-1\"\",service.name=\"\"web\"\",system."
        "memory.state=\"\"used\"\"}\"\n"
        "system.cpu.time,s,counter,\"{host.name=\"\"say \\\"\"hi\\\"\"\"\"}\"\n"
        "system.memory.usage,By,gauge,\"{headroom.simulated=\"\"true\"\",host.name=\"\"sim-1\"\","
        "service.name=\"\"web\"\"}\"\n");
  CHECK(series_table(Json::parse(R"({"items": []})"), wide(120)).starts_with("No series fits."));
}

TEST_CASE("an instant query puts what tells series apart into columns") {
  const Json answer = Json::parse(R"({"items": [
    {"metric": "system.cpu.utilization", "unit": "1", "kind": "gauge", "time": "2026-11-22T05:54:26Z", "value": 0.151,
     "attributes": {"cpu.mode": "user", "host.name": "web-1", "service.name": "web"}},
    {"metric": "system.cpu.utilization", "unit": "1", "kind": "gauge", "time": "2026-11-22T05:54:26Z", "value": 0.5,
     "attributes": {"cpu.mode": "user", "headroom.simulated": "true", "host.name": "sim-1", "service.name": "web"}},
    {"metric": "system.memory.usage", "unit": "By", "kind": "gauge", "time": "2026-11-22T05:52:00Z", "value": null,
     "attributes": {"host.name": "web-1"}}]})");
  CHECK(instant_table(answer, wide(120)) ==
        "system.cpu.utilization{service.name=\"web\",cpu.mode=\"user\"} (gauge, 1)\n"
        "host.name           VALUE  SAMPLED\n"
        "web-1              15.1 %  3 s ago\n"
        "sim-1 (simulated)    50 %  3 s ago\n"
        "\n"
        "system.memory.usage (gauge, By)\n"
        "host.name  VALUE    SAMPLED\n"
        "web-1          –  2 min ago\n");
  CHECK(query_csv(answer) ==
        "metric,attributes,unix_ts,value\n"
        "system.cpu.utilization,\"{cpu.mode=\"\"user\"\",host.name=\"\"web-1\"\",service.name="
        "\"\"web\"\"}\",1795326866,0.151\n"
        "system.cpu.utilization,\"{cpu.mode=\"\"user\"\",headroom.simulated=\"\"true\"\",host.name="
        "\"\"sim-1\"\","
        "service.name=\"\"web\"\"}\",1795326866,0.5\n"
        "system.memory.usage,\"{host.name=\"\"web-1\"\"}\",1795326720,\n");
}

TEST_CASE("a range is one block per series, all its numbers in one scale") {
  const Json answer = Json::parse(R"({"items": [
    {"metric": "system.memory.usage", "unit": "By", "kind": "gauge", "attributes": {"host.name": "web-1"},
     "samples": [[1795326860, 1073741824], [1795326865, null], [1795326870, 536870912]]},
    {"metric": "system.network.io", "unit": "By/s", "kind": "counter", "attributes": {"headroom.simulated": "true"},
     "samples": [[1795326860.25, 7]]}]})");
  CHECK(range_table(answer, wide(120)) ==
        "system.memory.usage{host.name=\"web-1\"} (gauge, By)\n"
        "3 samples, 512 MiB to 1 GiB  █ ▁\n"
        "TIME (UTC)           VALUE (GiB)\n"
        "2026-11-22 05:54:20            1\n"
        "2026-11-22 05:54:25            –\n"
        "2026-11-22 05:54:30         0.50\n"
        "\n"
        "system.network.io (counter, By/s) (simulated)\n"
        "1 sample, all 7 B/s\n"
        "TIME (UTC)               VALUE (B/s)\n"
        "2026-11-22 05:54:20.250            7\n");
  CHECK(query_csv(answer) ==
        "metric,attributes,unix_ts,value\n"
        "system.memory.usage,\"{host.name=\"\"web-1\"\"}\",1795326860,1073741824\n"
        "system.memory.usage,\"{host.name=\"\"web-1\"\"}\",1795326865,\n"
        "system.memory.usage,\"{host.name=\"\"web-1\"\"}\",1795326870,536870912\n"
        "system.network.io,\"{headroom.simulated=\"\"true\"\"}\",1795326860.25,7\n");
}

TEST_CASE("rules shows the last decision and what held it back") {
  Json answer{{"items", Json::array({rule(), rule()})}};
  answer["items"][1]["rule_id"] = "new";
  answer["items"][1]["simulated"] = true;
  answer["items"][1]["decision"] = nullptr;
  CHECK(rules_table(answer, wide(140)) ==
        "RULE     SERVICE          RESOURCE  POLICY     INSTANCES  DECISION    STEP  DECIDED  "
        "REASON\n"
        "web-cpu  web              CPU       THRESHOLD     1 to 3  SCALE_OUT  2 → 3  5 s ago  "
        "CPU of web is at 91.0 % (held by max_instances 3)\n"
        "new      web (simulated)  CPU       THRESHOLD     1 to 3  –              –        –\n");
  CHECK(
      rules_csv(answer) ==
      "rule_id,service,resource_type,policy,min_instances,max_instances,version,decision.direction,"
      "decision.from_value,decision.to_value,decision.reason,decision.timestamp\n"
      "web-cpu,web,CPU,THRESHOLD,1,3,3,SCALE_OUT,2,3,CPU of web is at 91.0 %,2026-11-22T05:54:24Z\n"
      "new,web,CPU,THRESHOLD,1,3,3,,,,,\n");
}

TEST_CASE("one rule is shown as the file that would make it") {
  const std::string text = rule_text(rule(), wide(120));
  CHECK(text ==
        "# version 3\n"
        "# last decision, 5 s ago: SCALE_OUT 2 → 3\n"
        "# CPU of web is at 91.0 % (held by max_instances 3)\n"
        "rule_id: web-cpu\n"
        "service: web\n"
        "resource_type: CPU\n"
        "policy: THRESHOLD\n"
        "thresholds: {warning_pct: 70}\n"
        "min_instances: 1\n"
        "max_instances: 3\n");
  const auto read_back = parse_rules(text, "shown");
  REQUIRE(read_back.has_value());
  CHECK(read_back->front()["thresholds"]["warning_pct"] == 70);
  CHECK_FALSE(read_back->front().contains("version"));
  Json simulated = rule();
  simulated["simulated"] = true;
  CHECK(rule_text(simulated, wide(120)).starts_with("# version 3 (simulated)\n"));
}

TEST_CASE("decisions and actions say what, from where to where, and why") {
  Json decision = rule()["decision"];
  decision["limits"] = Json::array();
  CHECK(decisions_table(Json{{"items", Json::array({decision})}}, wide(120)) ==
        "RULE     SERVICE  DECISION    STEP    UTIL  REASON\n"
        "web-cpu  web      SCALE_OUT  2 → 3  91.0 %  CPU of web is at 91.0 %\n");
  const Json action = Json::parse(R"({
    "action_id": "a-7", "rule_id": "web-cpu", "service": "web", "resource_type": "CPU", "direction": "SCALE_IN",
    "from_value": 3, "to_value": 2, "reason": "quiet", "timestamp": "2026-11-22T05:00:00Z", "state": "proposed",
    "simulated": true})");
  const Json answer{{"items", Json::array({action})}};
  CHECK(
      actions_table(answer, wide(120)) ==
      "ACTION    PROPOSED  STATE     SERVICE          RESOURCE  DIRECTION   STEP  RULE     REASON\n"
      "a-7     54 min ago  proposed  web (simulated)  CPU       SCALE_IN   3 → 2  web-cpu  "
      "quiet\n");
  CHECK(actions_csv(answer) ==
        "action_id,rule_id,service,resource_type,direction,from_value,to_value,state,simulated,"
        "timestamp,reason\n"
        "a-7,web-cpu,web,CPU,SCALE_IN,3,2,proposed,true,2026-11-22T05:00:00Z,quiet\n");
  CHECK(action_text(action, wide(80)) ==
        "action     a-7\n"
        "state      proposed\n"
        "proposed   2026-11-22 05:00:00 UTC, 54 min ago\n"
        "service    web (simulated)\n"
        "resource   CPU\n"
        "direction  SCALE_IN\n"
        "step       3 → 2\n"
        "rule       web-cpu\n"
        "reason     quiet\n");
}

}  // namespace headroom::cli
