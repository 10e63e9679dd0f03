// The store and comparisons of series: what stands on the screen, to the letter.
#include "cli/progress.h"
#include "cli/render/render.h"
#include "tests/support/catch.h"

namespace headroom::cli {
namespace {

Look wide(std::size_t width) {
  Look look;
  look.width = width;
  look.now = 1'795'326'869'000;  // 2026-11-22T05:54:29Z
  return look;
}

Json stats_answer() {
  return Json::parse(R"({
    "state": "open", "format": 2, "series": 895, "streams": 21, "head_batches": 420, "head_samples": 37590,
    "head_bytes": 56320, "dirty_windows": 1, "disk_bytes": 157286400, "wal_bytes": 1048576,
    "disk_free_bytes": 26843545600, "commits": 8012, "commit_failures": 0, "committed_bytes": 1000000,
    "written_bytes": 3210000, "write_amplification": 3.21, "batches_stored_twice": 0, "recovered_batches": 12,
    "recovery_ms": 38, "samples_expired": 0, "windows_dropped": 4, "families": [
      {"name": "capacity_metrics", "bytes": 125829120, "samples": 83886080, "bytes_per_sample": 1.5, "chunks": 1764,
       "windows": 84, "runs": 90, "oldest": "2026-11-15T00:00:00Z"},
      {"name": "capacity_metrics_1m", "bytes": 20971520, "samples": 4194304, "bytes_per_sample": 5.0, "chunks": 300,
       "windows": 14, "runs": 14, "oldest": "2026-08-24T00:00:00Z"},
      {"name": "journal", "bytes": 57344, "samples": 0, "bytes_per_sample": null, "chunks": 0, "windows": 0, "runs": 0,
       "oldest": null}]})");
}

}  // namespace

TEST_CASE("store stats answer in a sentence, then per family, then the rest") {
  CHECK(store_stats_table(stats_answer(), wide(100)) ==
        "Open: 88.1 M values of 895 series in 140 MiB, 1.67 B each.\n"
        "\n"
        "FAMILY               ON DISK  VALUES  B/VALUE  WINDOWS  FILES      OLDEST (UTC)\n"
        "capacity_metrics     120 MiB  83.9 M     1.50       84     90  2026-11-15 00:00\n"
        "capacity_metrics_1m   20 MiB  4.19 M        5       14     14  2026-08-24 00:00\n"
        "journal               56 KiB       –        –        –      –                 –\n"
        "\n"
        "in memory   37.6 k samples of 420 batches, 55 KiB\n"
        "to roll up  1 window\n"
        "on disk     150 MiB, of it 1 MiB write-ahead log\n"
        "disk free   25 GiB\n"
        "commits     8012, 0 failed\n"
        "written     3.06 MiB, 3.21 times what was committed\n"
        "dropped     4 windows by retention, 0 samples that came too late\n"
        "recovered   12 batches at start, in 38 ms\n");
}

TEST_CASE("a store that takes nothing says so first, and why") {
  Json stats = stats_answer();
  stats["state"] = "cannot write: 200 MiB are free, 256 MiB are reserved; make room";
  const std::string text = store_stats_table(stats, wide(100));
  CHECK(text.substr(0, text.find('\n')) == stats["state"].get<std::string>());
  CHECK(store_stats_csv(stats).starts_with("name,bytes,samples,bytes_per_sample,"));
}

TEST_CASE("a verify's report names what is damaged, or that nothing is") {
  Json state = Json::parse(R"({"state": "done", "done": 1, "started": "2026-11-22T05:54:00Z",
    "ended": "2026-11-22T05:54:12Z", "report": {"chunks": 1764, "samples": 83886080, "bytes": 125829120,
    "journal_batches": 1, "problem_count": 0, "problems": []}})");
  CHECK(
      verify_text(state, wide(100)) ==
      "No problems: read 1764 chunks with 83.9 M values (120 MiB) and 1 batch of the journal in 12 "
      "s.\n");
  state["report"]["problem_count"] = 2;
  state["report"]["problems"] =
      Json::parse(R"([{"where": "capacity_metrics, window 7, group 3", "what": "checksum"}])");
  const std::string text = verify_text(state, wide(100));
  CHECK(text.starts_with("2 problems: read"));
  CHECK(text.find("capacity_metrics, window 7, group 3  checksum\n… and 1 more\n") !=
        std::string::npos);
  CHECK(verify_csv(state) == "where,what\n\"capacity_metrics, window 7, group 3\",checksum\n");
}

TEST_CASE("cardinality says who has more series than may be") {
  const Json report =
      Json::parse(R"({"series": 40000, "series_max": 5000000, "series_per_host_max": 20000,
    "capped": [{"host": "k8s-1", "series": 20000, "capped": 312, "example": "system.network.io{device=\"veth1\"}"}],
    "decommissioned": [{"host": "web-7", "since": "2026-11-20T10:00:00Z"}]})");
  CHECK(cardinality_table(report, wide(100)) ==
        "40 k series of the 5 M that store.series_max allows; at most 20 k of one host.\n"
        "\n"
        "Left out by a limit\n"
        "HOST   KEPT  LEFT OUT  FOR EXAMPLE\n"
        "k8s-1  20 k       312  system.network.io{device=\"veth1\"}\n"
        "\n"
        "Removed hosts, whose history is still kept\n"
        "HOST        SINCE (UTC)\n"
        "web-7  2026-11-20 10:00\n");
}

TEST_CASE("groups stand beside each other on one scale") {
  const Json answer = Json::parse(R"({"items": [
    {"metric": "system.memory.usage", "unit": "By", "kind": "gauge", "attributes": {"service.name": "web"},
     "series": 12, "samples": [[0, 1073741824], [60, 3221225472]]},
    {"metric": "system.memory.usage", "unit": "By", "kind": "gauge", "attributes": {"service.name": "db"},
     "series": 2, "samples": [[0, 536870912], [60, 536870912]]}]})");
  CHECK(comparison_table(answer, wide(100)) ==
        "system.memory.usage (gauge, By)\n"
        "service.name  SERIES  MEAN (GiB)   MIN   MAX  LAST\n"
        "web               12           2     1     3     3  ▁█\n"
        "db                 2        0.50  0.50  0.50  0.50  ▁▁\n");
}

TEST_CASE("progress fits its terminal and says 100 % only at the end") {
  CHECK(progress_line("verifying", 0.99, wide(30)) == "verifying  ███████████▉  99 %");
  CHECK(progress_line("verifying", 1, wide(30)) == "verifying  ████████████ 100 %");
}

}  // namespace headroom::cli
