// The StatsD protocol, its store and its sketch, without sockets.
#include <cmath>
#include <cstdio>

#include "agent/statsd/line.h"
#include "agent/statsd/sketch.h"
#include "agent/statsd/sockets.h"
#include "agent/statsd/store.h"
#include "common/base/random.h"
#include "tests/support/catch.h"
#include "tests/support/damaged.h"
#include "tests/support/seed.h"

namespace headroom::agent::statsd {
namespace {

using namespace std::chrono_literals;

// The one entry of this name.
const Entry& entry(Store& store, std::string_view name) {
  const Entry* found = nullptr;
  store.for_each([&](Entry& one) {
    if (one.series.metric == name) found = &one;
  });
  REQUIRE(found != nullptr);
  return *found;
}

TEST_CASE("a line has a name, values, a type, a rate and tags") {
  const auto line = parse_line("api.latency:12.5:7|ms|@0.25|#route:/orders,ok|c:in-abc");
  REQUIRE(line);
  CHECK(line->name == "api.latency");
  CHECK(line->type == Type::kTimer);
  CHECK(line->rate == 0.25);
  CHECK(line->tags == "route:/orders,ok");
  std::string_view values = line->values;
  CHECK(take_value(values)->value == 12.5);
  CHECK(take_value(values)->value == 7);
  CHECK(values.empty());
}

TEST_CASE("what is not in the protocol's form is refused") {
  for (const char* text :
       {"", ":", "a", "a:", "a:1", "a:1|", ":1|c", "a|c:1", "a:1|s", "a:1|x", "a:|c", "_e{1,1}:a|b",
        "a:1|c|@0", "a:1|c|@1.5", "a:1|c|@-1", "a:1|c|@nan", "a:1|c|@"}) {
    INFO(text);
    CHECK(!parse_line(text));
  }
  for (const char* text : {"", "x", "1x", "0x1", "nan", "inf", "1e16", "--1", "+-1", " 1"}) {
    INFO(text);
    std::string_view values = text;
    CHECK(!take_value(values));
  }
}

TEST_CASE("counters add up, with what their rate leaves out") {
  Store store({});
  store.take("orders:1|c\norders:2|c|@0.5\norders:3:4|c\n");
  CHECK(entry(store, "orders").value == 12);
  CHECK(entry(store, "orders").series.kind == Kind::kCounter);
  store.take("orders:-1|c");
  CHECK(entry(store, "orders").value == 12);
  CHECK(store.drops()[kMalformed] == 1);
}

TEST_CASE("gauges keep the last value, and a sign changes it") {
  Store store({});
  store.take("depth:10|g");
  store.take("depth:+5|g\ndepth:-3|g");
  CHECK(entry(store, "depth").value == 12);
  store.take("depth:7|g");
  CHECK(entry(store, "depth").value == 7);
  store.take("depth:1e15|g\ndepth:+1e15|g");
  CHECK(entry(store, "depth").value == 1e15);
  CHECK(store.drops()[kMalformed] == 1);
}

TEST_CASE("timings become seconds, with the number of events that they stand for") {
  Store store({});
  store.take("latency:100|ms\nlatency:300|ms|@0.5");
  const Entry& latency = entry(store, "latency");
  CHECK(latency.series.unit == "s");
  CHECK(latency.count == 3);
  CHECK(std::fabs(latency.value - 0.7) < 1e-12);
  CHECK(latency.sketch->least() == 0.1);
  CHECK(latency.sketch->greatest() == 0.3);
}

TEST_CASE("tags are attributes in any order, and names are made such as Headroom has") {
  Store store({});
  store.take("a b:1|c|#zone:eu,env:prod,canary\na b:1|c|#canary,env:prod,zone:eu");
  CHECK(store.size() == 1);
  const Entry& one = entry(store, "a_b");
  CHECK(one.value == 2);
  CHECK(one.series.attributes == Attributes{{"canary", "true"}, {"env", "prod"}, {"zone", "eu"}});
}

TEST_CASE("every limit is kept and what is beyond it is counted") {
  Store store({});
  SECTION("names") {
    store.take(std::string(kMaxNameBytes + 1, 'a') + ":1|c\n9lives:1|c\n");
    store.take("headroom.resource.demand:1|g\nsystem.cpu.utilization:1|g\nhw.power:1|g");
    CHECK(store.drops()[kName] == 5);
  }
  SECTION("tags") {
    store.take("a:1|c|#a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1");
    store.take("a:1|c|#a:" + std::string(kMaxTagBytes, 'x'));
    store.take("a:1|c|#9:1\na:1|c|#a:\x01\na:1|c|#a:\xff");
    CHECK(store.drops()[kTags] == 5);
  }
  SECTION("series") {
    for (std::size_t i = 0; i < kMaxSeries + 7; ++i) store.take("a" + std::to_string(i) + ":1|c");
    CHECK(store.size() == kMaxSeries);
    CHECK(store.drops()[kSeries] == 7);
    store.take("a0:1|c");  // a known one still counts
    CHECK(entry(store, "a0").value == 2);
    return;
  }
  SECTION("sketches") {
    for (std::size_t i = 0; i < kMaxSketches + 3; ++i) store.take("a" + std::to_string(i) + ":1|h");
    CHECK(store.size() == kMaxSketches);
    CHECK(store.drops()[kSeries] == 3);
    store.age(6min);
    store.expire([](const Entry&) {});
    store.take("b:1|h");
    CHECK(store.size() == 1);
    return;
  }
  CHECK(store.size() == 0);
}

TEST_CASE("a series that is silent for five minutes is forgotten") {
  Store store({});
  store.take("a:1|c\nb:1|g");
  int gone = 0;
  const auto count = [&](const Entry&) { ++gone; };
  store.age(4min);
  store.expire(count);
  store.age(90s);
  store.take("a:1|c");
  store.expire(count);
  CHECK(gone == 1);
  CHECK(store.size() == 1);
  CHECK(entry(store, "a").value == 2);
}

TEST_CASE("quantiles are within two percent of the truth") {
  Sketch sketch;
  CHECK(std::isnan(sketch.quantile(0.5)));
  for (int i = 1; i <= 1000; ++i) sketch.add(i * 0.001, 1);
  for (const auto& [q, truth] : {std::pair(0.5, 0.5), std::pair(0.9, 0.9), std::pair(0.99, 0.99)}) {
    CHECK(std::fabs(sketch.quantile(q) - truth) <= Sketch::kRelativeError * truth + 0.001);
  }
  CHECK(sketch.quantile(0) >= 0.001);
  CHECK(sketch.quantile(1) == 1.0);
  sketch.clear();
  CHECK(std::isnan(sketch.least()));
  sketch.add(0, 1);
  sketch.add(1e14, 3);
  CHECK(sketch.least() == 0);
  CHECK(sketch.greatest() == 1e14);
  CHECK(sketch.quantile(0.1) <= Sketch::kLeast);
  CHECK(sketch.quantile(0.9) >= Sketch::kMost * (1 - Sketch::kRelativeError));
}

TEST_CASE("a weight is as many events") {
  Sketch sketch;
  sketch.add(1, 9);
  sketch.add(100, 1);
  CHECK(std::fabs(sketch.quantile(0.5) - 1) <= 0.02);
  CHECK(std::fabs(sketch.quantile(0.9) - 1) <= 0.02);
  CHECK(std::fabs(sketch.quantile(0.99) - 100) <= 2);
}

TEST_CASE("only addresses of the loopback are listened on") {
  for (const char* good : {"127.0.0.1:8125", "127.8.9.1:1", "[::1]:8125", "127.0.0.1:0"}) {
    CHECK(is_loopback(good));
  }
  for (const char* bad : {"0.0.0.0:8125", "10.0.0.1:8125", "[::]:8125", "localhost:8125", "*:8125",
                          "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", ""}) {
    INFO(bad);
    CHECK(!is_loopback(bad));
  }
}

TEST_CASE("a resource rule names the resource and perhaps its capacity") {
  CHECK(parse_resource_rule("q", "queue_depth")->resource == Resource::kQueueDepth);
  CHECK(parse_resource_rule("q", "API_CALLS/500")->capacity == 500);
  for (const char* bad : {"CPU", "", "API_CALLS/", "API_CALLS/0", "API_CALLS/x", "/5"}) {
    INFO(bad);
    CHECK(!parse_resource_rule("q", bad));
  }
}

TEST_CASE("damaged datagrams neither crash the store nor leave nonsense in it") {
  const std::uint64_t seed = test::test_seed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  INFO("seed " << seed);
  Random random(seed);
  const std::string sound =
      "orders:1|c|@0.5|#env:prod,zone:eu\ndepth:+3|g\nlatency:12:99.5|ms|@0.1\nsize:7|h|#a,b:c\n";
  Store store({});
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = test::damaged(sound, ":|@#,\n.-+e", random);
    store.take(text);
  }
  CHECK(store.size() <= kMaxSeries);
  store.for_each([](Entry& one) {
    const bool sane = std::isfinite(one.value) && bool(validate(one.series)) &&
                      (one.type == Type::kGauge || one.value >= 0);
    if (!sane) FAIL(to_string(one.series) << " = " << one.value);
  });
}

}  // namespace
}  // namespace headroom::agent::statsd
