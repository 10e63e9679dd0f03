#include "aggregator/capacity/monitor.h"

#include <cmath>

#include "aggregator/capacity/forecaster.h"
#include "aggregator/config.h"
#include "common/model/resource.h"
#include "tests/support/store_fixture.h"

using namespace headroom;
using namespace headroom::test;
using namespace headroom::capacity;
using std::chrono::milliseconds;

namespace {

// Puts a host's CPU demand (per second from kNoon on) and capacity into a store.
class Fleet {
 public:
  Fleet() : store(open_store(folder.path() + "/s")) {}

  void host(const std::string& name, const std::string& service, const std::vector<double>& demand,
            double capacity, UnixMs start = kNoon, std::uint32_t step_ms = 1000,
            Resource resource = Resource::kCpu) {
    std::vector<Series> series;
    for (const std::string_view metric : {kDemandMetric, kCapacityMetric}) {
      Attributes attributes{{std::string(kHostAttribute), name},
                            {std::string(kResourceAttribute), std::string(to_string(resource))},
                            {std::string(kServiceAttribute), service}};
      normalize(attributes);
      series.push_back(
          {std::string(metric), std::string(unit_of(resource)), Kind::kGauge, attributes});
    }
    const auto group = store->define_group(series);
    REQUIRE(group.has_value());
    const std::vector<double> capacities(demand.size(), capacity);
    auto append = append_of(name + service + std::string(to_string(resource)), 1, group->id, start,
                            {demand, capacities}, step_ms);
    REQUIRE(store->commit(std::vector{append}).has_value());
  }

  TempFolder folder;
  std::unique_ptr<store::Store> store;
};

}  // namespace

TEST_CASE("a service's utilization is the sum over its hosts, beside its worst host") {
  Fleet fleet;
  fleet.host("web-1", "web", {1, 1, 1}, 4);
  fleet.host("web-2", "web", {3, 3, 3}, 4);
  fleet.host("db-1", "db", {1, 1, 1}, 2);
  const DemandReader reader(*fleet.store, {});
  Monitor monitor(reader, {});
  const auto all = monitor.utilization(kNoon + 3000, {});
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 2);
  CHECK((*all)[0].service == "db");
  CHECK((*all)[0].utilization == 0.5);
  const Utilization& web = (*all)[1];
  CHECK(web.demand == 4);
  CHECK(web.capacity == 8.0);
  CHECK(web.utilization == 0.5);
  CHECK(web.worst_host == "web-2");
  CHECK(web.worst_utilization == 0.75);
  CHECK(web.hosts_reporting == 2);
  CHECK(Monitor::overall(*all) == Health::kHealthy);
  const auto host = monitor.utilization(kNoon + 3000, {"", "web-2", Resource::kCpu});
  REQUIRE(host->size() == 1);
  CHECK(host->front().utilization == 0.75);
  CHECK(host->front().health == Health::kWarning);
}

TEST_CASE("a host that carries several services counts once for each, with what each may use") {
  Fleet fleet;
  fleet.host("box", "box", {3, 3}, 4);  // the host as a whole
  fleet.host("box", "web", {2, 2}, 4);
  fleet.host("box", "db", {0.9, 0.9}, 1);
  fleet.host("web-2", "web", {1, 1}, 4);
  const DemandReader reader(*fleet.store, {});
  Monitor monitor(reader, {});
  const auto all = monitor.utilization(kNoon + 2000, {});
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 3);
  const auto& [box, db, web] = std::tie((*all)[0], (*all)[1], (*all)[2]);
  CHECK(box.service == "box");
  CHECK(box.utilization == 0.75);
  CHECK(box.hosts == 1);
  CHECK(db.utilization == 0.9);
  CHECK(web.demand == 3);
  CHECK(web.capacity == 8.0);
  CHECK(web.hosts == 2);
  CHECK(web.worst_host == "box");
  const auto history =
      reader.history("web", Resource::kCpu, kNoon, kNoon + 2000, milliseconds(1000));
  REQUIRE(history.has_value());
  CHECK(history->hosts == 2);
  CHECK(history->demand == std::vector<double>{3, 3});

  // Seen by host, each service has a level of its own: that of one does not hold another one's up.
  for (int i = 0; i < 2; ++i) {
    const auto here = monitor.utilization(kNoon + 2000, {"", "box", Resource::kCpu});
    REQUIRE(here->size() == 3);
    CHECK((*here)[0].health == Health::kWarning);
    CHECK((*here)[1].health == Health::kCritical);
    CHECK((*here)[2].health == Health::kHealthy);
  }
}

TEST_CASE("now is the mean of the last fifteen seconds, so that one second is no alarm") {
  Fleet fleet;
  std::vector<double> demand(60, 1.0);
  demand[59] = 4.0;
  fleet.host("web-1", "web", demand, 4);
  const DemandReader reader(*fleet.store, {});
  Monitor monitor(reader, {});
  const auto all = monitor.utilization(kNoon + 60'000, {});
  REQUIRE(all->size() == 1);
  // 14 seconds of 1 and one of 4.
  CHECK(all->front().demand == Approx(18.0 / 15));
}

TEST_CASE("a silent host does not count, and a service without any is unknown, not idle") {
  Fleet fleet;
  fleet.host("web-1", "web", {1, 1, 1}, 4, kNoon);
  fleet.host("web-2", "web", {2, 2, 2}, 4, kNoon + 60'000);
  const DemandReader reader(*fleet.store, {});
  Monitor monitor(reader, {});
  const auto one_silent = monitor.utilization(kNoon + 63'000, {});
  REQUIRE(one_silent->size() == 1);
  CHECK(one_silent->front().hosts == 2);
  CHECK(one_silent->front().hosts_reporting == 1);
  CHECK(one_silent->front().demand == 2);
  CHECK(one_silent->front().reason.find("1 of 2 hosts are silent") != std::string::npos);
  const auto all_silent = monitor.utilization(kNoon + 200'000, {});
  CHECK(all_silent->front().health == Health::kUnknown);
  CHECK_FALSE(all_silent->front().utilization.has_value());
}

TEST_CASE("an unknown capacity is no utilization of zero") {
  Fleet fleet;
  fleet.host("web-1", "web", {1e6, 1e6}, missing_value());
  const DemandReader reader(*fleet.store, {});
  Monitor monitor(reader, {});
  const auto all = monitor.utilization(kNoon + 2000, {});
  REQUIRE(all->size() == 1);
  CHECK(all->front().health == Health::kUnknown);
  CHECK_FALSE(all->front().capacity.has_value());
  CHECK(all->front().demand == 1e6);
}

TEST_CASE("thresholds may differ by resource and by service") {
  Fleet fleet;
  fleet.host("web-1", "web", {2}, 4);
  fleet.host("db-1", "db", {2}, 4);
  const DemandReader reader(*fleet.store, {});
  aggregator::Config config;
  config.threshold_overrides = {{"CPU", "45/95"}, {"db/CPU", "30/40"}};
  Monitor monitor(reader, config.monitor_options());
  const auto all = monitor.utilization(kNoon + 1000, {});
  CHECK((*all)[0].health == Health::kCritical);
  CHECK((*all)[1].health == Health::kWarning);
}

TEST_CASE("a history sums the hosts' means per step, and what nobody measured is not known") {
  Fleet fleet;
  fleet.host("web-1", "web", {1, 2, 3, 4, 5, 6}, 4);
  fleet.host("web-2", "web", {10, 10}, 4);
  const DemandReader reader(*fleet.store, {});
  const auto history =
      reader.history("web", Resource::kCpu, kNoon - 2000, kNoon + 20'000, milliseconds(2000));
  REQUIRE(history.has_value());
  CHECK(history->hosts == 2);
  REQUIRE(history->demand.size() == 11);
  CHECK(std::isnan(history->demand[0]));
  CHECK(history->demand[1] == 11.5);
  CHECK(history->demand[2] == 13.5);  // web-2 is carried on for three steps
  CHECK(history->demand[3] == 15.5);
  CHECK(std::isnan(history->demand[10]));
  CHECK(history->capacity[1] == 8);
  CHECK(reader.history("none", Resource::kCpu, 0, 1000, milliseconds(1000)).error().code ==
        ErrorCode::kNotFound);
  CHECK(reader.history("web", Resource::kCpu, 0, kNoon, milliseconds(1)).error().code ==
        ErrorCode::kLimitExceeded);
}

TEST_CASE("a forecast continues what the store holds, is kept, and comes back as it was made") {
  Fleet fleet;
  // Two weeks at five minutes of a pure daily sine around 2 cores: the next day is the sine again.
  constexpr int kDay = 288;
  std::vector<double> demand;
  for (int i = 0; i < 14 * kDay; ++i) demand.push_back(2 + std::sin(2 * M_PI * i / kDay));
  const UnixMs start = kNoon - 14 * 86'400'000LL;
  std::vector<Series> series;
  for (const std::string_view metric : {kDemandMetric, kCapacityMetric}) {
    Attributes attributes{
        {"host.name", "web-1"}, {std::string(kResourceAttribute), "CPU"}, {"service.name", "web"}};
    normalize(attributes);
    series.push_back({std::string(metric), "{cpu}", Kind::kGauge, attributes});
  }
  const auto group = fleet.store->define_group(series)->id;
  REQUIRE(fleet.store
              ->commit(std::vector{append_of("web-1", 1, group, start,
                                             {demand, std::vector<double>(demand.size(), 4.0)},
                                             300'000)})
              .has_value());

  const DemandReader reader(*fleet.store, {});
  Forecaster forecaster(reader, *fleet.store);
  ForecastRequest request;
  request.service = "web";
  request.horizon = std::chrono::hours(24);
  const auto made = forecaster.make(request, kNoon);
  REQUIRE(made.has_value());
  CHECK(made->step == std::chrono::minutes(5));
  CHECK(made->history_points == demand.size());
  CHECK(made->capacity == 4.0);
  REQUIRE(made->forecast.points.size() == static_cast<std::size_t>(kDay));
  CHECK(made->forecast.points.front().time == kNoon);
  for (int i = 0; i < kDay; ++i) {
    CHECK(made->forecast.points[static_cast<std::size_t>(i)].value ==
          Approx(2 + std::sin(2 * M_PI * i / kDay)).margin(0.02));
  }
  CHECK(made->peak().value == Approx(3).margin(0.02));
  const auto stored = forecaster.get(made->id);
  REQUIRE(stored.has_value());
  CHECK(to_json_text(*stored) == to_json_text(*made));
  CHECK(forecaster.list("web", Resource::kCpu)->size() == 1);
  CHECK(forecaster.list("db", std::nullopt)->empty());
  CHECK(forecaster.get("fc-0").error().code == ErrorCode::kNotFound);
  request.service = "nobody";
  CHECK(forecaster.make(request, kNoon).error().code == ErrorCode::kNotFound);
  request.service = "web";
  request.step = milliseconds(1);
  CHECK(forecaster.make(request, kNoon).error().code == ErrorCode::kLimitExceeded);
}

TEST_CASE(
    "one tight resource keeps a service from being over-provisioned, and the tightest says so") {
  Fleet fleet;
  for (const char* host : {"web-1", "web-2"}) {
    fleet.host(host, "web", {0.4}, 4);
    fleet.host(host, "web", {1e9}, 4e9, kNoon, 1000, Resource::kMemory);
  }
  const DemandReader reader(*fleet.store, {});
  Monitor monitor(reader, {});
  const auto outlook = [](double p99, double capacity) {
    Outlook one;
    one.demand_p99 = p99;
    one.capacity = capacity;
    one.instances = 2;
    return one;
  };
  // With one host less CPU would be at 25 % and memory at 90 %: nothing is to spare.
  monitor.set_outlook("web", Resource::kCpu, outlook(1, 8));
  monitor.set_outlook("web", Resource::kMemory, outlook(3.6e9, 8e9));
  const auto tight = monitor.utilization(kNoon + 1000, {});
  REQUIRE(tight->size() == 2);
  CHECK((*tight)[0].health == Health::kHealthy);
  CHECK((*tight)[1].health == Health::kHealthy);
  // At 50 % memory would be the fuller of the two, and speaks for both.
  monitor.set_outlook("web", Resource::kMemory, outlook(2e9, 8e9));
  const auto spare = monitor.utilization(kNoon + 1000, {});
  CHECK((*spare)[0].health == Health::kHealthy);
  CHECK((*spare)[1].health == Health::kOverProvisioned);
}

TEST_CASE("one full disk is not hidden by the service's others") {
  Fleet fleet;
  fleet.host("web-1", "web", {0.95}, 1, kNoon, 1000, Resource::kDisk);
  fleet.host("web-2", "web", {0.10}, 1, kNoon, 1000, Resource::kDisk);
  const DemandReader reader(*fleet.store, {});
  Monitor monitor(reader, {});
  const auto all = monitor.utilization(kNoon + 1000, {});
  REQUIRE(all->size() == 1);
  CHECK(all->front().health == Health::kCritical);
  CHECK(all->front().reason == "web-1: 95 % of capacity, at or above 90 %");
  CHECK(*all->front().utilization == Approx(0.525));
}
