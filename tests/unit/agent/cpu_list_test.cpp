#include "agent/collectors/cpu_list.h"

#include <numeric>
#include <sched.h>
#include <thread>

#include "common/base/random.h"
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::HostTree;
using test::Looked;

using Cpus = std::vector<unsigned>;

TEST_CASE("the kernel's lists of cores are understood") {
  CHECK(parse_cpu_list("") == Cpus{});
  CHECK(parse_cpu_list("\n") == Cpus{});
  CHECK(parse_cpu_list("(null)\n") == Cpus{});
  CHECK(parse_cpu_list("0\n") == Cpus{0});
  CHECK(parse_cpu_list("1-3,8,10-17:2/4\n") == Cpus{1, 2, 3, 8, 10, 11, 14, 15});
  CHECK(parse_cpu_list("5,3-4,4-5") == Cpus{3, 4, 5});
  CHECK(parse_cpu_list("8191") == Cpus{8191});
}

TEST_CASE("what is no list of cores is refused") {
  for (const char* text : {"x",
                           "-",
                           "1-",
                           "-1",
                           "3-1",
                           "1,,2",
                           "1,",
                           ",1",
                           "1 2",
                           "1-2-3",
                           "8192",
                           "0-8192",
                           "18446744073709551616",
                           "0-7:",
                           "0-7:1",
                           "0-7:0/4",
                           "0-7:5/4",
                           "0-7:1/0",
                           "0-7:1/x",
                           "0-7:1/2/3",
                           "1.5",
                           "0x1"}) {
    INFO(text);
    CHECK(!parse_cpu_list(text));
  }
}

TEST_CASE("any text at all is a sound list or none") {
  Random random(20'261'125);
  static constexpr std::string_view kLetters = "0123456789,-:/ \n(nul)";
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (auto length = random() % 24; length > 0; --length) {
      text += kLetters[random() % kLetters.size()];
    }
    const auto cpus = parse_cpu_list(text);
    if (!cpus) continue;
    INFO(text);
    REQUIRE(std::is_sorted(cpus->begin(), cpus->end()));
    REQUIRE(std::adjacent_find(cpus->begin(), cpus->end()) == cpus->end());
    REQUIRE((cpus->empty() || cpus->back() < kMaxCores));
  }
}

constexpr const char* kIsolated = "sys/devices/system/cpu/isolated";
constexpr const char* kNohzFull = "sys/devices/system/cpu/nohz_full";
constexpr const char* kCore = "system.cpu.core.utilization";

TEST_CASE("the housekeeping cores are the online ones without the reserved ones") {
  HostTree host("host-64-core/a");
  CHECK(housekeeping_cpus(host.options().roots).size() == 64);
  host.write(kIsolated, "4-63\n");
  host.write(kNohzFull, "2-3\n");
  CHECK(housekeeping_cpus(host.options().roots) == Cpus{0, 1});
  host.write(kNohzFull, "nonsense\n");
  CHECK(housekeeping_cpus(host.options().roots) == Cpus{0, 1, 2, 3});
  host.remove("sys/devices/system/cpu/online");
  CHECK(housekeeping_cpus(host.options().roots).empty());
}

TEST_CASE(
    "isolated and nohz_full cores are shown apart and count neither as busy nor as capacity") {
  HostTree host("host-64-core/a");
  host.remove("sys/fs");            // no quota
  host.write(kIsolated, "0-15\n");  // of the busy half
  host.write(kNohzFull, "12-23\n");
  Looked cpu(make_cpu_collector(host.options()));
  REQUIRE(cpu.at(0s));
  CHECK(cpu.capacity("CPU") == 40);
  REQUIRE(cpu.at(1s));
  host.apply("host-64-core/b");
  REQUIRE(cpu.at(1s));
  // Cores 24 to 31 are busy for 80 ticks of 100, 32 to 63 for 20: 8 × 0.8 + 32 × 0.2.
  CHECK(cpu.demand("CPU") == Approx(12.8));
  CHECK(cpu.capacity("CPU") == 40);
  CHECK(cpu.value("system.cpu.logical.count") == 64);
  CHECK(cpu.value("system.cpu.utilization", {"softirq"}) == 0.01);  // 8 × 5 of 4000 ticks
  const auto attributes_of = [&](std::string_view number) {
    for (const Series& series : cpu.sheet().series()) {
      const auto& all = series.attributes;
      const bool same = std::any_of(all.begin(), all.end(), [&](const Attribute& one) {
        return one.key == "cpu.logical_number" && one.value == number;
      });
      if (series.metric == kCore && same) return to_string(series);
    }
    return std::string();
  };
  const auto says = [](const std::string& series, const char* what) {
    return series.find(what) != std::string::npos;
  };
  CHECK(says(attributes_of("0"), "headroom.cpu.isolated"));
  CHECK(!says(attributes_of("0"), "nohz_full"));
  CHECK(says(attributes_of("13"), "headroom.cpu.isolated"));
  CHECK(says(attributes_of("13"), "headroom.cpu.nohz_full"));
  CHECK(!says(attributes_of("23"), "isolated"));
  CHECK(!says(attributes_of("24"), "headroom.cpu"));
}

TEST_CASE("cores that are set apart while the agent runs are noticed within half a minute") {
  HostTree host("host-64-core/a");
  host.remove("sys/fs");
  Looked cpu(make_cpu_collector(host.options()));
  REQUIRE(cpu.at(0s));
  const auto live = cpu.live();
  host.write(kIsolated, "32-63\n");
  for (int second = 0; second < 30; ++second) REQUIRE(cpu.at(1s));
  CHECK(cpu.capacity("CPU") == 32);
  host.apply("host-64-core/b");
  REQUIRE(cpu.at(1s));
  CHECK(cpu.missing(kDemandMetric) == false);
  host.write(kIsolated, "\n");
  for (int second = 0; second < 30; ++second) REQUIRE(cpu.at(1s));
  CHECK(cpu.capacity("CPU") == 64);
  CHECK(cpu.live() >= live);
}

TEST_CASE("clock frequencies are read a few at a time, and only of cores that have one") {
  HostTree host("host-64-core/a");
  CollectorOptions options = host.options();
  SECTION("the average") {
    Looked cpu(make_cpu_collector(options));
    REQUIRE(cpu.at(0s));
    CHECK(cpu.value("system.cpu.frequency.mean") == 2.4e9);
    REQUIRE(cpu.at(1s));  // two of 64 cores in a second
    CHECK(cpu.value("system.cpu.frequency.mean") == 2.7e9);
    CHECK(!cpu.has("system.cpu.frequency"));
    for (int second = 0; second < 60; ++second) REQUIRE(cpu.at(1s));
    CHECK(cpu.value("system.cpu.frequency.mean") == 2.7e9);
  }
  SECTION("each core, but none that is isolated") {
    options.core_frequency = true;
    host.write(kIsolated, "1\n");
    Looked cpu(make_cpu_collector(options));
    for (int second = 0; second < 31; ++second) REQUIRE(cpu.at(1s));
    CHECK(cpu.value("system.cpu.frequency", {"0"}) == 2.4e9);
    CHECK(!cpu.has("system.cpu.frequency", {"1"}));
  }
  SECTION("none") {
    host.remove("sys/devices/system/cpu/cpu0");
    host.remove("sys/devices/system/cpu/cpu1");
    Looked cpu(make_cpu_collector(options));
    for (int second = 0; second < 31; ++second) REQUIRE(cpu.at(1s));
    CHECK(!cpu.has("system.cpu.frequency.mean"));
  }
}

TEST_CASE("the agent leaves the isolated cores, and stays where nothing else is left") {
  cpu_set_t all;
  REQUIRE(::sched_getaffinity(0, sizeof(all), &all) == 0);
  if (CPU_COUNT(&all) < 2) return;
  unsigned first = 0;
  while (!CPU_ISSET(first, &all)) ++first;
  const auto left_with = [&](const std::string& isolated) {
    HostTree host("host-64-core/a");
    host.write(kIsolated, isolated);
    cpu_set_t now;
    CPU_ZERO(&now);
    std::thread([&] {  // a thread of its own, so that the tests keep theirs
      CHECK(stay_off_reserved_cpus(host.options().roots));
      CHECK(::sched_getaffinity(0, sizeof(now), &now) == 0);
    })
        .join();
    return now;
  };
  cpu_set_t without = all;
  CPU_CLR(first, &without);
  const cpu_set_t left = left_with(std::to_string(first));
  CHECK(CPU_EQUAL(&left, &without));
  const cpu_set_t everything = left_with("0-8191");
  CHECK(CPU_EQUAL(&everything, &all));
  const cpu_set_t nothing = left_with("\n");
  CHECK(CPU_EQUAL(&nothing, &all));
}

}  // namespace
}  // namespace headroom::agent
