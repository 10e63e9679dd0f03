#include <limits>
#include <set>

#include "agent/collectors/device_table.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/series_group.h"
#include "common/base/limits.h"
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

Series gauge(const std::string& metric, Attributes attributes = {}) {
  return {metric, "1", Kind::kGauge, std::move(attributes)};
}

TEST_CASE("the same series gets the same column") {
  SampleSheet sheet;
  const Slot first = sheet.add_series(gauge("a", {{"x", "1"}, {"y", "2"}}));
  const auto layout = sheet.layout_version();
  CHECK(sheet.add_series(gauge("a", {{"y", "2"}, {"x", "1"}})) == first);
  CHECK(sheet.layout_version() == layout);
  CHECK(sheet.add_series(gauge("a", {{"x", "1"}})) != first);
  CHECK(sheet.layout_version() == layout + 1);
}

TEST_CASE("a value that nobody set is missing") {
  SampleSheet sheet;
  const Slot slot = sheet.add_series(gauge("a"));
  CHECK(is_missing(sheet.values()[slot]));
  sheet.set(slot, 4);
  CHECK(sheet.values()[slot] == 4);
  sheet.clear_values();
  CHECK(is_missing(sheet.values()[slot]));
}

TEST_CASE("a retired column is empty until it is handed out again") {
  SampleSheet sheet;
  const Slot a = sheet.add_series(gauge("a"));
  const Slot b = sheet.add_series(gauge("b"));
  sheet.set(a, 1);
  const auto layout = sheet.layout_version();
  sheet.retire(a);
  CHECK(sheet.layout_version() == layout + 1);
  CHECK(sheet.series()[a].metric.empty());
  CHECK(is_missing(sheet.values()[a]));

  sheet.retire(a);  // twice, and nothing at all: no harm
  sheet.retire(SampleSheet::kNoSlot);
  CHECK(sheet.layout_version() == layout + 1);

  CHECK(sheet.add_series(gauge("c")) == a);
  CHECK(sheet.add_series(gauge("d")) > b);
}

TEST_CASE("series beyond the limit of a layout are refused and counted") {
  SampleSheet sheet;
  for (std::size_t i = 0; i < limits::kLayoutSeries; ++i) {
    REQUIRE(sheet.add_series(gauge("m" + std::to_string(i))) == i);
  }
  CHECK(sheet.add_series(gauge("one.more")) == SampleSheet::kNoSlot);
  CHECK(sheet.refused() == 1);
  sheet.set(SampleSheet::kNoSlot, 1);  // goes nowhere
  CHECK(sheet.add_series(gauge("m5")) == 5);
  sheet.retire(5);
  sheet.retire(5);  // it was asked for twice
  CHECK(sheet.add_series(gauge("one.more")) == 5);
}

TEST_CASE("a retired series that comes back is a new one, beside those that only look like it") {
  SampleSheet sheet;
  const Slot gone = sheet.add_series(gauge("a", {{"x", "1"}}));
  const Slot other = sheet.add_series({"a", "By", Kind::kGauge, {{"x", "1"}}});
  const Slot counter = sheet.add_series({"a", "1", Kind::kCounter, {{"x", "1"}}});
  CHECK(other != gone);
  CHECK(counter != gone);
  sheet.retire(gone);
  CHECK(sheet.add_series(gauge("b")) == gone);
  const Slot back = sheet.add_series(gauge("a", {{"x", "1"}}));
  CHECK(back > counter);
  CHECK(sheet.add_series(gauge("a", {{"x", "1"}})) == back);
  CHECK(sheet.add_series({"a", "By", Kind::kGauge, {{"x", "1"}}}) == other);
}

TEST_CASE("a series that the aggregator would refuse does not get on the sheet") {
  SampleSheet sheet;
  CHECK(sheet.add_series(gauge("")) == SampleSheet::kNoSlot);
  CHECK(sheet.add_series(gauge("a", {{"device", "bell\a"}})) == SampleSheet::kNoSlot);
  CHECK(sheet.add_series(gauge("a", {{"device", std::string(513, 'd')}})) == SampleSheet::kNoSlot);
  CHECK(sheet.refused() == 3);
  CHECK(sheet.series().empty());
}

TEST_CASE("a capacity that is not above zero is unknown") {
  SampleSheet sheet;
  const ResourceSlots network(sheet, Resource::kNetwork);
  REQUIRE(sheet.series().size() == 2);
  CHECK(to_string(sheet.series()[0]) == "headroom.resource.demand{headroom.resource=\"NETWORK\"}");
  CHECK(to_string(sheet.series()[1]) ==
        "headroom.resource.capacity{headroom.resource=\"NETWORK\"}");
  CHECK(sheet.series()[0].unit == "By/s");
  network.set(sheet, 5, 0);
  CHECK(sheet.values()[0] == 5);
  CHECK(is_missing(sheet.values()[1]));
  sheet.clear_values();
  network.set(sheet, kUnknown, std::numeric_limits<double>::infinity());
  CHECK(is_missing(sheet.values()[0]));
  CHECK(is_missing(sheet.values()[1]));
  ResourceSlots().set(sheet, 1, 1);  // never added: goes nowhere
  CHECK(is_missing(sheet.values()[0]));
}

TEST_CASE("a group comes with its first number and leaves as a whole") {
  static constexpr std::array<SeriesSpec, 2> kSpecs{
      {{"disk.io", "By", Kind::kCounter, "direction", "read"}, {"disk.queue", "{operation}"}}};
  SampleSheet sheet;
  SeriesGroup group(kSpecs, {{"device", "sda"}});
  group.set(sheet, 0, kUnknown);
  CHECK(sheet.series().empty());
  const auto layout = sheet.layout_version();
  group.set(sheet, 1, 3);
  REQUIRE(sheet.series().size() == 2);
  CHECK(to_string(sheet.series()[0]) == "disk.io{device=\"sda\",direction=\"read\"}");
  CHECK(sheet.series()[0].kind == Kind::kCounter);
  CHECK(is_missing(sheet.values()[0]));
  CHECK(sheet.values()[1] == 3);
  CHECK(sheet.layout_version() == layout + 2);
  group.retire(sheet);
  CHECK(sheet.series()[0].metric.empty());
  CHECK(sheet.series()[1].metric.empty());
}

TEST_CASE("a counter's growth survives a wrap and not a reset") {
  constexpr std::uint64_t k32Bits = 1ULL << 32;
  Counter counter;
  CHECK(!counter.growth(k32Bits - 200));  // nothing to compare with
  CHECK(counter.growth(k32Bits - 100) == 100u);
  CHECK(counter.growth(400, 1000) == 500u);  // across the wrap
  CHECK(counter.growth(400) == 0u);
  CHECK(!counter.growth(300, 1000));  // 4294967196 across a wrap: a reset
  CHECK(counter.growth(310) == 10u);  // and on from there
  counter.forget();
  CHECK(!counter.growth(320));
  Counter wide;
  CHECK(!wide.growth(k32Bits + 5));
  CHECK(!wide.growth(3, 1000));  // 64-bit fields do not wrap at 2^32
}

TEST_CASE("ratios keep four decimals as the nearest double") {
  CHECK(quantised_ratio(1.0 / 3) == 0.3333);
  CHECK(quantised_ratio(2.0 / 3) == 0.6667);
  CHECK(quantised_ratio(0.00004) == 0.0);
  CHECK(quantised_rate(12.6) == 13.0);
}

TEST_CASE("devices are found in any order and forgotten when a walk does not meet them") {
  DeviceTable<int> table(3);
  int made = 0;
  const auto make = [&](std::string_view) { return ++made; };
  table.begin_walk();
  CHECK(*table.visit("a", make) == 1);
  CHECK(*table.visit("b", make) == 2);
  CHECK(*table.visit("c", make) == 3);
  CHECK(table.visit("b", make) == nullptr);  // twice in one walk
  CHECK(table.refused() == 0);
  CHECK(table.visit("d", make) == nullptr);  // no room
  CHECK(table.refused() == 1);

  table.begin_walk();
  CHECK(*table.visit("c", make) == 3);
  CHECK(*table.visit("a", make) == 1);
  int gone = 0;
  table.drop_unseen([&](int device) { gone = device; });
  CHECK(gone == 2);
  table.begin_walk();
  CHECK(*table.visit("b", make) == 4);
}

TEST_CASE("a series that two asked for stays until both have retired it") {
  SampleSheet sheet;
  const Slot first = sheet.add_series({"a", "1", Kind::kGauge, {}});
  const Slot second = sheet.add_series({"a", "1", Kind::kGauge, {}});
  CHECK(first == second);
  sheet.retire(first);
  // Nobody else gets the slot that the second one still writes to.
  CHECK(sheet.add_series({"b", "1", Kind::kGauge, {}}) != second);
  CHECK(sheet.series()[second].metric == "a");
  sheet.retire(second);
  CHECK(sheet.add_series({"c", "1", Kind::kGauge, {}}) == second);
  sheet.retire_all();
  CHECK(std::all_of(sheet.series().begin(), sheet.series().end(),
                    [](const Series& series) { return series.metric.empty(); }));
}

TEST_CASE("every collector has a name, a line of description and a maker") {
  const test::HostTree host("host-small/a");
  std::set<std::string_view> names;
  for (const CollectorEntry& entry : collector_registry()) {
    INFO(entry.name);
    names.insert(entry.name);
    CHECK(!entry.description.empty());
    REQUIRE(entry.make != nullptr);
    CHECK(entry.make(host.options()) != nullptr);
  }
  CHECK(names == std::set<std::string_view>{"cpu", "memory", "disk", "filesystem", "network",
                                            "connections", "gpu", "statsd", "prometheus",
                                            "services", "pressure", "clock", "energy"});
  CHECK(names.size() == collector_registry().size());
}

}  // namespace
}  // namespace headroom::agent
