#include "agent/sampler.h"

#include <asio/io_context.hpp>

#include "tests/support/catch.h"

using namespace headroom;
using namespace headroom::agent;
using std::chrono::milliseconds;

namespace {

constexpr UnixMs kStepMs = 20;

// The real steady clock, and a system clock that a test can set.
class SettableClock final : public Clock {
 public:
  UnixMs unix_ms() const override { return real_.unix_ms() + offset; }
  std::chrono::steady_clock::time_point steady() const override { return real_.steady(); }
  UnixMs offset = 0;

 private:
  SystemClock real_;
};

class Counting final : public Collector {
 public:
  explicit Counting(std::string failure) : failure_(std::move(failure)) {}
  Status collect(const Tick& tick, SampleSheet& sheet) override {
    if (!failure_.empty()) return fail(ErrorCode::kNotFound, failure_);
    sheet.set(sheet.add_series({"elapsed", "ms", Kind::kGauge, {}}),
              std::chrono::duration<double, std::milli>(tick.elapsed).count());
    return {};
  }

 private:
  std::string failure_;
};

struct World {
  World() {
    std::vector<Sampler::Named> collectors(2);
    collectors[0].name = "broken";
    collectors[0].collector = std::make_unique<Counting>("no such file");
    collectors[1].name = "good";
    collectors[1].collector = std::make_unique<Counting>("");
    sampler = std::make_unique<Sampler>(
        loop, clock, milliseconds(kStepMs), std::move(collectors),
        [this](UnixMs time, SampleSheet& sheet) {
          times.push_back(time);
          values.push_back(sheet.values().empty() ? missing_value() : sheet.values().front());
        });
  }
  // Runs until so many more samples were taken; gives up after ten seconds.
  bool run(std::size_t more) {
    const std::size_t wanted = times.size() + more;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (times.size() < wanted && std::chrono::steady_clock::now() < deadline) {
      loop.run_one_for(milliseconds(50));
    }
    return times.size() >= wanted;
  }

  asio::io_context loop;
  SettableClock clock;
  std::unique_ptr<Sampler> sampler;
  std::vector<UnixMs> times;
  std::vector<double> values;
};

}  // namespace

TEST_CASE(
    "samples are stamped on the grid, each point once, and a broken collector stops no other") {
  World world;
  world.sampler->start();
  REQUIRE(world.run(10));
  for (std::size_t i = 0; i < world.times.size(); ++i) {
    CHECK(world.times[i] % kStepMs == 0);
    if (i > 0) CHECK(world.times[i] > world.times[i - 1]);
    CHECK_FALSE(is_missing(world.values[i]));
  }
  CHECK(world.values[0] == 0);  // nothing came before the first
  CHECK(world.sampler->counters().failures == world.times.size());
}

TEST_CASE("a system clock that jumps ahead leaves a counted hole and the sampling goes on") {
  World world;
  world.sampler->start();
  REQUIRE(world.run(3));
  const UnixMs before = world.times.back();
  world.clock.offset += 3'600'000;
  REQUIRE(world.run(3));
  CHECK(world.times.back() >= before + 3'600'000);
  CHECK(world.sampler->counters().missed >= 3'600'000 / kStepMs - 1);
  // Rates are told by the steady clock: no hour passed.
  CHECK(world.values.back() < 60'000);
}

TEST_CASE("a system clock that is set back is followed at once, not waited for") {
  World world;
  world.sampler->start();
  REQUIRE(world.run(3));
  const UnixMs before = world.times.back();
  world.clock.offset -= 3'600'000;
  REQUIRE(world.run(3));
  CHECK(world.times.back() < before - 3'000'000);
  CHECK(world.sampler->counters().clock_steps == 1);
}

TEST_CASE("replaced collectors end the series of the old ones") {
  World world;
  world.sampler->start();
  REQUIRE(world.run(2));
  CHECK(world.sampler->sheet().series().size() == 1);
  world.sampler->replace_collectors({});
  REQUIRE(world.run(1));
  CHECK(world.sampler->sheet().series()[0].metric.empty());
}
