// Power is lost at any of the writes that commits, flushes and roll-ups are made of.
#include <map>
#include <random>

#include "tests/support/lossy_file_system.h"
#include "tests/support/seed.h"
#include "tests/support/store_fixture.h"

using namespace headroom;
using namespace headroom::test;

namespace {

const std::vector<Series> kHost{{"m", "1", Kind::kGauge, {{"host.name", "h1"}}},
                                {"n", "1", Kind::kCounter, {{"host.name", "h1"}}}};

// What was acknowledged, told apart from the store.
struct Ledger {
  std::map<UnixMs, double> acknowledged;
  std::map<UnixMs, double> unknown;  // the commit that failed: all of it is there, or nothing
  std::uint64_t sequence = 0;        // the last one acknowledged
};

constexpr UnixMs kStep = 1000;
constexpr int kSteps = 5;

// Commits and flushes until the power goes.
void work(store::Store& store, const LossyFileSystem& disk, Ledger& ledger, SettableClock& clock,
          std::mt19937_64& random, UnixMs& next) {
  const auto group = store.define_group(kHost);
  if (!group) return;
  for (int i = 0; i < 1000; ++i) {
    std::map<UnixMs, double> samples;
    std::vector<double> values;
    for (int k = 0; k < kSteps; ++k) {
      values.push_back(static_cast<double>(random() % 1000));
      samples[next + k * kStep] = values.back();
    }
    const auto done = store.commit(
        std::vector{append_of("h1", ledger.sequence + 1, group->id, next, {values, values})});
    if (!done || disk.lost()) {
      ledger.unknown = samples;
      return;
    }
    ++ledger.sequence;
    ledger.acknowledged.insert(samples.begin(), samples.end());
    next += kSteps * kStep;
    // Two hours pass in a few rounds, so that windows close, merge and are rolled up.
    if (random() % 8 == 0) next += 1'800'000;
    clock.set(next);
    if (random() % 5 == 0 && (!store.flush() || disk.lost())) return;
  }
}

}  // namespace

TEST_CASE("what was acknowledged survives the loss of power at any write, exactly once") {
  const auto seed = test_seed();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int history = 0; history < 6; ++history) {
    const TempFolder folder;
    SettableClock clock(kNoon);
    Ledger ledger;
    UnixMs next = kNoon;
    for (int round = 0; round < 12; ++round) {
      INFO("history " << history << " round " << round);
      const auto disk = std::make_shared<LossyFileSystem>(random());
      const auto env = rocksdb::NewCompositeEnv(disk);
      auto options = store_options(folder.path() + "/s");
      options.clock = &clock;
      options.env = env.get();
      options.head_bytes = 16u << 10;
      disk->lose_power_after(20 + random() % 800);
      {
        auto opened = store::rocks::open(options);
        if (opened) work(**opened, *disk, ledger, clock, random, next);
      }
      disk->restore();

      options.env = nullptr;
      const auto store = open_store(options);
      CHECK(store->stats().batches_stored_twice == 0);
      CHECK_FALSE(store->stats().read_only);
      // The commit that failed may be there after all; then its cursor is, too.
      const std::uint64_t committed = store->cursor(stream_of("h1")).committed;
      if (committed == ledger.sequence + 1) {
        ledger.acknowledged.insert(ledger.unknown.begin(), ledger.unknown.end());
        ++ledger.sequence;
        next += kSteps * kStep;
      }
      ledger.unknown.clear();
      REQUIRE(committed == ledger.sequence);
      const auto series = ledger.sequence > 0 ? read_all(*store, "m") : std::vector<Sample>();
      std::vector<Sample> wanted;
      for (const auto& [time, value] : ledger.acknowledged) wanted.push_back({time, value});
      REQUIRE(series == wanted);
      const auto report = store->verify({});
      REQUIRE(report.has_value());
      CHECK(report->problem_count == 0);
      // Rollups agree with the samples, whatever was written when.
      if (!wanted.empty()) {
        const store::WindowQuery all{kNoon / kDay * kDay, kNoon / kDay * kDay + 30 * kDay,
                                     30 * kDay, store::Aggregate::kCount, 0.5};
        const auto counted = read_windows(*store, "m", all);
        REQUIRE(counted.size() == 1);
        CHECK(counted[0].value == static_cast<double>(wanted.size()));
      }
    }
  }
}
