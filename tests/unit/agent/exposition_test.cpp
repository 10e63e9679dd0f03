// Prometheus's text format, after its specification.
#include "agent/scrape/exposition.h"

#include <cmath>
#include <cstdio>
#include <limits>

#include "agent/scrape/options.h"
#include "common/base/random.h"
#include "tests/support/catch.h"
#include "tests/support/damaged.h"
#include "tests/support/seed.h"

namespace headroom::agent::scrape {
namespace {

std::vector<Point> parse(std::string_view text, Refused* refused = nullptr,
                         const std::vector<std::string>& wanted = {}) {
  Refused counted;
  auto points = parse_exposition(text, wanted, kMaxSeries, counted);
  if (refused != nullptr) *refused = counted;
  return points;
}

TEST_CASE("a sample has a name, labels, a value and a kind by its family") {
  const auto points = parse(
      "# HELP http_requests_total The number of requests.\n"
      "# TYPE http_requests_total counter\n"
      "http_requests_total{method=\"post\",code=\"200\"} 1027 1395066363000\n"
      "# TYPE queue_depth gauge\n"
      "queue_depth 17\n"
      "\n"
      "bare_total 3\n"
      "process_resident_memory_bytes 1.5e6");
  REQUIRE(points.size() == 4);
  CHECK(points[0].series ==
        Series{"http_requests_total", "", Kind::kCounter, {{"code", "200"}, {"method", "post"}}});
  CHECK(points[0].value == 1027);
  CHECK(points[1].series.kind == Kind::kGauge);
  CHECK(points[2].series.kind == Kind::kCounter);  // by its name
  CHECK(points[3].series.unit == "By");
  CHECK(points[3].value == 1.5e6);
}

TEST_CASE("escapes, blanks and a comma at the end of the labels are understood") {
  const auto points = parse(
      "m { path = \"C:\\\\DIR\\\"x\" , e=\"\" , } +Inf \r\n"
      "job:rate:sum NaN\n");
  REQUIRE(points.size() == 2);
  CHECK(points[0].series.attributes == Attributes{{"path", "C:\\DIR\"x"}});
  CHECK(std::isinf(points[0].value));
  CHECK(points[1].series.metric == "job_rate_sum");
  CHECK(std::isnan(points[1].value));
}

TEST_CASE("histograms and summaries are counters, their quantiles are not") {
  const auto points = parse(
      "# TYPE request_seconds histogram\n"
      "request_seconds_bucket{le=\"0.1\"} 5\n"
      "request_seconds_bucket{le=\"+Inf\"} 9\n"
      "request_seconds_sum 3.5\n"
      "request_seconds_count 9\n"
      "# TYPE rpc_seconds summary\n"
      "rpc_seconds{quantile=\"0.9\"} 0.25\n"
      "rpc_seconds_sum 1.5\n"
      "request_seconds_other 1\n");
  REQUIRE(points.size() == 7);
  for (std::size_t i = 0; i < 4; ++i) CHECK(points[i].series.kind == Kind::kCounter);
  CHECK(points[0].series.unit == "{event}");
  CHECK(points[2].series.unit == "s");
  CHECK(points[4].series.kind == Kind::kGauge);
  CHECK(points[5].series.kind == Kind::kCounter);
  CHECK(points[6].series.kind == Kind::kGauge);
}

TEST_CASE("a line that is not in the format is counted and the others are read") {
  Refused refused;
  const auto points = parse(
      "a\nb{x=\"1\" 1\nc{x=1} 1\nd{x=\"1} 1\ne one\nf 1 2 3\n{x=\"1\"} 1\ng 1e\nh{,} 1\ngood 1\n",
      &refused);
  CHECK(points.size() == 1);
  CHECK(refused.malformed == 9);
}

TEST_CASE("names that nobody asked for are left out") {
  const std::string text = "go_gc 1\ngo_mem 2\napp_calls_total 3\napp_errors_total 4\n";
  CHECK(parse(text, nullptr, {"go_*", "app_calls_total"}).size() == 3);
  CHECK(parse(text, nullptr, {"go"}).empty());
  CHECK(parse(text, nullptr, {"*"}).size() == 4);
}

TEST_CASE("every limit of the format is kept and what is beyond it is counted") {
  Refused refused;
  SECTION("points") {
    std::string text;
    for (std::size_t i = 0; i < kMaxSeries + 9; ++i) text += "m" + std::to_string(i) + " 1\n";
    CHECK(parse(text, &refused).size() == kMaxSeries);
    CHECK(refused == Refused{0, 0, 9});
  }
  SECTION("labels and names") {
    std::string many = "m{";
    for (std::size_t i = 0; i <= kMaxLabels; ++i) many += "l" + std::to_string(i) + "=\"v\",";
    many += "} 1\n";
    const std::string lengthy = "m{l=\"" + std::string(kMaxLabelBytes + 1, 'x') + "\"} 1\n";
    const std::string name = std::string(kMaxNameBytes + 1, 'n') + " 1\n";
    CHECK(
        parse(many + lengthy + name + "_m 1\nm{l=\"\x01\"} 1\nm{_l=\"1\"} 1\n", &refused).empty());
    CHECK(refused == Refused{0, 6, 0});
  }
}

TEST_CASE("only local endpoints are targets") {
  CHECK(local_authority("http://127.0.0.1:9100/metrics") == "127.0.0.1:9100");
  CHECK(local_authority("http://[::1]:9100/metrics") == "[::1]:9100");
  CHECK(local_authority("http://localhost:1") == "localhost:1");
  for (const char* bad :
       {"https://127.0.0.1:1/", "127.0.0.1:9100", "http://127.0.0.1/", "http://example.com:80/",
        "http://127.0.0.1:80@example.com/", "http://a@127.0.0.1:80/", "http://127.0.0.1:0/",
        "http://127.0.0.1.example.com:80/", "http://0.0.0.0:80/", "http://127.0.0.1:80 /x", "",
        "http://127.0.0.1:80\\@example.com/", "http://[::2]:80/"}) {
    INFO(bad);
    CHECK(!local_authority(bad));
  }
}

TEST_CASE("a damaged text neither crashes the reader nor brings an invalid series") {
  const std::uint64_t seed = test::test_seed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  INFO("seed " << seed);
  Random random(seed);
  const std::string sound =
      "# TYPE a_seconds histogram\na_seconds_bucket{le=\"0.1\",x=\"\\\"\"} 5 12\na_seconds_sum "
      "3e4\n"
      "# TYPE b counter\nb{l=\"v\",} +Inf\nc NaN\n";
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = test::damaged(sound, "{}\"\\=,# \n+", random);
    for (const Point& point : parse(text)) {
      if (!validate(point.series)) FAIL(text);
    }
  }
}

}  // namespace
}  // namespace headroom::agent::scrape
