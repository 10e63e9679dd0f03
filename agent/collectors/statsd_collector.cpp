// What applications of this host tell over StatsD: counters, gauges, timings with quantiles, and
// where the configuration says so the resources QUEUE_DEPTH and API_CALLS.
//
// The sockets are read at each grid point; in between the kernel keeps what was sent. No thread,
// and nothing of the sort while the collector is off, which it is by default.
#include <algorithm>
#include <array>

#include "agent/collectors/cadence.h"
#include "agent/collectors/first_failure.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"
#include "agent/statsd/sockets.h"
#include "agent/statsd/store.h"

namespace headroom::agent {
namespace {

using statsd::Entry;
using statsd::Type;

// Per socket. What is beyond stays with the kernel, which drops and counts what it has no room for.
constexpr std::size_t kDatagramsPerSecond = 20'000;
constexpr std::chrono::seconds kLongestInterval{10};
// How often a socket that could not be had is tried again.
constexpr std::chrono::seconds kRetry{10};

constexpr std::string_view kReason = "headroom.agent.statsd.reason";
constexpr std::string_view kDropped = "headroom.agent.statsd.dropped";
constexpr std::array<SeriesSpec, statsd::kDrops + 2> kOwnSpecs{{
    {kDropped, "{drop}", Kind::kCounter, kReason, "malformed"},
    {kDropped, "{drop}", Kind::kCounter, kReason, "name"},
    {kDropped, "{drop}", Kind::kCounter, kReason, "tags"},
    {kDropped, "{drop}", Kind::kCounter, kReason, "series_limit"},
    {kDropped, "{drop}", Kind::kCounter, kReason, "truncated"},
    {kDropped, "{drop}", Kind::kCounter, kReason, "queue_full"},
    {"headroom.agent.statsd.datagrams", "{datagram}", Kind::kCounter},
    {"headroom.agent.statsd.series", "{series}"},
}};

// The series of a timing, in the order of an entry's slots.
struct Statistic {
  std::string_view suffix;
  bool has_unit;  // else it is a number of events
  Kind kind;
};
constexpr std::array<Statistic, 7> kStatistics{{{".count", false, Kind::kCounter},
                                                {".sum", true, Kind::kCounter},
                                                {".min", true, Kind::kGauge},
                                                {".max", true, Kind::kGauge},
                                                {".p50", true, Kind::kGauge},
                                                {".p90", true, Kind::kGauge},
                                                {".p99", true, Kind::kGauge}}};

void add_series(Entry& entry, SampleSheet& sheet) {
  if (!entry.sketch) {
    entry.slots = {sheet.add_series(entry.series)};
    return;
  }
  for (const Statistic& statistic : kStatistics) {
    Series series = entry.series;
    series.metric += statistic.suffix;
    if (!statistic.has_unit) series.unit = "{event}";
    series.kind = statistic.kind;
    entry.slots.push_back(sheet.add_series(std::move(series)));
  }
}

void set(SampleSheet& sheet, Slot slot, double value) {
  if (value == value) sheet.set(slot, value);
}

void publish(Entry& entry, SampleSheet& sheet) {
  if (entry.slots.empty()) add_series(entry, sheet);
  if (!entry.sketch) return sheet.set(entry.slots[0], entry.value);
  statsd::Sketch& sketch = *entry.sketch;
  const std::array<double, kStatistics.size()> values{
      entry.count,         entry.value,         sketch.least(),      sketch.greatest(),
      sketch.quantile(.5), sketch.quantile(.9), sketch.quantile(.99)};
  for (std::size_t i = 0; i < values.size(); ++i) set(sheet, entry.slots[i], values[i]);
  sketch.clear();
}

// One of the two resources that applications tell about.
struct Told {
  Resource resource;
  double demand = 0;
  double capacity = 0;
  bool heard = false;
  std::optional<ResourceSlots> slots = {};
};

class StatsdCollector final : public Collector {
 public:
  explicit StatsdCollector(const CollectorOptions& options)
      : options_(options.statsd), store_(options.statsd.resources) {
    // The sum, unless one of them is not known.
    for (const statsd::ResourceRule& rule : options_.resources) {
      told_of(rule).capacity += rule.capacity > 0 ? rule.capacity : kUnknown;
    }
  }

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    // Not in the constructor: at a reload the collector before this one still listens then.
    if (retry_.due(tick)) open();
    FirstFailure failure;
    if (!opened_) failure.add(opened_.error());
    const auto seconds = std::clamp<std::chrono::nanoseconds>(tick.elapsed, std::chrono::seconds(1),
                                                              kLongestInterval);
    const auto limit = static_cast<std::size_t>(to_seconds(seconds) * kDatagramsPerSecond);
    store_.age(tick.elapsed);
    read(unix_, limit, failure);
    read(udp_, limit, failure);
    store_.expire([&](const Entry& entry) {
      for (const Slot slot : entry.slots) sheet.retire(slot);
    });
    show(tick, sheet);
    return failure.status();
  }

 private:
  void open() {
    FirstFailure failure;
    const auto take_over = [&](std::optional<statsd::Socket>& socket, auto opened) {
      if (opened) {
        socket.emplace(std::move(*opened));
      } else {
        failure.add(opened.error());
      }
    };
    if (!unix_ && !options_.socket.empty()) {
      take_over(unix_, statsd::Socket::open_unix(options_.socket));
    }
    if (!udp_ && !options_.udp.empty()) take_over(udp_, statsd::Socket::open_udp(options_.udp));
    opened_ = failure.status();
  }

  void read(std::optional<statsd::Socket>& socket, std::size_t limit, FirstFailure& failure) {
    if (!socket) return;
    const auto received = socket->read(limit, take_);
    if (!received) return failure.add(received.error());
    datagrams_ += received->datagrams + received->truncated;
    store_.count_drop(statsd::kTruncated, received->truncated);
    store_.count_drop(statsd::kQueueFull, received->dropped_by_kernel);
  }

  void show(const Tick& tick, SampleSheet& sheet) {
    for (Told& told : told_) told.heard = false, told.demand = 0;
    store_.for_each([&](Entry& entry) {
      if (entry.rule != nullptr) tell(entry, tick);
      entry.growth = 0;
      publish(entry, sheet);
    });
    for (Told& told : told_) {
      if (!told.heard) continue;
      if (!told.slots) told.slots.emplace(sheet, told.resource);
      told.slots->set(sheet, told.demand, told.capacity);
    }
    for (std::size_t i = 0; i < statsd::kDrops; ++i) {
      own_.set(sheet, i, static_cast<double>(store_.drops()[i]));
    }
    own_.set(sheet, statsd::kDrops, static_cast<double>(datagrams_));
    own_.set(sheet, statsd::kDrops + 1, static_cast<double>(store_.size()));
  }

  // Events count per second, gauges as they stand.
  void tell(const Entry& entry, const Tick& tick) {
    Told& told = told_of(*entry.rule);
    const double seconds = to_seconds(tick.elapsed);
    told.heard = true;
    if (entry.type == Type::kGauge) {
      told.demand += entry.value;
    } else {
      told.demand += seconds > 0 ? entry.growth / seconds : kUnknown;
    }
  }

  Told& told_of(const statsd::ResourceRule& rule) {
    return told_[rule.resource == Resource::kQueueDepth ? 0 : 1];
  }

  statsd::Options options_;
  statsd::Store store_;
  Cadence retry_{kRetry};
  Status opened_;
  std::optional<statsd::Socket> unix_;
  std::optional<statsd::Socket> udp_;
  const std::function<void(std::string_view)> take_ = [this](std::string_view datagram) {
    store_.take(datagram);
  };
  std::uint64_t datagrams_ = 0;
  std::array<Told, 2> told_{Told{Resource::kQueueDepth}, Told{Resource::kApiCalls}};
  SeriesGroup own_{kOwnSpecs};
};

}  // namespace

std::unique_ptr<Collector> make_statsd_collector(const CollectorOptions& options) {
  return std::make_unique<StatsdCollector>(options);
}

}  // namespace headroom::agent
