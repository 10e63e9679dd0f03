// status, health, utilization, top and agents: what stands on the screen, to the letter.
#include "cli/render/render.h"
#include "tests/support/catch.h"

namespace headroom::cli {
namespace {

constexpr UnixMs kNow = 1'795'326'869'000;  // 2026-11-22T05:54:29Z, a Sunday

Look wide(std::size_t width) {
  Look look;
  look.width = width;
  look.now = kNow;
  return look;
}

Json status_answer() {
  return Json::parse(R"({
    "version": "0.1.0", "started": "2026-11-19T01:54:29Z", "uptime_seconds": 273600, "time": "2026-11-22T05:54:29Z",
    "overall_health": "HEALTHY", "hosts": 20, "hosts_stale": 0, "services": 3, "simulated_hosts": 0,
    "ingest": {"agents_connected": 20, "batches": 120, "samples": 36000, "samples_per_second": 61.0,
               "message_bytes": 90000, "batches_resent": 4, "batches_stored_twice": 0, "batches_lost": 0,
               "samples_lost": 0, "rejected_keys": 0, "rejected_messages": 1, "group_commits": 60, "commit_failures": 0},
    "store": {"format": 1, "series": 1220, "streams": 20, "head_samples": 3600, "head_bytes": 5400,
              "journal_batches": 12, "chunk_samples": 0, "chunk_bytes": 0, "disk_bytes": 70000,
              "oldest": "2026-11-19T01:54:29Z", "newest": "2026-11-22T05:54:28Z", "state": "open",
              "recovered_batches": 0, "recovery_ms": 3}})");
}

Json utilization_answer() {
  return Json::parse(R"({"time": "2026-11-22T05:54:29Z", "items": [
    {"service": "web", "resource": "CPU", "unit": "{cpu}", "current_value": 1.21, "capacity": 4.0,
     "utilization_pct": 30.25, "status": "HEALTHY", "reason": "below 70 %", "hosts": 2, "hosts_reporting": 2,
     "simulated": false, "worst_host": "web-2", "worst_utilization_pct": 44.0, "timestamp": "2026-11-22T05:54:28Z"},
    {"service": "orders", "resource": "MEMORY", "unit": "By", "current_value": 3221225472, "capacity": 4294967296,
     "utilization_pct": 75.0, "status": "WARNING", "reason": "above 70 %", "hosts": 3, "hosts_reporting": 2,
     "simulated": true, "worst_host": "o-1", "worst_utilization_pct": 90.5, "timestamp": "2026-11-22T05:54:28Z"},
    {"service": "web", "resource": "NETWORK", "unit": "By/s", "current_value": 1048576, "capacity": null,
     "utilization_pct": null, "status": "UNKNOWN", "reason": "the link speed is not known", "hosts": 2,
     "hosts_reporting": 2, "simulated": false, "worst_host": null, "worst_utilization_pct": null,
     "timestamp": "2026-11-22T05:54:28Z"}]})");
}

}  // namespace

TEST_CASE("status answers first, then shows what came in beside what is kept") {
  CHECK(status_table(status_answer(), Json(), wide(100)) ==
        "All healthy: 3 services on 20 hosts, newest sample 1 s ago.\n"
        "\n"
        "Aggregator  headroom 0.1.0, up 3 d 4 h, since 2026-11-19 01:54:29 UTC\n"
        "\n"
        "Ingest                                   Store\n"
        "  agents connected  20                     state          open\n"
        "  samples           36 k, now 61/s         series         1220 in 20 streams\n"
        "  received          87.9 KiB               head           3600 samples, 5.27 KiB\n"
        "  batches           120                    journal        12 batches\n"
        "    resent          4                      chunks         0 samples, 0 B\n"
        "    stored twice    0                      on disk        68.4 KiB, format 1\n"
        "    lost            0                      oldest sample  2026-11-19 01:54:29 UTC\n"
        "  refused           0 keys, 1 message      newest sample  2026-11-22 05:54:28 UTC\n"
        "  group commits     60, 0 failed           recovered      0 batches at start, in 3 ms\n");
}

TEST_CASE("status names what is wrong, and what was lost") {
  Json status = status_answer();
  status["overall_health"] = "WARNING";
  status["hosts_stale"] = 2;
  status["simulated_hosts"] = 5;
  status["ingest"]["batches_lost"] = 3;
  status["ingest"]["samples_lost"] = 1830;
  Json health{{"overall_health", "WARNING"}, {"items", Json::array()}};
  for (int i = 0; i < 7; ++i) health["items"].push_back(utilization_answer()["items"][1]);
  const std::string text = status_table(status, health, wide(60));
  CHECK(text.starts_with(
      "WARNING: 3 services on 20 hosts (5 simulated, 2 stale), newest sample 1 s ago.\n"
      "  orders (simulated)  MEMORY  WARNING  above 70 %\n"));
  CHECK(text.find("\n  and 2 more: headroom health\n") != std::string::npos);
  CHECK(text.find("    lost            3 (1830 samples)\n") != std::string::npos);
  // Sixty columns are too few for two groups side by side.
  CHECK(text.find("  group commits     60, 0 failed\n\nStore\n  state          open\n") !=
        std::string::npos);
}

TEST_CASE("status of an aggregator without hosts says what to do") {
  Json status = status_answer();
  status["hosts"] = 0;
  status["store"]["newest"] = nullptr;
  CHECK(status_table(status, Json(), wide(100))
            .starts_with("No hosts yet: start headroom-agent on one"));
}

TEST_CASE("an answer that lacks everything still draws") {
  CHECK(status_table(Json::object(), Json(), wide(100)).starts_with("No hosts yet"));
  CHECK(utilization_table(Json::parse(R"({"items": [{}]})"), wide(100)).find("UNKNOWN") !=
        std::string::npos);
  CHECK(top_table(Json::parse(R"({"items": [{}]})"), "CPU", wide(100)).starts_with("HOST"));
  CHECK(agents_table(Json::parse(R"({"items": [{}]})"), wide(100)).starts_with("1 agent.\n"));
}

TEST_CASE("utilization shows used against capacity, with a bar and the worst host") {
  CHECK(utilization_table(utilization_answer(), wide(140)) ==
        "SERVICE             RESOURCE  STATUS         USED  CAPACITY    UTIL             WORST "
        "HOST       HOSTS  REASON\n"
        "web                 CPU       HEALTHY  1.21 cores   4 cores  30.2 % ███·······   44.0 %  "
        "web-2       2  below 70 %\n"
        "orders (simulated)  MEMORY    WARNING       3 GiB     4 GiB  75.0 % ███████▌··   90.5 %  "
        "o-1    2 of 3  above 70 %\n"
        "web                 NETWORK   UNKNOWN     1 MiB/s         –       –             –         "
        "           2  the link speed is not known\n");
}

TEST_CASE("utilization on a narrow terminal keeps the numbers") {
  CHECK(utilization_table(utilization_answer(), wide(70)) ==
        "SERVICE             RESOURCE  STATUS         USED  CAPACITY    UTIL\n"
        "web                 CPU       HEALTHY  1.21 cores   4 cores  30.2 %\n"
        "orders (simulated)  MEMORY    WARNING       3 GiB     4 GiB  75.0 %\n"
        "web                 NETWORK   UNKNOWN     1 MiB/s         –       –\n");
}

TEST_CASE("shares that were added up over hosts are shown as a share of them all") {
  Json answer = utilization_answer();
  answer["items"].erase(1);
  answer["items"].erase(1);
  Json& item = answer["items"][0];
  item["unit"] = "1";
  item["resource"] = "DISK";
  item["current_value"] = 2.9;
  item["utilization_pct"] = 72.5;
  CHECK(utilization_table(answer, wide(60)) ==
        "SERVICE  RESOURCE  STATUS     USED  CAPACITY    UTIL  HOSTS\n"
        "web      DISK      HEALTHY  72.5 %     100 %  72.5 %      2\n");
}

TEST_CASE("utilization as CSV is exact") {
  CHECK(utilization_csv(utilization_answer()) ==
        "service,resource,unit,current_value,capacity,utilization_pct,status,hosts,hosts_reporting,"
        "simulated,worst_host,"
        "worst_utilization_pct,timestamp,reason\n"
        "web,CPU,{cpu},1.21,4,30.25,HEALTHY,2,2,false,web-2,44,2026-11-22T05:54:28Z,below 70 %\n"
        "orders,MEMORY,By,3221225472,4294967296,75,WARNING,3,2,true,o-1,90.5,2026-11-22T05:54:28Z,"
        "above 70 %\n"
        "web,NETWORK,By/s,1048576,,,UNKNOWN,2,2,false,,,2026-11-22T05:54:28Z,the link speed is not "
        "known\n");
}

TEST_CASE("health gives the whole reason, on as many lines as it needs") {
  Json answer = utilization_answer();
  answer["overall_health"] = "WARNING";
  answer["items"].erase(0);
  answer["items"].erase(1);
  answer["items"][0]["reason"] = "75.0 % of capacity, above 70 % since 2026-11-22 04:00 UTC";
  CHECK(health_table(answer, wide(80)) ==
        "WARNING: 1 resource needs attention, the worst first.\n"
        "\n"
        "SERVICE             RESOURCE  STATUS     UTIL  REASON\n"
        "orders (simulated)  MEMORY    WARNING  75.0 %  75.0 % of capacity, above 70 %\n"
        "                                               since 2026-11-22 04:00 UTC\n");
  CHECK(health_table(Json::parse(R"({"overall_health": "HEALTHY", "items": []})"), wide(80)) ==
        "All healthy.\n");
}

TEST_CASE("top marks the resource that it sorts by, and what is stale or simulated") {
  const Json answer = Json::parse(R"({"items": [
    {"host": "web-1", "service": "web", "simulated": false, "last_sample": "2026-11-22T05:54:28Z", "stale": false,
     "utilization_pct": {"CONNECTIONS": 0.1, "CPU": 95.0, "MEMORY": 61.0}},
    {"host": "sim-1", "service": "eng", "simulated": true, "last_sample": "2026-11-22T05:50:29Z", "stale": true,
     "utilization_pct": {"CONNECTIONS": null, "CPU": 50.0, "MEMORY": 100.0}}]})");
  CHECK(top_table(answer, "CPU", wide(120)) ==
        "HOST                      SERVICE    CPU▼          MEMORY         CONNECTIONS            "
        "SAMPLE\n"
        "web-1                     web      95.0 % █████▊   61.0 % ███▋··        0.1 % ▏·····    1 "
        "s ago\n"
        "sim-1 (simulated, stale)  eng      50.0 % ███···  100.0 % ██████            –         4 "
        "min ago\n");
  CHECK(top_csv(answer) ==
        "host,service,simulated,last_sample,stale,utilization_pct.CPU,utilization_pct.MEMORY,"
        "utilization_pct.CONNECTIONS\n"
        "web-1,web,false,2026-11-22T05:54:28Z,false,95,61,0.1\n"
        "sim-1,eng,true,2026-11-22T05:50:29Z,true,50,100,\n");
}

TEST_CASE(
    "agents says how many there are of each kind, and one column is enough for two equal names") {
  const Json answer = Json::parse(R"({"items": [
    {"agent": "web-1", "host": "web-1", "service": "web", "simulated": false, "state": "connected",
     "address": "10.0.0.1", "version": "0.1.0", "last_seen": "2026-11-22T05:54:29Z",
     "last_sample": "2026-11-22T05:54:28Z", "skew_ms": 2, "series": 61, "committed": 120, "batches": 120, "resent": 0,
     "lost_batches": 0},
    {"agent": "sim-1", "host": "sim-1", "service": "eng", "simulated": true, "state": "stale", "address": "10.0.0.2",
     "version": "0.1.0", "last_seen": "2026-11-22T05:54:29Z", "last_sample": null, "skew_ms": -1500, "series": 61,
     "committed": 20000, "batches": 20000, "resent": 3, "lost_batches": 1}]})");
  CHECK(agents_table(answer, wide(140)) ==
        "2 agents: 1 connected, 1 stale.\n"
        "\n"
        "AGENT              SERVICE  STATE      LAST SAMPLE  SERIES  BATCHES  RESENT  LOST     "
        "SKEW  VERSION  ADDRESS\n"
        "web-1              web      connected      1 s ago      61      120       0     0     2 "
        "ms  0.1.0    10.0.0.1\n"
        "sim-1 (simulated)  eng      stale                –      61     20 k       3     1  -1.50 "
        "s  0.1.0    10.0.0.2\n");
  Json renamed = answer;
  renamed["items"][0]["agent"] = "rack-7";
  const std::string text = agents_table(renamed, wide(140));
  CHECK(text.find("AGENT   HOST") != std::string::npos);
  CHECK(text.find("rack-7  web-1") != std::string::npos);
}

}  // namespace headroom::cli
