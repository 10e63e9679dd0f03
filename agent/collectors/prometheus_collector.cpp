// Metrics of other programs on this host, scraped from their Prometheus endpoints. Off by default;
// it only goes to the loopback.
//
// All targets are fetched and parsed one after the other in a quarantine; what they brought is
// picked up at a later grid point and repeated until the next round.
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "agent/collectors/cadence.h"
#include "agent/collectors/device_table.h"
#include "agent/collectors/first_failure.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/quarantine.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"
#include "agent/scrape/exposition.h"
#include "agent/scrape/http.h"

namespace headroom::agent {
namespace {

constexpr std::string_view kInstance = "service.instance.id";
constexpr std::array<SeriesSpec, 1> kUpSpecs{{{"headroom.agent.scrape.up", "1"}}};
constexpr std::string_view kDropped = "headroom.agent.scrape.dropped";
constexpr std::string_view kReason = "headroom.agent.scrape.reason";
constexpr std::array<SeriesSpec, 3> kOwnSpecs{{
    {kDropped, "{drop}", Kind::kCounter, kReason, "malformed"},
    {kDropped, "{drop}", Kind::kCounter, kReason, "labels"},
    {kDropped, "{drop}", Kind::kCounter, kReason, "series_limit"},
}};
// Without a finished round for so many intervals nothing is repeated any more.
constexpr int kIntervalsUntilStale = 3;

// Owned by the quarantine's thread while a round runs, by the collector otherwise.
struct Round {
  explicit Round(const scrape::Options& wanted) : options(wanted), targets(wanted.targets.size()) {}

  struct Target {
    Status done;
    std::vector<scrape::Point> points;
  };

  void run() {
    std::size_t room = scrape::kMaxSeries;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      Target& target = targets[i];
      target.points.clear();
      target.done = http.get(options.targets[i], body);
      if (!target.done) continue;
      target.points = scrape::parse_exposition(body, options.metrics, room, refused);
      room -= target.points.size();
    }
    // Megabytes need not lie there until the next round.
    std::string().swap(body);
  }

  const scrape::Options options;
  std::vector<Target> targets;
  scrape::Refused refused;  // of all rounds
  scrape::Http http;
  std::string body;
};

struct Shown {
  Slot slot = SampleSheet::kNoSlot;
  double value = kUnknown;
};

// What a target brought last.
struct Target {
  explicit Target(std::string_view url)
      : instance(scrape::local_authority(url).value_or(url)),
        up(kUpSpecs, {{std::string(kInstance), instance}}) {}

  std::string instance;
  SeriesGroup up;
  double is_up = kUnknown;
  DeviceTable<Shown> series{2 * scrape::kMaxSeries};  // for a moment old and new ones
};

class PrometheusCollector final : public Collector {
 public:
  explicit PrometheusCollector(const CollectorOptions& options)
      : options_(options.scrape), cadence_(options.scrape.interval) {
    for (const std::string& url : options_.targets) {
      targets_.push_back(std::make_unique<Target>(url));
    }
    if (!targets_.empty()) round_ = std::make_shared<Round>(options_);
  }

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    if (targets_.empty()) return {};
    age_ += tick.elapsed;
    if (asked_ && !quarantine_.busy()) pick_up(sheet);
    const bool due = cadence_.due(tick);
    if (due && !asked_) asked_ = quarantine_.start([round = round_] { round->run(); });
    const bool fresh = age_ <= kIntervalsUntilStale * options_.interval + scrape::kTimeout;
    for (const auto& target : targets_) show(*target, fresh, sheet);
    if (!picked_up_) return status_;
    const scrape::Refused& refused = refused_;
    own_.set(sheet, 0, static_cast<double>(refused.malformed));
    own_.set(sheet, 1, static_cast<double>(refused.labels));
    own_.set(sheet, 2, static_cast<double>(refused.limit));
    return fresh ? status_ : fail(ErrorCode::kUnavailable, "scraping does not come to an end");
  }

 private:
  void pick_up(SampleSheet& sheet) {
    asked_ = false;
    picked_up_ = true;
    age_ = {};
    refused_ = round_->refused;
    FirstFailure failure;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      Round::Target& brought = round_->targets[i];
      if (!brought.done) failure.add(brought.done.error());
      take(brought, *targets_[i], sheet);
      // Their memory is not needed until the next round.
      std::vector<scrape::Point>().swap(brought.points);
    }
    status_ = failure.status();
  }

  // A target that does not answer keeps its series, without values.
  static void take(Round::Target& brought, Target& target, SampleSheet& sheet) {
    target.is_up = brought.done ? 1 : 0;
    target.series.for_each([](Shown& shown) { shown.value = kUnknown; });
    if (!brought.done) return;
    target.series.begin_walk();
    for (scrape::Point& point : brought.points) {
      Shown* const shown = target.series.visit(point.key, [&](std::string_view) {
        point.series.attributes.push_back({std::string(kInstance), target.instance});
        return Shown{sheet.add_series(std::move(point.series)), kUnknown};
      });
      if (shown != nullptr && std::isfinite(point.value)) shown->value = point.value;
    }
    target.series.drop_unseen([&](Shown& shown) { sheet.retire(shown.slot); });
  }

  static void show(Target& target, bool fresh, SampleSheet& sheet) {
    target.up.set(sheet, 0, fresh ? target.is_up : kUnknown);
    if (!fresh) return;
    target.series.for_each([&](const Shown& shown) {
      if (std::isfinite(shown.value)) sheet.set(shown.slot, shown.value);
    });
  }

  scrape::Options options_;
  Cadence cadence_;
  std::vector<std::unique_ptr<Target>> targets_;
  std::shared_ptr<Round> round_;
  bool asked_ = false;
  bool picked_up_ = false;
  std::chrono::nanoseconds age_{0};
  Status status_;
  scrape::Refused refused_;
  SeriesGroup own_{kOwnSpecs};
  // Idle it keeps no thread for longer than half an interval.
  Quarantine quarantine_{std::chrono::seconds(1)};
};

}  // namespace

std::unique_ptr<Collector> make_prometheus_collector(const CollectorOptions& options) {
  return std::make_unique<PrometheusCollector>(options);
}

}  // namespace headroom::agent
