// Forecasts held against what happened: counted once, kept over restarts, within limits.
#include "aggregator/capacity/ledger.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "aggregator/capacity/forecaster.h"
#include "aggregator/forecast/calendar/builtin.h"
#include "aggregator/forecast/calibration.h"
#include "aggregator/forecast/random_walk.h"
#include "tests/support/store_fixture.h"

using namespace headroom;
using namespace headroom::test;
using namespace headroom::capacity;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

namespace {

constexpr milliseconds kStep = minutes(5);

// A host whose demand, every ten seconds, is what `demand` says of the time.
class World {
 public:
  World() { reopen(); }

  void reopen() {
    store.reset();
    store = open_store(folder.path() + "/s");
  }

  template <typename Demand>
  void fill(UnixMs from, UnixMs to, Demand demand) {
    Attributes attributes{{std::string(kHostAttribute), "web-1"},
                          {std::string(kResourceAttribute), "CPU"},
                          {std::string(kServiceAttribute), "web"}};
    normalize(attributes);
    const auto group = store->define_group(
        std::vector<Series>{{std::string(kDemandMetric), std::string(unit_of(Resource::kCpu)),
                             Kind::kGauge, attributes}});
    REQUIRE(group.has_value());
    constexpr UnixMs kBatch = 3'600'000;
    for (UnixMs begin = from; begin < to; begin += kBatch) {
      std::vector<double> values;
      for (UnixMs time = begin; time < std::min(to, begin + kBatch); time += 10'000) {
        values.push_back(demand(time));
      }
      auto append = append_of("web", ++sequence, group->id, begin, {values}, 10'000);
      REQUIRE(store->commit(std::vector{append}).has_value());
    }
  }

  TempFolder folder;
  std::unique_ptr<store::Store> store;
  std::uint64_t sequence = 0;
};

// A forecast from kNoon on of 10 at every step, between 8 and 12.
forecast::Forecast tens(std::size_t steps, milliseconds step = kStep) {
  forecast::Forecast made;
  made.model = "naive";
  for (std::size_t i = 0; i < steps; ++i) {
    made.points.push_back({kNoon + static_cast<UnixMs>(i) * step.count(), 10, {{0.8, 8, 12}}});
  }
  return made;
}

// The demand was 13 before.
DemandHistory thirteens(milliseconds step = kStep) {
  DemandHistory history;
  history.start = kNoon - 12 * step.count();
  history.step = step;
  history.demand.assign(12, 13.0);
  return history;
}

const Score* score_of(const std::vector<Accuracy>& all, std::size_t bucket) {
  for (const Accuracy& one : all) {
    for (const ModelScore& score : one.scores) {
      if (score.bucket == bucket) return &score.score;
    }
  }
  return nullptr;
}

}  // namespace

TEST_CASE("a point counts for error, bias, the naive's error and each side of its interval") {
  Score score;
  const ForecastPoint point{0, kStep, hours(1), "naive", 10, 13, {{0.8, 8, 12}, {0.95, 5, 15}}};
  add_to(score, point, 14);
  CHECK(score.mae() == 4);
  CHECK(score.bias() == 4);
  CHECK(score.relative() == 4);  // the naive missed by 1
  add_to(score, point, 7);
  CHECK(score.counted == 2);
  // The older point counts for 0.999 of the newer.
  CHECK(score.mae() == Approx((4 * 0.999 + 3) / 1.999));
  CHECK(score.bias() == Approx((4 * 0.999 - 3) / 1.999));
  REQUIRE(score.levels.size() == 2);
  CHECK(score.levels[0].above == Approx(0.999));
  CHECK(score.levels[0].below == 1);
  CHECK(score.levels[1].above == 0);
  // However many there were, the newest thousand or so decide.
  for (int i = 0; i < 20'000; ++i) add_to(score, point, 10);
  CHECK(score.points == Approx(kRemembered).epsilon(0.01));
  CHECK(score.mae() < 1e-6);
}

TEST_CASE("a score holds sixteen levels and ignores further ones") {
  Score score;
  ForecastPoint point{0, kStep, hours(1), "naive", 10, 13, {}};
  for (std::size_t i = 0; i <= kLevelsScored; ++i) {
    point.intervals = {{0.5 + 0.01 * static_cast<double>(i), 8, 12}};
    add_to(score, point, 14);
  }
  REQUIRE(score.levels.size() == kLevelsScored);
  CHECK(score.levels.back().level == Approx(0.65));
  // The error of such a point counts all the same, and known levels still learn.
  CHECK(score.counted == kLevelsScored + 1);
  point.intervals = {{0.5, 8, 12}};
  add_to(score, point, 14);
  CHECK(score.levels.front().above > 1);
}

TEST_CASE("leads fall into the bucket that ends at or after them") {
  CHECK(lead_bucket(minutes(5)) == 0);
  CHECK(lead_bucket(hours(1)) == 0);
  CHECK(lead_bucket(minutes(61)) == 1);
  CHECK(lead_bucket(hours(24)) == 2);
  CHECK(lead_bucket(hours(24 * 7)) == 3);
  CHECK(lead_bucket(hours(24 * 3650)) == 5);
}

TEST_CASE("the seasonal naive repeats the newest season whose value is known") {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> values{1, 2, 3, 4, 5, 6, 7, unknown};
  CHECK(seasonal_naive(values, 4, 1) == 5);
  CHECK(seasonal_naive(values, 4, 4) == 4);
  CHECK(seasonal_naive(values, 4, 5) == 5);
  CHECK(seasonal_naive(values, 0, 3) == 7);
  CHECK(std::isnan(seasonal_naive(std::vector<double>{unknown}, 0, 1)));
}

TEST_CASE("a forecast is scored once when the truth is there, and stays so over a restart") {
  World world;
  world.fill(kNoon - kHour, kNoon + 2 * kHour, [](UnixMs) { return 14.0; });
  {
    const DemandReader reader(*world.store, {});
    Ledger ledger(reader, *world.store);
    REQUIRE(ledger.put_down("web", Resource::kCpu, kNoon, thirteens(), tens(36)));
    // Nothing has happened yet.
    REQUIRE(ledger.settle(kNoon + 1000));
    REQUIRE(ledger.accuracy("web", Resource::kCpu)->size() == 1);
    CHECK(ledger.accuracy("web", Resource::kCpu)->front().scores.empty());
    REQUIRE(ledger.settle(kNoon + 2 * kHour));
    REQUIRE(ledger.settle(kNoon + 2 * kHour));
    const auto all = ledger.accuracy("web", Resource::kCpu);
    const Score* score = score_of(*all, 0);
    REQUIRE(score != nullptr);
    CHECK(score->counted == 3);  // 5 min, 20 min and an hour ahead
    CHECK(score->mae() == Approx(4));
    CHECK(score->bias() == Approx(4));
    CHECK(score->relative() == Approx(4));
    CHECK(score->levels.at(0).above == Approx(score->points));
  }
  world.reopen();
  const DemandReader reader(*world.store, {});
  Ledger ledger(reader, *world.store);
  REQUIRE(ledger.settle(kNoon + 2 * kHour));
  CHECK(score_of(*ledger.accuracy("", std::nullopt), 0)->counted == 3);
  CHECK(ledger.accuracy("db", std::nullopt)->empty());
  const auto experience = ledger.experience("web", Resource::kCpu, hours(24));
  REQUIRE(experience);
  REQUIRE(experience->models.size() == 1);
  CHECK(experience->models[0].model == "naive");
  CHECK(experience->models[0].relative_error == Approx(4));
  REQUIRE(experience->levels.size() == 1);
  CHECK(experience->levels[0].above == Approx(1));
  CHECK(experience->levels[0].below == 0);
  CHECK(ledger.experience("db", Resource::kCpu, hours(24))->models.empty());
}

TEST_CASE("what is learnt of an interval is about its bounds before calibration") {
  World world;
  world.fill(kNoon - kHour, kNoon + 2 * kHour, [](UnixMs) { return 11.5; });
  const DemandReader reader(*world.store, {});
  Ledger ledger(reader, *world.store);
  forecast::Forecast stretched = tens(36);
  stretched.calibration = {{1, 2}};
  REQUIRE(ledger.put_down("web", Resource::kCpu, kNoon, thirteens(), stretched));
  REQUIRE(ledger.settle(kNoon + 2 * kHour));
  // 8 to 12 holds the truth, 8 to 11 would not have.
  const auto all = ledger.accuracy("web", Resource::kCpu);
  const Score* score = score_of(*all, 0);
  REQUIRE(score != nullptr);
  CHECK(score->levels.at(0).above == Approx(score->points));
  CHECK(score->levels.at(0).below == 0);
}

TEST_CASE("intervals that assume half of the errors' spread come to hold what they claim") {
  constexpr double kValue = 100;
  constexpr double kSpread = 2;         // of the errors; the raw bounds are those of a spread of 1
  constexpr double kNormal = 1.959964;  // quantile of 97.5 %
  const auto held = [](double factor) {
    return std::erf(kNormal * factor / kSpread / std::sqrt(2.0)) / 2;
  };
  std::array<Score, kLeads.size()> scores;
  std::mt19937_64 random(1);
  double coverage = 0;
  constexpr std::size_t kRounds = 30'000;
  constexpr std::size_t kLearning = 10'000;
  for (std::size_t round = 0; round < kRounds; ++round) {
    forecast::Experience::OfLevel sum{0.95, 0, 0, 0};
    for (const Score& score : scores) {
      if (score.levels.empty()) continue;
      sum.below += score.levels[0].below;
      sum.above += score.levels[0].above;
      sum.points += score.levels[0].points;
    }
    sum.below /= std::max(sum.points, 1.0);
    sum.above /= std::max(sum.points, 1.0);
    forecast::Experience experience;
    experience.levels = {sum};
    const auto factors = forecast::calibration_of(0.95, &experience);
    const auto bounds = forecast::calibrated({-kNormal, kNormal}, 0.95, &experience);
    if (round >= kLearning) coverage += held(factors.lower) + held(factors.upper);
    const forecast::Point point{0, kValue, {{0.95, kValue + bounds.lower, kValue + bounds.upper}}};
    const double share = (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53;
    add_to(scores[round % scores.size()],
           {0, kStep, hours(1), "naive", kValue, kValue,
            forecast::uncalibrated(point, std::vector{factors}, 0)},
           kValue + kSpread * forecast::normal_quantile(share));
  }
  coverage /= static_cast<double>(kRounds - kLearning);
  CHECK(coverage > 0.93);
  CHECK(coverage < 0.97);
}

TEST_CASE("a point without a truth is given up after an hour") {
  World world;
  world.fill(kNoon - kHour, kNoon, [](UnixMs) { return 14.0; });
  const DemandReader reader(*world.store, {});
  Ledger ledger(reader, *world.store);
  REQUIRE(ledger.put_down("web", Resource::kCpu, kNoon, thirteens(), tens(36)));
  const std::size_t before = ledger.accuracy("web", std::nullopt)->front().waiting;
  CHECK(before == 3);
  REQUIRE(ledger.settle(kNoon + kHour));
  CHECK(ledger.accuracy("web", std::nullopt)->front().waiting == 3);
  REQUIRE(ledger.settle(kNoon + 3 * kHour));
  CHECK(ledger.accuracy("web", std::nullopt)->front().waiting == 0);
  CHECK(ledger.accuracy("web", std::nullopt)->front().scores.empty());
}

TEST_CASE("a service that is gone for ninety days makes room in the ledger") {
  World world;
  world.fill(kNoon - kHour, kNoon + 2 * kHour, [](UnixMs) { return 14.0; });
  const DemandReader reader(*world.store, {});
  Ledger ledger(reader, *world.store);
  // As older versions wrote them: nobody knows when anything was put down last.
  const std::string old = "accuracy/old/" + std::string(to_string(Resource::kCpu));
  REQUIRE(world.store->put(
      store::Table::kState, old,
      R"({"service": "old", "resource": "CPU", "put_down": [], "waiting": [], "scores": []})"));
  REQUIRE(ledger.put_down("web", Resource::kCpu, kNoon, thirteens(), tens(36)));
  const UnixMs settled = kNoon + 2 * kHour;
  REQUIRE(ledger.settle(settled));
  REQUIRE(ledger.settle(kNoon + kLedgerForgets.count() - 1));
  CHECK(ledger.accuracy("", std::nullopt)->size() == 2);
  REQUIRE(ledger.settle(kNoon + kLedgerForgets.count()));
  REQUIRE(ledger.accuracy("", std::nullopt)->size() == 1);
  CHECK(ledger.accuracy("", std::nullopt)->front().service == "old");
  // That one counts from when it was first seen.
  REQUIRE(ledger.settle(settled + kLedgerForgets.count()));
  CHECK(ledger.accuracy("", std::nullopt)->empty());
}

TEST_CASE("an entry that cannot be read hides no other and gives way to a fresh one") {
  World world;
  world.fill(kNoon - kHour, kNoon, [](UnixMs) { return 14.0; });
  const std::string key = "accuracy/db/" + std::string(to_string(Resource::kCpu));
  REQUIRE(world.store->put(store::Table::kState, key, "{"));
  const DemandReader reader(*world.store, {});
  Ledger ledger(reader, *world.store);
  REQUIRE(ledger.put_down("web", Resource::kCpu, kNoon, thirteens(), tens(36)));
  const auto others = ledger.accuracy("", std::nullopt);
  REQUIRE(others);
  REQUIRE(others->size() == 1);
  CHECK(others->front().service == "web");
  CHECK(ledger.settle(kNoon).error().code == ErrorCode::kCorruption);
  REQUIRE(ledger.put_down("db", Resource::kCpu, kNoon, thirteens(), tens(36)));
  CHECK(ledger.accuracy("", std::nullopt)->size() == 2);
  CHECK(ledger.settle(kNoon));
}

TEST_CASE("however often forecasts are made, few points wait") {
  World world;
  world.fill(kNoon - kHour, kNoon, [](UnixMs) { return 14.0; });
  const DemandReader reader(*world.store, {});
  Ledger ledger(reader, *world.store);
  for (int i = 0; i < 300; ++i) {
    REQUIRE(ledger.put_down("web", Resource::kCpu, kNoon + i * 1000, thirteens(), tens(36)));
  }
  // All within one step, so from one history: each of the three leads once.
  CHECK(ledger.accuracy("web", std::nullopt)->front().waiting == 3);
  // And never more than the limit.
  for (int i = 0; i < 1500; ++i) {
    REQUIRE(ledger.put_down("web", Resource::kCpu, kNoon + i * kStep.count(), thirteens(),
                            tens(10'000)));
  }
  CHECK(ledger.accuracy("web", std::nullopt)->front().waiting == kWaitingMost);
}

TEST_CASE("leads that lie within one step are one point") {
  World world;
  world.fill(kNoon - kHour, kNoon, [](UnixMs) { return 14.0; });
  const DemandReader reader(*world.store, {});
  Ledger ledger(reader, *world.store);
  const auto waiting = [&] { return ledger.accuracy("web", std::nullopt)->front().waiting; };
  const auto put_down = [&](UnixMs now) {
    REQUIRE(ledger.put_down("web", Resource::kCpu, now, thirteens(hours(1)), tens(2, hours(1))));
  };
  put_down(kNoon);
  // 5 min and 20 min ahead are in the first hour, 60 min ahead is in the second.
  CHECK(waiting() == 2);
  // An hour later 5 min and 20 min ahead are in the second, which waits in the same bucket.
  put_down(kNoon + kHour);
  CHECK(waiting() == 2);
  // Another model's word for the same hour is another point.
  forecast::Forecast other = tens(2, hours(1));
  other.model = "theta";
  REQUIRE(ledger.put_down("web", Resource::kCpu, kNoon + kHour, thirteens(hours(1)), other));
  CHECK(waiting() == 3);
}

TEST_CASE("a forecaster's own forecasts are scored, and each can be looked up") {
  World world;
  const auto demand = [](UnixMs time) {
    return 10 + 3 * std::sin(static_cast<double>(time % kDay) / kDay * 6.283185307);
  };
  world.fill(kNoon - 4 * kDay, kNoon + kDay, demand);
  const DemandReader reader(*world.store, {});
  Forecaster forecaster(reader, *world.store);
  ForecastRequest request;
  request.service = "web";
  request.horizon = hours(24);
  const auto record = forecaster.make(request, kNoon);
  REQUIRE(record);
  CHECK(forecaster.accuracy_of(record->id, kNoon)->empty());
  const auto scores = forecaster.accuracy_of(record->id, kNoon + kDay);
  REQUIRE(scores);
  REQUIRE(scores->size() == 3);  // up to an hour, six hours and a day
  std::uint64_t counted = 0;
  for (const ModelScore& one : *scores) {
    counted += one.score.counted;
    CHECK(one.score.mae() < 0.5);  // of a wave between 7 and 13
  }
  CHECK(counted == record->forecast.points.size());
  REQUIRE(forecaster.ledger().settle(kNoon + kDay));
  CHECK(forecaster.ledger().accuracy("web", Resource::kCpu)->front().scores.size() == 3);
  CHECK(!forecaster.accuracy_of("fc-none", kNoon));
}

TEST_CASE("a forecast that its request shaped is kept and looked up but teaches nothing") {
  World world;
  world.fill(kNoon - 4 * kHour, kNoon + kHour,
             [](UnixMs time) { return 10 + static_cast<double>(time / 60'000 % 7); });
  const DemandReader reader(*world.store, {});
  Forecaster forecaster(reader, *world.store);
  const auto make = [&](const auto& shape) {
    ForecastRequest request;
    request.service = "web";
    request.horizon = hours(1);
    shape(request);
    const auto record = forecaster.make(request, kNoon);
    REQUIRE(record);
    return record->id;
  };
  const std::string named = make([](ForecastRequest& request) { request.model = "naive"; });
  make([](ForecastRequest& request) { request.budget = std::chrono::microseconds(1); });
  make([](ForecastRequest& request) {
    request.calendar = *forecast::find_builtin_calendar("XNYS");
  });
  CHECK(forecaster.ledger().accuracy("web", std::nullopt)->empty());
  CHECK(forecaster.list("web", std::nullopt)->size() == 3);
  CHECK(!forecaster.accuracy_of(named, kNoon + kHour)->empty());
  make([](const ForecastRequest&) {});
  CHECK(forecaster.ledger().accuracy("web", std::nullopt)->size() == 1);
}

TEST_CASE("stored forecasts are pruned by what is kept, whatever is made between") {
  World world;
  world.fill(kNoon - 2 * kHour, kNoon, [](UnixMs) { return 14.0; });
  for (int i = 0; i < 600; ++i) {
    const std::string key = "forecast/fc-0-" + std::to_string(1000 + i);
    REQUIRE(world.store->put(store::Table::kState, key, "{}"));
  }
  const DemandReader reader(*world.store, {});
  Forecaster forecaster(reader, *world.store);
  ForecastRequest request;
  request.service = "web";
  request.horizon = hours(1);
  const auto stored = [&] { return world.store->list(store::Table::kState, "forecast/")->size(); };
  // A restart may have come before any clean-up: the first one kept makes up for it.
  REQUIRE(forecaster.make(request, kNoon));
  CHECK(stored() == kForecastsKept);
  for (int i = 1; i < 50; ++i) {
    REQUIRE(forecaster.make(request, kNoon + i, false));
    REQUIRE(forecaster.make(request, kNoon + i, true));
  }
  CHECK(stored() == kForecastsKept + 49);
  REQUIRE(forecaster.make(request, kNoon + 50));
  CHECK(stored() == kForecastsKept);
}
