// Stores that earlier versions wrote. Each folder in tests/fixtures/stores/ was made by the test
// that writes one (HEADROOM_GOLDEN_OUT=FOLDER), with the RocksDB in its name, and is never made
// anew.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/support/store_fixture.h"

using namespace headroom;
using namespace headroom::test;

namespace {

const std::vector<Series> kHost{
    {"headroom.resource.demand", "{cpu}", Kind::kGauge, {{"host.name", "h1"}}},
    {"system.network.io", "By", Kind::kCounter, {{"host.name", "h1"}}}};

double demand_at(UnixMs time) { return static_cast<double>(time / 10'000 % 97) / 100; }
double bytes_at(UnixMs time) { return static_cast<double>((time - kNoon) / 10'000 * 1500); }

void commit_from(store::Store& store, store::GroupId group, std::uint64_t sequence, UnixMs from) {
  std::vector<double> demand;
  std::vector<double> bytes;
  for (int i = 0; i < 360; ++i) {
    demand.push_back(demand_at(from + i * 10'000));
    bytes.push_back(bytes_at(from + i * 10'000));
  }
  commit(store, append_of("h1", sequence, group, from, {demand, bytes}, 10'000));
}

}  // namespace

TEST_CASE("writes a golden store", "[.golden]") {
  const char* out = std::getenv("HEADROOM_GOLDEN_OUT");
  REQUIRE(out != nullptr);
  SettableClock clock(kNoon + 5 * kHour);
  auto options = store_options(out);
  options.clock = &clock;
  const auto store = open_store(options);
  const auto group = define(*store, kHost);
  // Three hours in runs that are rolled up, one in the journal.
  for (std::uint64_t hour = 0; hour < 3; ++hour)
    commit_from(*store, group, hour + 1, kNoon + static_cast<UnixMs>(hour) * kHour);
  REQUIRE(store->flush().has_value());
  commit_from(*store, group, 4, kNoon + 3 * kHour);
  REQUIRE(store->put(store::Table::kState, "rule/web", "{\"rule_id\":\"web\"}").has_value());
  REQUIRE(store->put(store::Table::kScalingEvents, "action/1", "{}").has_value());
}

TEST_CASE("golden stores of format 2 open, verify and answer, whichever RocksDB wrote them") {
  std::size_t opened = 0;
  for (const auto& entry : std::filesystem::directory_iterator(HEADROOM_FIXTURES "/stores")) {
    INFO(entry.path());
    const TempFolder folder;
    auto options = store_options(folder.path() + "/s");
    std::filesystem::copy(entry.path(), options.path);
    SettableClock clock(kNoon + 5 * kHour);
    options.clock = &clock;
    const auto store = open_store(options);
    const auto demand = read_all(*store, "headroom.resource.demand");
    REQUIRE(demand.size() == 4 * 360);
    CHECK(std::all_of(demand.begin(), demand.end(),
                      [](const Sample& sample) { return sample.value == demand_at(sample.time); }));
    // 1500 bytes each ten seconds.
    const auto rates =
        read_windows(*store, "system.network.io",
                     {kNoon + kHour, kNoon + 3 * kHour, kHour, store::Aggregate::kRate, 0.5});
    REQUIRE(rates.size() == 2);
    CHECK(rates[0].value == Approx(150));
    CHECK(rates[1].value == Approx(150));
    CHECK(family(store->stats(), "capacity_metrics_1m").samples >= 2 * 180);
    CHECK(store->cursor(stream_of("h1")).committed == 4);
    CHECK(store->stats().recovered_batches == 1);
    CHECK(**store->get(store::Table::kState, "rule/web") == "{\"rule_id\":\"web\"}");
    const auto report = store->verify({});
    REQUIRE(report.has_value());
    CHECK(report->problem_count == 0);
    ++opened;
  }
  CHECK(opened >= 1);
}
