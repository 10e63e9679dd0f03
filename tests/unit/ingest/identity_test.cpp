// Who is who: clones, second sessions of one process, and hosts that say farewell.
#include "tests/unit/ingest/ingest_world.h"

using namespace headroom;
using namespace headroom::test;

namespace {

wire::Hello hello_from(std::uint8_t stream, const std::string& machine, const std::string& boot,
                       std::uint8_t instance) {
  wire::Hello hello = hello_of(stream, 1);
  hello.machine = machine;
  hello.boot_id = boot;
  hello.instance.fill(instance);
  return hello;
}

// One that sends a batch whenever it is told to, and greets again when it is asked to, as an agent
// does.
class Host {
 public:
  Host(World& world, const wire::KeyPair& keys, wire::Hello hello)
      : world_(world), hello_(std::move(hello)), client_(world, keys) {
    greet();
  }

  void send(double value) {
    columns_.push_back(column_of({value}));
    wire::Batch batch = batch_of(++sequence_, columns_.back());
    // Each host on seconds of its own, so that nothing is a duplicate.
    batch.start += static_cast<UnixMs>(hello_.stream[0]) * 1'000'000;
    client_.say(batch);
    REQUIRE(world_.run_until([&] { return committed() == sequence_ || drained(); }));
    if (!drained()) return;
    client_.heard.clear();
    greet();
    client_.say(batch);
    REQUIRE(world_.run_until([&] { return committed() == sequence_; }));
  }
  std::size_t welcomes() const { return client_.all<wire::Welcome>().size(); }
  Client& client() { return client_; }

 private:
  void greet() {
    hello_.first_unacknowledged = sequence_ == 0 ? 1 : sequence_;
    client_.say(hello_);
    client_.say(kLayout);
  }
  std::uint64_t committed() const {
    const auto acks = client_.all<wire::Ack>();
    return acks.empty() ? 0 : acks.back().committed;
  }
  bool drained() const { return !client_.all<wire::Drain>().empty(); }

  World& world_;
  wire::Hello hello_;
  Client client_;
  std::uint64_t sequence_ = 0;
  std::deque<std::string> columns_;
};

std::vector<double> values_of(World& world, const std::string& host) {
  std::vector<double> values;
  for (const Sample& sample : read_all(world.store, "m{host.name=\"" + host + "\"}"))
    values.push_back(sample.value);
  return values;
}

}  // namespace

TEST_CASE("two live clones of one host are reported and kept apart") {
  World world;
  const auto keys = world.authorize("web-1");
  Host original(world, keys, hello_from(1, "aaaa", "boot-a", 1));
  original.send(1);
  Host clone(world, keys, hello_from(2, "bbbb", "boot-b", 2));
  clone.send(2);     // it may as well be the same host after a reboot
  original.send(3);  // … but the first one lives
  clone.send(4);
  original.send(5);
  CHECK(values_of(world, "web-1") == std::vector<double>{1, 3, 5, 2});
  CHECK(values_of(world, "web-1~2") == std::vector<double>{4});
  CHECK(world.directory.counters().duplicate_agents <= 1);
  REQUIRE(world.run_until([&] { return world.directory.agents().size() == 2; }));
}

TEST_CASE("two clones that are the same in all but their boot stay apart when both are booted") {
  World world;
  const auto keys = world.authorize("web-1");
  {
    Host first(world, keys, hello_from(1, "aaaa", "boot-a", 1));
    first.send(1);
    Host second(world, keys, hello_from(2, "aaaa", "boot-b", 2));
    second.send(2);
    first.send(3);
    second.send(4);
  }
  Host first(world, keys, hello_from(3, "aaaa", "boot-c", 3));
  first.send(5);
  Host second(world, keys, hello_from(4, "aaaa", "boot-d", 4));
  second.send(6);
  first.send(7);
  second.send(8);
  first.send(9);
  // Nothing says which was which: both get a name of their own.
  CHECK(values_of(world, "web-1") == std::vector<double>{1, 3, 2, 5, 6});
  CHECK(values_of(world, "web-1~2") == std::vector<double>{4});
  CHECK(values_of(world, "web-1~3") == std::vector<double>{7, 9});
  CHECK(values_of(world, "web-1~4") == std::vector<double>{8});
}

TEST_CASE("a clone that goes does not end the series of the host that it was made from") {
  World world;
  const auto keys = world.authorize("web-1");
  Host original(world, keys, hello_from(1, "aaaa", "boot-a", 1));
  original.send(1);
  Host clone(world, keys, hello_from(2, "bbbb", "boot-b", 2));
  clone.client().say(wire::Farewell{});
  REQUIRE(world.run_until([&] { return !clone.client().all<wire::Nack>().empty(); }));
  CHECK(clone.client().all<wire::Drain>().empty());
  CHECK(world.store.select({}).size() == 1);
}

TEST_CASE("clones keep their names when the aggregator starts again and when they are booted") {
  World world;
  {
    ingest::Clones clones(world.store);
    REQUIRE(clones.keep_apart("web-1", {"aaaa", "boot-a"}, {"bbbb", "boot-b"}));
    CHECK(clones.host_name("web-1", {"aaaa", "boot-a"}) == "web-1");
    CHECK(clones.host_name("web-1", {"bbbb", "boot-b"}) == "web-1~2");
  }
  ingest::Clones clones(world.store);
  CHECK(clones.host_name("web-1", {"bbbb", "boot-c"}) == "web-1~2");
  CHECK(clones.host_name("web-1", {"aaaa", "boot-d"}) == "web-1");
  CHECK(clones.host_name("web-2", {"bbbb", "boot-c"}) == "web-2");
}

TEST_CASE("clones that are the same in all but their boot are told apart by that") {
  World world;
  ingest::Clones clones(world.store);
  CHECK_FALSE(clones.keep_apart("web-1", {"aaaa", "boot-a"}, {"aaaa", "boot-a"}));
  REQUIRE(clones.keep_apart("web-1", {"aaaa", "boot-a"}, {"aaaa", "boot-b"}));
  CHECK(clones.host_name("web-1", {"aaaa", "boot-a"}) == "web-1");
  CHECK(clones.host_name("web-1", {"aaaa", "boot-b"}) == "web-1~2");
}

TEST_CASE("there is a limit to how many clones are kept apart") {
  World world;
  ingest::Clones clones(world.store);
  for (std::size_t i = 1; i < ingest::kClonesMax; ++i) {
    REQUIRE(clones.keep_apart("web-1", {"aaaa", "boot-0"}, {"aaaa", "boot-" + std::to_string(i)}));
  }
  CHECK_FALSE(clones.keep_apart("web-1", {"aaaa", "boot-0"}, {"aaaa", "one too many"}));
}

TEST_CASE("what waited on an agent's disk is stored beside its live session, and is no clone") {
  World world;
  const auto keys = world.authorize("web-1");
  Host live(world, keys, hello_from(1, "aaaa", "boot-a", 1));
  live.send(1);
  wire::Hello waited = hello_from(2, "aaaa", "boot-a", 1);
  waited.replay = true;
  Host replay(world, keys, waited);
  replay.send(2);
  live.send(3);
  replay.send(4);
  CHECK(values_of(world, "web-1") == std::vector<double>{1, 3, 2, 4});
  CHECK(world.directory.counters().duplicate_agents == 0);
  CHECK(live.welcomes() == 1);
  // The directory is about the live session.
  REQUIRE(world.run_until([&] { return world.directory.agents().front().committed == 2; }));
  CHECK(world.directory.agents().front().connected);
}

TEST_CASE("a host that says farewell has its series ended and is gone from the list") {
  World world;
  Host host(world, world.authorize("web-1"), hello_from(1, "aaaa", "boot-a", 1));
  host.send(1);
  REQUIRE(world.directory.agents().size() == 1);
  host.client().say(wire::Farewell{});
  REQUIRE(world.run_until([&] { return !host.client().all<wire::Drain>().empty(); }));
  CHECK(world.directory.agents().empty());
  // It is not among the living, and what it measured stays.
  CHECK(world.store.select({}).empty());
  CHECK(world.store.select({}, 0).size() == 1);
}
