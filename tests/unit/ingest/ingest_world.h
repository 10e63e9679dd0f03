// The router with real CURVE sockets on loopback, agents of production code, and a bare client that
// says what it likes.
#pragma once

#include <asio/io_context.hpp>

#include "agent/push/link.h"
#include "aggregator/ingest/router.h"
#include "common/codec/column.h"
#include "tests/support/store_fixture.h"

namespace headroom::test {

using std::chrono::milliseconds;

// A store that can be told to refuse commits, as a full disk does.
class FailingStore final : public store::Store {
 public:
  explicit FailingStore(std::unique_ptr<store::Store> real) : real_(std::move(real)) {}
  std::atomic<bool> full = false;

  Result<store::DefinedGroup> define_group(std::span<const Series> series) override {
    if (full) return fail(ErrorCode::kUnavailable, "No space left on device");
    return real_->define_group(series);
  }
  Status commit(std::span<const store::Append> appends) override {
    if (full) return fail(ErrorCode::kUnavailable, "No space left on device");
    return real_->commit(appends);
  }
  store::Cursor cursor(const store::StreamKey& stream) const override {
    return real_->cursor(stream);
  }
  std::vector<std::pair<store::StreamKey, store::Cursor>> cursors() const override {
    return real_->cursors();
  }
  std::vector<store::SeriesInfo> select(const store::Selector& selector,
                                        UnixMs since = kForever) const override {
    return real_->select(selector, since);
  }
  Status read(std::span<const store::SeriesId> ids, UnixMs from, UnixMs to, const Sink& sink,
              const store::ReadControl& control) const override {
    return real_->read(ids, from, to, sink, control);
  }
  Status read_windows(std::span<const store::SeriesId> ids, const store::WindowQuery& query,
                      const Sink& sink, const store::ReadControl& control) const override {
    return real_->read_windows(ids, query, sink, control);
  }
  Status decommission(std::string_view host, UnixMs at) override {
    return real_->decommission(host, at);
  }
  Status put(store::Table table, std::string_view key, std::string_view value) override {
    return real_->put(table, key, value);
  }
  Status erase(store::Table table, std::string_view key) override {
    return real_->erase(table, key);
  }
  Result<std::optional<std::string>> get(store::Table table, std::string_view key) const override {
    return real_->get(table, key);
  }
  Result<std::vector<std::pair<std::string, std::string>>> list(
      store::Table table, std::string_view prefix) const override {
    return real_->list(table, prefix);
  }
  Status flush() override { return real_->flush(); }
  Status backup(const std::string& path) override { return real_->backup(path); }
  Result<store::VerifyReport> verify(const Progress& progress) const override {
    return real_->verify(progress);
  }
  store::CardinalityReport cardinality() const override { return real_->cardinality(); }
  store::StoreStats stats() const override { return real_->stats(); }

 private:
  std::unique_ptr<store::Store> real_;
};

// An aggregator's ingest on loopback, in a folder of the test's own.
class World {
 public:
  explicit World(store::CatalogLimits limits = {})
      : store(open_store([&] {
          auto options = store_options(folder.path() + "/store");
          options.limits = limits;
          return options;
        }())) {
    std::filesystem::create_directory(folder.path() + "/agents");
    start();
  }

  void start(const std::string& listen = "tcp://127.0.0.1:*") {
    authorized = std::make_unique<ingest::AuthorizedKeys>(folder.path() + "/agents");
    REQUIRE(authorized->reload().has_value());
    ingest::RouterOptions options{listen, server_keys, milliseconds(1000)};
    router = std::make_unique<ingest::Router>(loop, context, clock, options, *authorized, store,
                                              directory);
    const Status started = router->start();
    if (!started) FAIL(started.error().message);
    endpoint = router->endpoint();
  }

  wire::KeyPair authorize(const std::string& name) {
    auto keys = *wire::generate_keys();
    REQUIRE(wire::write_public_key_file(folder.path() + "/agents/" + name + ".pub", keys.public_key)
                .has_value());
    REQUIRE(authorized->reload().has_value());
    return keys;
  }

  template <typename Done>
  bool run_until(Done done, std::chrono::seconds limit = std::chrono::seconds(20)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!done() && std::chrono::steady_clock::now() < deadline)
      loop.run_one_for(milliseconds(20));
    return done();
  }

  TempFolder folder;
  SystemClock clock;
  zmq::context_t context;  // outlives the loop, whose handlers may hold sockets
  asio::io_context loop;
  wire::KeyPair server_keys = *wire::generate_keys();
  FailingStore store;
  ingest::AgentDirectory directory;
  std::unique_ptr<ingest::AuthorizedKeys> authorized;
  std::unique_ptr<ingest::Router> router;
  std::string endpoint;
};

// A DEALER that says what a test wants and keeps what it hears.
class Client {
 public:
  Client(World& world, const wire::KeyPair& keys)
      : socket_(world.loop, world.context, zmq::socket_type::dealer) {
    socket_.raw().set(zmq::sockopt::curve_serverkey, world.server_keys.public_key);
    socket_.raw().set(zmq::sockopt::curve_publickey, keys.public_key);
    socket_.raw().set(zmq::sockopt::curve_secretkey, keys.secret_key);
    socket_.raw().connect(world.endpoint);
    socket_.start([this](wire::Frames&& frames) {
      const wire::AlignedBytes aligned(
          {static_cast<const std::uint8_t*>(frames[0].data()), frames[0].size()});
      const auto message = wire::decode(aligned.bytes());
      if (message) heard.push_back(*message);
    });
  }
  void say(const wire::Message& message) { say_bytes(*wire::encode(message)); }
  void say_bytes(const std::string& bytes) {
    wire::Frames frames;
    frames.emplace_back(bytes.data(), bytes.size());
    static_cast<void>(socket_.send(std::move(frames)));
  }
  template <typename T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const wire::Message& message : heard) {
      if (const T* one = std::get_if<T>(&message)) found.push_back(*one);
    }
    return found;
  }

  std::vector<wire::Message> heard;

 private:
  wire::ZmqSocket socket_;
};

inline wire::Hello hello_of(std::uint8_t stream, std::uint64_t first) {
  wire::Hello hello;
  hello.stream.fill(stream);
  hello.boot_id = "boot";
  hello.host_attributes = {{"service.name", "web"}};
  hello.first_unacknowledged = first;
  return hello;
}

inline const wire::Layout kLayout{1, {{"m", "1", Kind::kGauge, {}}}};

inline std::string column_of(std::vector<double> values) {
  std::string bytes;
  codec::encode_column(values, bytes);
  return bytes;
}

inline wire::Batch batch_of(std::uint64_t sequence, const std::string& columns,
                            std::uint32_t steps = 1, std::uint32_t attempt = 1) {
  return {sequence,
          attempt,
          1,
          kNoon + static_cast<UnixMs>(sequence) * 1000,
          1000,
          steps,
          codec::as_bytes(columns)};
}

// A production agent's push side, fed by the test.
struct PushingAgent {
  PushingAgent(World& world, const wire::KeyPair& keys, std::size_t backlog_bytes = 1 << 20)
      : backlog({1, 2, 3}, backlog_bytes),
        link(world.loop, world.context, options(world, keys), backlog, Random(1), {}) {
    sheet.add_series({"m", "1", Kind::kGauge, {}});
    link.start();
  }
  static agent::LinkOptions options(World& world, const wire::KeyPair& keys) {
    agent::LinkOptions options;
    options.endpoint = world.endpoint;
    options.server_key = world.server_keys.public_key;
    options.keys = keys;
    options.boot_id = "boot";
    options.host_attributes = {{"service.name", "web"}};
    options.backoff_least = milliseconds(50);
    options.backoff_most = milliseconds(200);
    return options;
  }
  void sample(int second) {
    sheet.clear_values();
    sheet.set(0, second);
    static_cast<void>(batcher.add(kNoon + second * 1000, sheet));
    backlog.push(*batcher.close());
    link.wake();
  }

  agent::SampleSheet sheet;
  agent::Batcher batcher{1000};
  agent::Backlog backlog;
  agent::Link link;
};

inline std::vector<Sample> seconds(int from, int to) {
  std::vector<Sample> samples;
  for (int i = from; i < to; ++i) samples.push_back({kNoon + i * 1000, static_cast<double>(i)});
  return samples;
}

}  // namespace headroom::test
