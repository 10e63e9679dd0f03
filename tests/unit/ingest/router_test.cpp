// What the router takes, refuses and acknowledges.
#include "tests/unit/ingest/ingest_world.h"

using namespace headroom;
using namespace headroom::test;

using std::chrono::milliseconds;

TEST_CASE("an agent's batches are stored under the name of its key and acknowledged") {
  World world;
  PushingAgent agent(world, world.authorize("web-1"));
  for (int i = 0; i < 20; ++i) agent.sample(i);
  REQUIRE(world.run_until([&] { return agent.backlog.empty(); }));
  CHECK(read_all(world.store, "m{host.name=\"web-1\",service.name=\"web\"}") == seconds(0, 20));
}

TEST_CASE("an agent with an unknown key gets nothing in and nothing out, until it is authorized") {
  World world;
  const auto keys = *wire::generate_keys();
  PushingAgent agent(world, keys);
  agent.sample(0);
  REQUIRE(world.run_until([&] { return agent.link.counters().refusals > 0; }));
  CHECK_FALSE(agent.link.connected());
  CHECK(agent.link.counters().sessions == 0);
  CHECK(world.store.select({}).empty());
  REQUIRE(world.run_until([&] { return world.directory.counters().rejected_keys > 0; }));
  // The folder is looked at again by itself.
  REQUIRE(wire::write_public_key_file(world.folder.path() + "/agents/late.pub", keys.public_key)
              .has_value());
  REQUIRE(world.run_until([&] { return agent.backlog.empty(); }));
  CHECK(read_all(world.store, "m{host.name=\"late\"}") == seconds(0, 1));
}

TEST_CASE("an agent cannot measure in another one's name") {
  World world;
  Client client(world, world.authorize("web-1"));
  client.say(hello_of(1, 1));
  wire::Layout layout = kLayout;
  layout.series[0].attributes = {{"host.name", "db-1"}};
  client.say(layout);
  const std::string columns = column_of({1});
  client.say(batch_of(1, columns));
  REQUIRE(world.run_until([&] { return !client.all<wire::Ack>().empty(); }));
  CHECK(read_all(world.store, "m{host.name=\"web-1\",service.name=\"web\"}").size() == 1);
  CHECK(read_all(world.store, "m{host.name=\"db-1\"}").empty());
}

TEST_CASE("a series of a service of its own is that service's, on the same host") {
  World world;
  Client client(world, world.authorize("web-1"));
  wire::Hello hello = hello_of(1, 1);
  hello.host_attributes = {{"headroom.simulated", "true"}, {"service.name", "web"}};
  client.say(hello);
  wire::Layout layout = kLayout;
  layout.series[0].attributes = {
      {"headroom.simulated", "false"}, {"host.name", "db-1"}, {"service.name", "db"}};
  layout.series.push_back({"m", "1", Kind::kGauge, {}});
  layout.series.push_back({"m", "1", Kind::kGauge, {{"service.name", ""}, {"x", "1"}}});
  client.say(layout);
  const std::string columns = column_of({1}) + column_of({2}) + column_of({3});
  client.say(batch_of(1, columns));
  REQUIRE(world.run_until([&] { return !client.all<wire::Ack>().empty(); }));
  const std::string here = "m{headroom.simulated=\"true\",host.name=\"web-1\",service.name=";
  CHECK(read_all(world.store, here + "\"db\"}").front().value == 1);
  CHECK(read_all(world.store, here + "\"web\"}").front().value == 2);
  CHECK(read_all(world.store, here + "\"web\",x=\"1\"}").front().value == 3);
  CHECK(read_all(world.store, "m{host.name=\"db-1\"}").empty());
}

TEST_CASE("an agent of the protocol before this one is welcomed, any other is not answered") {
  World world;
  Client client(world, world.authorize("web-1"));
  wire::Hello hello = hello_of(1, 1);
  for (const std::uint32_t unknown : {wire::kProtocolOldest - 1, wire::kProtocol + 1}) {
    hello.protocol = unknown;
    client.say(hello);
  }
  REQUIRE(world.run_until([&] { return world.directory.counters().rejected_messages == 2; }));
  CHECK(client.all<wire::Welcome>().empty());
  hello.protocol = wire::kProtocolOldest;
  client.say(hello);
  REQUIRE(world.run_until([&] { return client.all<wire::Welcome>().size() == 1; }));
}

TEST_CASE("a batch that comes again is acknowledged again and stored once") {
  World world;
  Client client(world, world.authorize("web-1"));
  client.say(hello_of(1, 1));
  client.say(kLayout);
  const std::string columns = column_of({7});
  client.say(batch_of(1, columns));
  REQUIRE(world.run_until([&] { return client.all<wire::Ack>().size() == 1; }));
  client.say(batch_of(1, columns, 1, 2));
  REQUIRE(world.run_until([&] { return client.all<wire::Ack>().size() == 2; }));
  CHECK(client.all<wire::Ack>().back().committed == 1);
  CHECK(world.store.cursor({"web-1", hello_of(1, 1).stream}).batches == 1);
  REQUIRE(world.run_until([&] { return world.directory.counters().batches_resent == 1; }));
}

TEST_CASE(
    "a batch out of sequence is refused with the one that is wanted, and nothing is skipped") {
  World world;
  Client client(world, world.authorize("web-1"));
  client.say(hello_of(1, 1));
  client.say(kLayout);
  const std::string columns = column_of({7});
  client.say(batch_of(3, columns));
  client.say(batch_of(4, columns));
  REQUIRE(world.run_until([&] { return !client.all<wire::Nack>().empty(); }));
  CHECK(client.all<wire::Nack>().front().reason == wire::NackReason::kOutOfSequence);
  CHECK(client.all<wire::Nack>().front().expected == 1);
  for (const std::uint64_t sequence : {1, 2, 3, 4}) client.say(batch_of(sequence, columns));
  REQUIRE(world.run_until([&] {
    return !client.all<wire::Ack>().empty() && client.all<wire::Ack>().back().committed == 4;
  }));
  // Asked once, not for every batch behind the hole.
  CHECK(client.all<wire::Nack>().size() == 1);
  CHECK(read_all(world.store, "m").size() == 4);
}

TEST_CASE(
    "malformed bytes, columns and layouts are refused and counted, and good batches still go in") {
  World world;
  Client client(world, world.authorize("web-1"));
  client.say(hello_of(1, 1));
  client.say(kLayout);
  client.say_bytes("not a message");
  client.say_bytes(std::string(1000, '\xff'));
  const std::string short_columns = "\x03";
  client.say(batch_of(1, short_columns));
  REQUIRE(world.run_until([&] { return !client.all<wire::Nack>().empty(); }));
  CHECK(client.all<wire::Nack>().back().reason == wire::NackReason::kMalformed);
  const std::string too_many = column_of({1}) + column_of({2});
  client.say(batch_of(1, too_many));
  REQUIRE(world.run_until([&] { return client.all<wire::Nack>().size() == 2; }));
  wire::Batch unknown_layout = batch_of(1, too_many);
  unknown_layout.layout = 9;
  client.say(unknown_layout);
  REQUIRE(world.run_until([&] { return client.all<wire::Nack>().size() == 3; }));
  CHECK(client.all<wire::Nack>().back().reason == wire::NackReason::kUnknownLayout);
  const std::string good = column_of({1});
  client.say(batch_of(1, good));
  REQUIRE(world.run_until([&] { return !client.all<wire::Ack>().empty(); }));
  CHECK(read_all(world.store, "m").size() == 1);
  REQUIRE(world.run_until([&] { return world.directory.counters().rejected_messages == 4; }));
}

TEST_CASE(
    "a host that crosses its limit keeps its first series, and is told apart in the counters") {
  World world({1000, 2});
  Client client(world, world.authorize("web-1"));
  client.say(hello_of(1, 1));
  wire::Layout layout = kLayout;
  layout.series.clear();
  for (const char* name : {"a", "b", "c", "d"})
    layout.series.push_back({name, "1", Kind::kGauge, {}});
  client.say(layout);
  const std::string columns = column_of({1}) + column_of({2}) + column_of({3}) + column_of({4});
  client.say(batch_of(1, columns));
  // A batch is checked whole, also where only a part of it is kept.
  client.say(batch_of(2, columns.substr(0, columns.size() - 1)));
  client.say(batch_of(2, columns));
  REQUIRE(world.run_until([&] {
    return !client.all<wire::Ack>().empty() && client.all<wire::Ack>().back().committed == 2;
  }));
  CHECK(client.all<wire::Nack>().size() == 1);
  CHECK(client.all<wire::Nack>().front().reason == wire::NackReason::kMalformed);
  const auto values = [&](const std::string& name) {
    std::vector<double> values;
    for (const Sample& sample : read_all(world.store, name)) values.push_back(sample.value);
    return values;
  };
  CHECK(values("a") == std::vector<double>{1, 1});
  CHECK(values("b") == std::vector<double>{2, 2});
  CHECK(values("c").empty());
  REQUIRE(world.run_until([&] { return world.directory.counters().samples_capped == 4; }));
  CHECK(world.directory.counters().samples == 4);
  REQUIRE(world.run_until([&] { return world.directory.agents().front().series == 2; }));
  const auto report = world.store.cardinality();
  REQUIRE(report.capped.size() == 1);
  CHECK(report.capped.front().host == "web-1");
  CHECK(report.capped.front().series == 2);
  CHECK(report.capped.front().capped == 2);
  // A smaller layout fits, and takes the host out of the report.
  layout.number = 2;
  layout.series = {{"b", "1", Kind::kGauge, {}}};
  client.say(layout);
  wire::Batch batch = batch_of(3, columns);
  batch.layout = 2;
  const std::string one = column_of({5});
  batch.columns = codec::as_bytes(one);
  client.say(batch);
  REQUIRE(world.run_until([&] { return client.all<wire::Ack>().back().committed == 3; }));
  CHECK(values("b") == std::vector<double>{2, 2, 5});
  CHECK(world.store.cardinality().capped.empty());
}

TEST_CASE("a layout of which nothing may be stored is refused each time it comes") {
  World world({1, 1000});
  Client first(world, world.authorize("web-1"));
  first.say(hello_of(1, 1));
  first.say(kLayout);
  const std::string columns = column_of({1});
  first.say(batch_of(1, columns));
  REQUIRE(world.run_until([&] { return !first.all<wire::Ack>().empty(); }));
  Client second(world, world.authorize("web-2"));
  second.say(hello_of(2, 1));
  second.say(kLayout);
  second.say(batch_of(1, columns));
  REQUIRE(world.run_until([&] { return !second.all<wire::Nack>().empty(); }));
  CHECK(second.all<wire::Nack>().front().reason == wire::NackReason::kLimitExceeded);
  // The agent reports what it gives up, and tries the next one with its layout again.
  wire::Gap gap;
  gap.first_sequence = gap.last_sequence = 1;
  gap.samples = 1;
  second.say(gap);
  second.say(kLayout);
  second.say(batch_of(2, columns));
  REQUIRE(world.run_until([&] { return second.all<wire::Nack>().size() == 2; }));
  CHECK(second.all<wire::Nack>().back().reason == wire::NackReason::kLimitExceeded);
  CHECK(read_all(world.store, "m").size() == 1);
}

TEST_CASE("one acknowledgement answers the batches that became durable together") {
  World world;
  Client client(world, world.authorize("web-1"));
  client.say(hello_of(1, 1));
  client.say(kLayout);
  const std::string columns = column_of({1});
  constexpr std::uint64_t kBatches = 2000;
  for (std::uint64_t sequence = 1; sequence <= kBatches; ++sequence)
    client.say(batch_of(sequence, columns));
  REQUIRE(world.run_until([&] {
    return !client.all<wire::Ack>().empty() && client.all<wire::Ack>().back().committed == kBatches;
  }));
  REQUIRE(world.run_until([&] { return world.directory.counters().batches == kBatches; }));
  CHECK(client.all<wire::Ack>().size() == world.directory.counters().group_commits);
  CHECK(client.all<wire::Ack>().size() < kBatches / 4);
  CHECK(client.all<wire::Nack>().empty());
  CHECK(read_all(world.store, "m").size() == kBatches);
}

TEST_CASE("a batch before Hello is answered by the wish to be greeted") {
  World world;
  Client client(world, world.authorize("web-1"));
  const std::string columns = column_of({1});
  client.say(batch_of(1, columns));
  REQUIRE(world.run_until([&] { return !client.all<wire::Drain>().empty(); }));
  CHECK(world.store.cursors().empty());
}

TEST_CASE("what an agent no longer has is counted as lost, and the rest goes on") {
  World world;
  Client client(world, world.authorize("web-1"));
  client.say(hello_of(1, 4));
  client.say(kLayout);
  const std::string columns = column_of({1});
  client.say(batch_of(4, columns));
  REQUIRE(world.run_until([&] { return !client.all<wire::Ack>().empty(); }));
  wire::Gap gap;
  gap.first_sequence = 5;
  gap.last_sequence = 6;
  gap.samples = 20;
  client.say(gap);
  REQUIRE(world.run_until([&] { return client.all<wire::Ack>().back().committed == 6; }));
  const auto cursor = world.store.cursor({"web-1", hello_of(1, 4).stream});
  CHECK(cursor.lost_batches == 5);
  CHECK(cursor.lost_samples == 20);
}

TEST_CASE("a full disk stops the acknowledgements and nothing else, and ends by itself") {
  World world;
  PushingAgent agent(world, world.authorize("web-1"));
  for (int i = 0; i < 3; ++i) agent.sample(i);
  REQUIRE(world.run_until([&] { return agent.backlog.empty(); }));
  world.store.full = true;
  for (int i = 3; i < 10; ++i) agent.sample(i);
  REQUIRE(world.run_until([&] { return world.directory.counters().commit_failures > 0; }));
  CHECK_FALSE(agent.backlog.empty());
  CHECK(read_all(world.store, "m") == seconds(0, 3));
  // It asks again every two seconds and is refused each time; that must not wear out its patience.
  const auto failures = world.directory.counters().commit_failures;
  REQUIRE(
      world.run_until([&] { return world.directory.counters().commit_failures > failures + 1; }));
  world.store.full = false;
  for (int i = 10; i < 12; ++i) agent.sample(i);
  REQUIRE(world.run_until([&] { return agent.backlog.empty(); }));
  CHECK(read_all(world.store, "m") == seconds(0, 12));
  const auto cursors = world.store.cursors();
  REQUIRE(cursors.size() == 1);
  CHECK(cursors.front().second.batches == 12);
  CHECK(cursors.front().second.lost_batches == 0);
}

TEST_CASE(
    "an agent whose backlog overflowed while the aggregator was away leaves a hole of exactly that "
    "size") {
  World world;
  const auto keys = world.authorize("web-1");
  const std::string endpoint = world.endpoint;
  PushingAgent agent(world, keys, 2000);
  agent.sample(0);
  REQUIRE(world.run_until([&] { return agent.backlog.empty(); }));
  world.router.reset();
  REQUIRE(world.run_until([&] { return !agent.link.connected(); }));
  for (int i = 1; i < 60; ++i) agent.sample(i);
  const auto lost = agent.backlog.batches_given_up();
  REQUIRE(lost > 0);
  world.start(endpoint);
  REQUIRE(world.run_until([&] { return agent.backlog.empty(); }));
  std::vector<Sample> wanted = seconds(0, 1);
  for (const Sample& sample : seconds(1 + static_cast<int>(lost), 60)) wanted.push_back(sample);
  CHECK(read_all(world.store, "m") == wanted);
  CHECK(world.store.cursors().front().second.lost_batches == lost);
  CHECK(world.store.cursors().front().second.lost_samples == lost);
  CHECK(agent.link.counters().batches_resent > 0);
}

TEST_CASE(
    "an agent that comes back while its batches are being committed stores none of them twice") {
  World world;
  const auto keys = world.authorize("web-1");
  const std::string columns = column_of({1});
  // Each client sends the same ten batches of one stream, the next one before the last was
  // answered.
  std::vector<std::unique_ptr<Client>> clients;
  for (int round = 0; round < 5; ++round) {
    clients.push_back(std::make_unique<Client>(world, keys));
    clients.back()->say(hello_of(1, 1));
    clients.back()->say(kLayout);
    for (std::uint64_t sequence = 1; sequence <= 10; ++sequence)
      clients.back()->say(batch_of(sequence, columns));
  }
  const store::StreamKey stream{"web-1", hello_of(1, 1).stream};
  REQUIRE(world.run_until([&] { return world.store.cursor(stream).committed == 10; }));
  REQUIRE(world.run_until([&] { return clients.back()->all<wire::Welcome>().size() == 1; }));
  CHECK(world.store.cursor(stream).batches == 10);
  CHECK(world.store.cursor(stream).lost_batches == 0);
  CHECK(read_all(world.store, "m").size() == 10);
}

TEST_CASE("a second aggregator on the same address is refused") {
  World world;
  ingest::AgentDirectory directory;
  zmq::context_t context;
  ingest::Router second(world.loop, context, world.clock,
                        {world.endpoint, world.server_keys, milliseconds(1000)}, *world.authorized,
                        world.store, directory);
  const Status started = second.start();
  REQUIRE_FALSE(started.has_value());
  CHECK(started.error().code == ErrorCode::kAlreadyExists);
}

TEST_CASE("a revoked agent is cut off at once, without a restart") {
  World world;
  PushingAgent agent(world, world.authorize("web-1"));
  agent.sample(0);
  REQUIRE(world.run_until([&] { return agent.backlog.empty(); }));
  std::filesystem::remove(world.folder.path() + "/agents/web-1.pub");
  REQUIRE(world.run_until([&] { return agent.link.counters().refusals > 0; }));
  agent.sample(1);
  CHECK_FALSE(agent.link.connected());
  CHECK(read_all(world.store, "m") == seconds(0, 1));
}

TEST_CASE("two live processes with one key are noticed, a restarted one is not") {
  World world;
  const auto keys = world.authorize("web-1");
  const std::string columns = column_of({1});
  auto first = std::make_unique<Client>(world, keys);
  first->say(hello_of(1, 1));
  first->say(kLayout);
  first->say(batch_of(1, columns));
  REQUIRE(world.run_until([&] { return !first->all<wire::Ack>().empty(); }));
  Client second(world, keys);
  second.say(hello_of(2, 1));
  second.say(kLayout);
  second.say(batch_of(1, columns));
  REQUIRE(world.run_until([&] { return !second.all<wire::Ack>().empty(); }));
  const auto ticked = [&] {
    const auto agents = world.directory.agents();
    return agents.size() == 1 && agents.front().committed == 1;
  };
  REQUIRE(world.run_until(ticked));
  CHECK(world.directory.counters().duplicate_agents == 0);
  CHECK_FALSE(world.directory.agents().front().duplicate);
  first->say(batch_of(2, columns));
  REQUIRE(world.run_until([&] { return world.directory.counters().duplicate_agents > 0; }));
  CHECK(world.directory.agents().front().duplicate);
}

TEST_CASE(
    "a machine that was set back to an older image goes on as a new stream and loses nothing") {
  World world;
  const auto keys = world.authorize("web-1");
  {
    PushingAgent agent(world, keys);
    for (int i = 0; i < 10; ++i) agent.sample(i);
    REQUIRE(world.run_until([&] { return agent.backlog.empty(); }));
  }
  // The same stream again, from its beginning.
  PushingAgent again(world, keys);
  for (int i = 10; i < 13; ++i) again.sample(i);
  REQUIRE(world.run_until([&] { return again.backlog.empty(); }));
  CHECK(read_all(world.store, "m") == seconds(0, 13));
}
