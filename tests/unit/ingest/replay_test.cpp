// An outage from end to end: what waits in the spool, what it loses, and what the store has of it
// in the end.
#include "agent/push/replay.h"

#include "tests/unit/ingest/ingest_world.h"

using namespace headroom;
using namespace headroom::test;

namespace {

// Five seconds of two series; the gauge is the second's number since noon, the counter twice it.
agent::Backlog::Item spooled(std::uint64_t sequence, const agent::LayoutPtr& layout) {
  agent::Backlog::Item item;
  item.first_sequence = item.last_sequence = sequence;
  const auto first = 5.0 * (static_cast<double>(sequence) - 1);
  item.batch =
      agent::ClosedBatch{layout, kNoon + 5000 * (static_cast<UnixMs>(sequence) - 1), 1000, 5, {}};
  for (const double factor : {1.0, 2.0}) {
    std::vector<double> values;
    for (int i = 0; i < 5; ++i) values.push_back(factor * (first + i));
    codec::encode_column(values, item.batch->columns);
  }
  return item;
}

agent::LayoutPtr layout_of(std::uint32_t number) {
  auto layout = std::make_shared<wire::Layout>();
  layout->number = number;
  layout->series = {{"gauge", "1", Kind::kGauge, {}}, {"counter", "1", Kind::kCounter, {}}};
  return layout;
}

struct Outage {
  explicit Outage(World& in, std::uint64_t limit = 64u << 20) : world(in) {
    auto opened = agent::Spool::open({world.folder.path() + "/spool", limit, 0});
    REQUIRE(opened.has_value());
    spool.emplace(std::move(*opened));
  }

  void append(std::uint8_t stream, std::uint64_t first, std::uint64_t last) {
    std::deque<agent::Backlog::Item> items;
    for (auto i = first; i <= last; ++i) items.push_back(spooled(i, layout));
    REQUIRE(spool->append({stream}, items).has_value());
  }

  agent::Replay replay(const wire::KeyPair& keys) {
    agent::LinkOptions options = PushingAgent::options(world, keys);
    options.instance.fill(7);
    return {world.loop, world.context, options, *spool, Random(3)};
  }

  World& world;
  agent::LayoutPtr layout = layout_of(1);
  std::optional<agent::Spool> spool;
};

}  // namespace

TEST_CASE("all that waited in a spool is stored exactly, of every stream, and the spool is empty") {
  World world;
  const auto keys = world.authorize("web-1");
  Outage outage(world, 1u << 20);
  // Two streams, each of several segments of 16 KiB.
  outage.append(1, 1, 100);
  for (std::uint64_t i = 101; i <= 1000; i += 100) outage.append(1, i, i + 99);
  outage.layout = layout_of(1);
  for (std::uint64_t i = 1001; i <= 1500; i += 100) outage.append(2, i, i + 99);
  REQUIRE(outage.spool->segments() > 4);
  auto replay = outage.replay(keys);
  replay.start();
  REQUIRE(world.run_until([&] { return outage.spool->empty() && !replay.active(); }));
  CHECK(read_all(world.store, "gauge") == [] {
    std::vector<Sample> all;
    for (int i = 0; i < 7500; ++i) all.push_back({kNoon + i * 1000, static_cast<double>(i)});
    return all;
  }());
  CHECK(world.store.cursor({"web-1", {1}}).lost_batches == 0);
  CHECK(world.store.cursor({"web-1", {2}}).samples == 5000);
}

TEST_CASE("a replay that is interrupted anywhere goes on where it was and stores nothing twice") {
  World world;
  const auto keys = world.authorize("web-1");
  Outage outage(world, 1u << 20);
  for (std::uint64_t i = 1; i <= 2000; i += 50) outage.append(1, i, i + 49);
  std::size_t interruptions = 0;
  while (!outage.spool->empty()) {
    auto replay = outage.replay(keys);
    replay.start();
    const std::size_t before = outage.spool->segments();
    REQUIRE(world.run_until(
        [&] { return outage.spool->segments() < before || outage.spool->empty(); }));
    ++interruptions;  // in the middle of the next segment
  }
  CHECK(interruptions > 3);
  CHECK(world.store.cursor({"web-1", {1}}).samples == 20'000);
  CHECK(read_all(world.store, "counter").size() == 10'000);
}

TEST_CASE("a damaged end of what waited is reported as lost, and all before it is stored") {
  World world;
  const auto keys = world.authorize("web-1");
  {
    Outage outage(world);
    outage.append(1, 1, 10);
  }
  for (const auto& entry : std::filesystem::directory_iterator(world.folder.path() + "/spool")) {
    if (entry.path().extension() == ".segment")
      std::filesystem::resize_file(entry.path(), entry.file_size() - 3);
  }
  Outage outage(world);
  outage.append(2, 1, 2);
  auto replay = outage.replay(keys);
  replay.start();
  REQUIRE(world.run_until([&] { return outage.spool->empty() && !replay.active(); }));
  const store::Cursor cursor = world.store.cursor({"web-1", {1}});
  CHECK(cursor.samples == 90);
  CHECK(cursor.lost_batches == 1);
  CHECK(cursor.committed == 10);
  CHECK(world.store.cursor({"web-1", {2}}).samples == 20);
}

TEST_CASE(
    "a spool that overflowed leaves means, then nothing, and the store knows how much is gone") {
  World world;
  const auto keys = world.authorize("web-1");
  Outage outage(world, 256u << 10);
  std::uint64_t sequence = 0;
  while (outage.spool->counters().samples_dropped == 0) {
    outage.append(1, sequence + 1, sequence + 240);
    sequence += 240;
  }
  const auto counters = outage.spool->counters();
  auto replay = outage.replay(keys);
  replay.start();
  REQUIRE(world.run_until([&] { return outage.spool->empty() && !replay.active(); }));
  const store::Cursor cursor = world.store.cursor({"web-1", {1}});
  CHECK(cursor.committed == sequence);
  // Thinned samples are lost as such; those that were thinned and then dropped count both times
  // they were reduced, and each sample once.
  CHECK(cursor.samples + cursor.lost_samples == sequence * 10);
  CHECK(cursor.lost_samples == counters.samples_dropped + counters.samples_thinned);
  // From the oldest that is left on: first a mean per minute, at the end every second.
  const auto gauge = read_all(world.store, "gauge");
  REQUIRE(gauge.size() > 100);
  CHECK(gauge.front().time > kNoon);
  CHECK(gauge[2].time - gauge[1].time == 60'000);
  // A minute's mean is that of its 60 consecutive numbers.
  CHECK(gauge[1].value == static_cast<double>((gauge[1].time - kNoon) / 1000) + 29.5);
  CHECK(gauge.back().time - gauge[gauge.size() - 2].time == 1000);
  CHECK(gauge.back().value == 5.0 * static_cast<double>(sequence) - 1);
}
