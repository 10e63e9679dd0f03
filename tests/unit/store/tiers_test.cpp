// Rolling up, merging, retention: what a fleet's history becomes as time passes.
#include <algorithm>
#include <filesystem>
#include <map>
#include <random>

#include "aggregator/store/tier.h"
#include "tests/support/seed.h"
#include "tests/support/store_fixture.h"

using namespace headroom;
using namespace headroom::test;
using store::Aggregate;
using store::WindowQuery;

namespace {

const std::vector<Series> kHost{{"headroom.resource.demand",
                                 "{cpu}",
                                 Kind::kGauge,
                                 {{"headroom.resource", "CPU"}, {"host.name", "h1"}}},
                                {"system.network.io", "By", Kind::kCounter, {{"host.name", "h1"}}}};
const std::string kDemand = "headroom.resource.demand";
const std::string kIo = "system.network.io";
constexpr UnixMs kMidnight = kNoon - 12 * kHour;

// A day of one host at ten seconds, committed in batches of five minutes from `from` on.
class Day {
 public:
  explicit Day(std::uint64_t seed) : random_(seed) {}

  void fill(store::Store& store, store::GroupId group, UnixMs from, UnixMs to) {
    for (UnixMs start = from; start < to; start += 300'000) {
      std::vector<double> demand;
      std::vector<double> io;
      for (int i = 0; i < 30; ++i) {
        const UnixMs time = start + i * 10'000;
        demand.push_back(static_cast<double>(random_() % 1600) / 100);
        bytes_ = random_() % 5000 == 0 ? 0 : bytes_ + static_cast<double>(random_() % 100'000);
        io.push_back(bytes_);
        demand_[time] = demand.back();
        io_[time] = io.back();
      }
      commit(store, append_of("h1", ++sequence_, group, start, {demand, io}, 10'000));
    }
  }

  // One window, by the plainest code there is.
  double expected(Aggregate how, UnixMs from, UnixMs to) const {
    double sum = 0;
    double low = 1e300;
    double high = -1e300;
    double count = 0;
    for (auto at = demand_.lower_bound(from); at != demand_.lower_bound(to); ++at) {
      sum += at->second;
      low = std::min(low, at->second);
      high = std::max(high, at->second);
      ++count;
    }
    switch (how) {
      case Aggregate::kAvg:
        return sum / count;
      case Aggregate::kMin:
        return low;
      case Aggregate::kMax:
        return high;
      case Aggregate::kSum:
        return sum;
      case Aggregate::kCount:
        return count;
      default: {
        double increase = 0;
        auto at = io_.lower_bound(from);
        double before = at == io_.begin() ? at->second : std::prev(at)->second;
        for (; at != io_.lower_bound(to); ++at) {
          increase += at->second >= before ? at->second - before : at->second;
          before = at->second;
        }
        return increase;
      }
    }
  }

  double quantile(double q, UnixMs from, UnixMs to) const {
    std::vector<double> values;
    for (auto at = demand_.lower_bound(from); at != demand_.lower_bound(to); ++at)
      values.push_back(at->second);
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
  }

  std::uint64_t next_sequence() { return ++sequence_; }

 private:
  std::mt19937_64 random_;
  std::map<UnixMs, double> demand_;
  std::map<UnixMs, double> io_;
  double bytes_ = 0;
  std::uint64_t sequence_ = 0;
};

void check_windows(const store::Store& store, const Day& day, UnixMs from, UnixMs to, UnixMs step) {
  for (const Aggregate how : {Aggregate::kAvg, Aggregate::kMin, Aggregate::kMax, Aggregate::kSum,
                              Aggregate::kCount, Aggregate::kIncrease}) {
    const auto windows = read_windows(store, how == Aggregate::kIncrease ? kIo : kDemand,
                                      {from, to, step, how, 0.5});
    INFO(to_string(how) << " step " << step);
    REQUIRE(windows.size() == static_cast<std::size_t>((to - from) / step));
    for (const Sample& window : windows) {
      INFO("window " << window.time);
      CHECK(window.value ==
            Approx(day.expected(how, window.time, window.time + step)).epsilon(1e-9));
    }
  }
}

}  // namespace

TEST_CASE("every step gives the same answer from raw samples, minutes and hours") {
  const auto seed = test_seed();
  INFO("seed " << seed);
  const TempFolder folder;
  SettableClock clock(kMidnight + 26 * kHour);
  auto options = store_options(folder.path() + "/s");
  options.clock = &clock;
  const auto store = open_store(options);
  const auto group = define(*store, kHost);
  Day day(seed);
  day.fill(*store, group, kMidnight, kMidnight + 13 * kHour);
  REQUIRE(store->flush().has_value());
  day.fill(*store, group, kMidnight + 13 * kHour, kMidnight + 23 * kHour);
  REQUIRE(store->flush().has_value());
  day.fill(*store, group, kMidnight + 23 * kHour, kMidnight + 24 * kHour);  // stays in the head
  for (const UnixMs step : {30'000, 60'000, 90'000, 300'000, 3'600'000, 7'200'000, 86'400'000})
    check_windows(*store, day, kMidnight, kMidnight + 24 * kHour, step);
  REQUIRE(store->flush().has_value());
  CHECK(store->stats().dirty_windows == 0);
  CHECK(store->stats().head_batches == 0);
  CHECK(family(store->stats(), "capacity_metrics").samples == 2 * 8640);
  // The two hours from noon on were rolled up twice; until their runs are merged both are there.
  CHECK(family(store->stats(), "capacity_metrics_1m").samples >= 2 * 1440);
  CHECK(family(store->stats(), "capacity_metrics_1h").samples >= 2 * 24);
  for (const UnixMs step : {30'000, 60'000, 90'000, 300'000, 3'600'000, 86'400'000})
    check_windows(*store, day, kMidnight, kMidnight + 24 * kHour, step);

  // Windows that begin anywhere: whole hours and minutes inside, raw samples at their edges.
  for (const UnixMs step : {500'000, 5'000'000, 21'610'000}) {
    const UnixMs from = kMidnight + 1'230'000;
    check_windows(*store, day, from, from + step * (80'000'000 / step), step);
  }

  SECTION("and when the raw samples are gone, and then the minutes") {
    clock.set(kMidnight + 9 * kDay);
    REQUIRE(store->flush().has_value());
    CHECK(family(store->stats(), "capacity_metrics").windows == 0);
    CHECK(read_all(*store, kDemand).empty());
    for (const UnixMs step : {60'000, 300'000, 3'600'000, 86'400'000})
      check_windows(*store, day, kMidnight, kMidnight + 24 * kHour, step);
    clock.set(kMidnight + 100 * kDay);
    REQUIRE(store->flush().has_value());
    CHECK(family(store->stats(), "capacity_metrics_1m").windows == 0);
    for (const UnixMs step : {3'600'000, 86'400'000})
      check_windows(*store, day, kMidnight, kMidnight + 24 * kHour, step);
    const auto p95 = read_windows(*store, kDemand,
                                  {kMidnight, kMidnight + kDay, kDay, Aggregate::kQuantile, 0.95});
    REQUIRE(p95.size() == 1);
    CHECK(p95[0].value == Approx(day.quantile(0.95, kMidnight, kMidnight + kDay)).epsilon(0.011));
    clock.set(kMidnight + 1900 * kDay);
    REQUIRE(store->flush().has_value());
    CHECK(read_windows(*store, kDemand, {kMidnight, kMidnight + kDay, kDay, Aggregate::kAvg, 0.5})
              .empty());
    CHECK(store->stats().windows_dropped == 14);  // 12 raw, 1 of minutes, 1 of hours
  }
}

TEST_CASE("late samples and corrections change the rollups that were made before they came") {
  const TempFolder folder;
  SettableClock clock(kMidnight + 5 * kHour);
  auto options = store_options(folder.path() + "/s");
  options.clock = &clock;
  const auto store = open_store(options);
  const auto group = define(*store, kHost);
  commit(*store, append_of("h1", 1, group, kMidnight, {{1, 2, 3}, {0, 0, 0}}, 10'000));
  REQUIRE(store->flush().has_value());
  const WindowQuery hour{kMidnight, kMidnight + kHour, kHour, Aggregate::kSum, 0.5};
  CHECK(read_windows(*store, kDemand, hour) == std::vector<Sample>{{kMidnight, 6}});
  // One sample late, one corrected.
  commit(*store, append_of("h1", 2, group, kMidnight + 20'000, {{30, 4}, {0, 0}}, 10'000));
  CHECK(read_windows(*store, kDemand, hour) == std::vector<Sample>{{kMidnight, 37}});
  REQUIRE(store->flush().has_value());
  CHECK(store->stats().dirty_windows == 0);
  CHECK(read_windows(*store, kDemand, hour) == std::vector<Sample>{{kMidnight, 37}});
  clock.set(kMidnight + 9 * kDay);
  REQUIRE(store->flush().has_value());
  CHECK(read_windows(*store, kDemand, hour) == std::vector<Sample>{{kMidnight, 37}});
}

TEST_CASE("history older than the raw tier goes straight into the rollups, in parts or at once") {
  const TempFolder folder;
  const auto seed = test_seed();
  INFO("seed " << seed);
  SettableClock clock(kMidnight + 30 * kDay);
  auto options = store_options(folder.path() + "/s");
  options.clock = &clock;
  const auto store = open_store(options);
  const auto group = define(*store, kHost);
  Day day(seed);
  // Flushed in the middle of an hour and of a minute's batch.
  day.fill(*store, group, kMidnight, kMidnight + 2 * kHour + 1'500'000);
  REQUIRE(store->flush().has_value());
  CHECK(family(store->stats(), "capacity_metrics").windows == 0);
  day.fill(*store, group, kMidnight + 2 * kHour + 1'500'000, kMidnight + 24 * kHour);
  for (const UnixMs step : {300'000, 3'600'000})
    check_windows(*store, day, kMidnight, kMidnight + kDay, step);
  REQUIRE(store->flush().has_value());
  for (const UnixMs step : {60'000, 3'600'000, 86'400'000})
    check_windows(*store, day, kMidnight, kMidnight + kDay, step);
  const auto p50 =
      read_windows(*store, kDemand, {kMidnight, kMidnight + kDay, kDay, Aggregate::kQuantile, 0.5});
  REQUIRE(p50.size() == 1);
  CHECK(p50[0].value == Approx(day.quantile(0.5, kMidnight, kMidnight + kDay)).epsilon(0.011));
  // Beyond the last tier there is nowhere to go; that is counted.
  clock.set(kMidnight + 2000 * kDay);
  commit(*store, append_of("h1", day.next_sequence(), group, kMidnight, {{1, 2}, {1, 2}}, 10'000));
  REQUIRE(store->flush().has_value());
  CHECK(store->stats().samples_expired == 4);
}

TEST_CASE("a window that came in many parts becomes one run, and reads the same") {
  const TempFolder folder;
  const auto seed = test_seed();
  INFO("seed " << seed);
  SettableClock clock(kMidnight + kHour);
  auto options = store_options(folder.path() + "/s");
  options.clock = &clock;
  const auto store = open_store(options);
  const auto group = define(*store, kHost);
  Day day(seed);
  for (UnixMs at = kMidnight; at < kMidnight + 2 * kHour; at += 300'000) {
    day.fill(*store, group, at, at + 300'000);
    REQUIRE(store->flush().has_value());
  }
  CHECK(family(store->stats(), "capacity_metrics").runs <= 12);
  const std::vector<Sample> before = read_all(*store, kDemand);
  clock.set(kMidnight + 3 * kHour);
  REQUIRE(store->flush().has_value());
  CHECK(family(store->stats(), "capacity_metrics").runs == 1);
  CHECK(read_all(*store, kDemand) == before);
  check_windows(*store, day, kMidnight, kMidnight + 2 * kHour, kHour);
  // A day later the minutes are one run, too.
  day.fill(*store, group, kMidnight + 2 * kHour, kMidnight + 24 * kHour);
  clock.set(kMidnight + 27 * kHour);
  REQUIRE(store->flush().has_value());
  CHECK(family(store->stats(), "capacity_metrics_1m").runs == 1);
  check_windows(*store, day, kMidnight, kMidnight + 24 * kHour, kHour);
}

TEST_CASE(
    "beyond its size the store drops its oldest raw windows, and keeps a day and the rollups") {
  const TempFolder folder;
  SettableClock clock(kMidnight + 3 * kDay);
  auto options = store_options(folder.path() + "/s");
  options.clock = &clock;
  options.max_bytes = 1;
  const auto store = open_store(options);
  const auto group = define(*store, kHost);
  Day day(1);
  day.fill(*store, group, kMidnight, kMidnight + 2 * kDay);
  REQUIRE(store->flush().has_value());
  CHECK(family(store->stats(), "capacity_metrics").windows == 12);
  CHECK(read_all(*store, kDemand).front().time == kMidnight + kDay);
  check_windows(*store, day, kMidnight + kDay, kMidnight + 2 * kDay, kHour);
  CHECK(read_windows(*store, kDemand, {kMidnight, kMidnight + kDay, kHour, Aggregate::kAvg, 0.5})
            .size() == 24);
}

TEST_CASE("what is dropped is gone from the disk, also the files that a merge has replaced") {
  const TempFolder folder;
  SettableClock clock(kMidnight + 25 * kHour);
  auto options = store_options(folder.path() + "/s");
  options.clock = &clock;
  auto store = open_store(options);
  const auto group = define(*store, kHost);
  Day day(1);
  for (int part = 0; part < 4; ++part) {
    day.fill(*store, group, kMidnight + part * 6 * kHour, kMidnight + (part + 1) * 6 * kHour);
    REQUIRE(store->flush().has_value());
  }
  const auto files_of_chunks = [&] {
    std::size_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(options.path)) {
      if (entry.path().extension() == ".sst") bytes += entry.file_size();
    }
    return bytes;
  };
  const auto stats = store->stats();
  std::uint64_t known = 0;
  for (const auto& one : stats.families) known += one.bytes;
  CHECK(files_of_chunks() <= known + 65'536);
  clock.set(kMidnight + 2000 * kDay);
  REQUIRE(store->flush().has_value());
  store.reset();
  store = open_store(options);
  CHECK(family(store->stats(), "capacity_metrics_1h").bytes == 0);
  CHECK(files_of_chunks() < 65'536);
}

TEST_CASE("a host that is decommissioned leaves the lists, keeps its history, and may come back") {
  const TempFolder folder;
  {
    const auto store = open_store(folder.path() + "/s");
    const auto group = define(*store, kHost);
    commit(*store, append_of("h1", 1, group, kNoon, {{1}, {1}}));
    CHECK(store->decommission("h2", kNoon).error().code == ErrorCode::kNotFound);
    REQUIRE(store->decommission("h1", kNoon + 1000).has_value());
  }
  const auto store = open_store(folder.path() + "/s");
  const auto selector = store::parse_selector(kDemand);
  CHECK(store->select(*selector, kNoon + 2000).empty());
  const auto before = store->select(*selector, kNoon);
  REQUIRE(before.size() == 1);
  CHECK(store->cardinality().decommissioned.size() == 1);
  define(*store, kHost);
  CHECK(store->select(*selector, kNoon + 2000).size() == 1);
  CHECK(store->cardinality().decommissioned.empty());
}

TEST_CASE("a counter whose host goes to another layout and back grows by what its samples say") {
  const TempFolder folder;
  SettableClock clock(kMidnight + 5 * kHour);
  auto options = store_options(folder.path() + "/s");
  options.clock = &clock;
  const auto store = open_store(options);
  const auto first = define(*store, kHost);
  const auto second = define(*store, {kHost[1]});
  // Ten minutes each of the layouts A, B and A: 1000 more each ten seconds, from a million on.
  std::uint64_t sequence = 0;
  for (int part = 0; part < 3; ++part) {
    std::vector<double> bytes;
    for (int i = 0; i < 60; ++i) bytes.push_back(1e6 + (part * 60 + i) * 1000.0);
    const UnixMs start = kMidnight + part * 600'000;
    commit(*store, part == 1 ? append_of("h1", ++sequence, second, start, {bytes}, 10'000)
                             : append_of("h1", ++sequence, first, start,
                                         {std::vector<double>(60, 1), bytes}, 10'000));
  }
  REQUIRE(store->flush().has_value());
  for (const UnixMs step : {60'000, 3'600'000}) {
    double increase = 0;
    for (const Sample& window :
         read_windows(*store, kIo, {kMidnight, kMidnight + kHour, step, Aggregate::kIncrease, 0.5}))
      increase += window.value;
    CHECK(increase == Approx(179'000));
  }
}

TEST_CASE("what comes late for windows that were dropped for their size joins the rollups") {
  const TempFolder folder;
  SettableClock clock(kMidnight + 3 * kDay);
  auto options = store_options(folder.path() + "/s");
  options.clock = &clock;
  options.max_bytes = 1;
  const auto store = open_store(options);
  const auto group = define(*store, kHost);
  Day day(1);
  // The first half of an hour, and two days that push its raw window out.
  day.fill(*store, group, kMidnight + 10 * kHour, kMidnight + 10 * kHour + kHour / 2);
  day.fill(*store, group, kMidnight + kDay, kMidnight + 3 * kDay);
  REQUIRE(store->flush().has_value());
  REQUIRE(read_all(*store, kDemand).front().time >= kMidnight + kDay);
  day.fill(*store, group, kMidnight + 10 * kHour + kHour / 2, kMidnight + 11 * kHour);
  REQUIRE(store->flush().has_value());
  check_windows(*store, day, kMidnight + 10 * kHour, kMidnight + 11 * kHour, kHour);
  const auto p50 = read_windows(
      *store, kDemand,
      {kMidnight + 10 * kHour, kMidnight + 11 * kHour, kHour, Aggregate::kQuantile, 0.5});
  REQUIRE(p50.size() == 1);
  CHECK(p50[0].value ==
        Approx(day.quantile(0.5, kMidnight + 10 * kHour, kMidnight + 11 * kHour)).epsilon(0.011));
}

TEST_CASE("a read that is cancelled says so, and one whose sink has enough ends") {
  const TempFolder folder;
  const auto store = open_store(folder.path() + "/s");
  std::vector<store::SeriesId> ids;
  for (int host = 0; host < 200; ++host) {
    const std::string name = "h" + std::to_string(host);
    const auto group = define(*store, {{"m", "1", Kind::kGauge, {{"host.name", name}}}});
    commit(*store, append_of(name, 1, group, kNoon, {{1, 2, 3}}));
  }
  const auto all = ids_of(*store, "m");
  std::atomic<bool> cancelled = false;
  store::ReadControl control;
  control.cancelled = &cancelled;
  control.threads = 2;
  std::size_t seen = 0;
  const Status stopped = store->read(
      all, 0, kNoon + kDay,
      [&](store::SeriesId id, std::span<const Sample>) {
        CHECK(id == all[seen]);  // in order, whatever thread read it
        return ++seen < 50;
      },
      control);
  CHECK(stopped.has_value());
  CHECK(seen == 50);
  seen = 0;
  const Status ended = store->read(
      all, 0, kNoon + kDay,
      [&](store::SeriesId, std::span<const Sample>) {
        if (++seen == 1) cancelled = true;
        return true;
      },
      control);
  REQUIRE_FALSE(ended.has_value());
  CHECK(ended.error().code == ErrorCode::kCancelled);
  CHECK(seen < all.size());
}

TEST_CASE("an agent that started often keeps its last streams, and the sum of the others") {
  const TempFolder folder;
  const auto store = open_store(folder.path() + "/s");
  const auto group = define(*store, kHost);
  for (std::uint8_t start = 1; start <= 40; ++start) {
    store_clock().set(kNoon + start * 1000);
    store::Append append = append_of("h1", 1, group, kNoon + start * 1000, {{1}, {1}});
    append.stream.stream.fill(start);
    commit(*store, append);
    REQUIRE(store->flush().has_value());
  }
  store_clock().set(kNoon);
  std::uint64_t batches = 0;
  for (const auto& [stream, cursor] : store->cursors()) batches += cursor.batches;
  CHECK(batches == 40);
  CHECK(store->cursors().size() == 17);
  store::StreamKey last{"h1", {}};
  last.stream.fill(40);
  CHECK(store->cursor(last).committed == 1);
}
