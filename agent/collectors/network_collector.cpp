// Network links from /proc/net/dev (proc_pid_net(5)) and their speeds from /sys/class/net/*/speed
// (https://docs.kernel.org/admin-guide/abi-testing.html, sysfs-class-net).
#include <algorithm>
#include <array>

#include "agent/collectors/cadence.h"
#include "agent/collectors/device_table.h"
#include "agent/collectors/first_failure.h"
#include "agent/collectors/network_drops.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"
#include "agent/procfs/proc_file.h"
#include "agent/procfs/scanner.h"

namespace headroom::agent {
namespace {

constexpr std::size_t kMaxLinks = 1024;
constexpr double kBytesPerMegabit = 1e6 / 8;
// The kernel answers a question for the speed under its lock for network configuration, so it is
// asked seldom.
constexpr auto kSpeedPeriod = std::chrono::seconds(60);
constexpr auto kCardPeriod = std::chrono::seconds(10);

// The fields behind the name, in the file's order.
enum Field : std::size_t {
  kReceivedBytes,
  kReceivedPackets,
  kReceiveErrors,
  kReceiveDropped,
  kTransmittedBytes = 8,
  kTransmittedPackets,
  kTransmitErrors,
  kTransmitDropped,
  kFields = 16
};
using Fields = std::array<std::uint64_t, kFields>;

constexpr Kind kCount = Kind::kCounter;
constexpr std::string_view kDirection = "network.io.direction";
// Parallel to kSources.
constexpr std::array<SeriesSpec, 8> kLinkSpecs{{
    {"system.network.io", "By", kCount, kDirection, "receive"},
    {"system.network.io", "By", kCount, kDirection, "transmit"},
    {"system.network.packet.count", "{packet}", kCount, kDirection, "receive"},
    {"system.network.packet.count", "{packet}", kCount, kDirection, "transmit"},
    {"system.network.errors", "{error}", kCount, kDirection, "receive"},
    {"system.network.errors", "{error}", kCount, kDirection, "transmit"},
    {"system.network.packet.dropped", "{packet}", kCount, kDirection, "receive"},
    {"system.network.packet.dropped", "{packet}", kCount, kDirection, "transmit"},
}};
constexpr std::array<Field, 8> kSources{kReceivedBytes,      kTransmittedBytes, kReceivedPackets,
                                        kTransmittedPackets, kReceiveErrors,    kTransmitErrors,
                                        kReceiveDropped,     kTransmitDropped};
constexpr std::array<SeriesSpec, 1> kSpeedSpecs{{{"system.network.link_speed", "By/s"}}};

// What containers and tunnels bring along; their traffic passes a real link too.
const std::vector<std::string>& default_ignored_prefixes() {
  static const std::vector<std::string> kPrefixes{"veth",   "br-",     "docker", "virbr",
                                                  "cni",    "flannel", "cali",   "tunl",
                                                  "ip6tnl", "sit",     "dummy",  "ifb"};
  return kPrefixes;
}

struct Link {
  std::string speed_path;
  double configured_speed = kUnknown;  // bytes per second; goes above the driver's word
  double speed = kUnknown;
  Cadence speed_look{kSpeedPeriod};
  Cadence card_look{kCardPeriod};
  CardDrops card;
  Counter received;
  Counter transmitted;
  SeriesGroup counters;
  SeriesGroup speed_series;
};

// The link that stands for the host: the one with the highest share of its speed, or, while no
// speed is known, the one with the most traffic.
struct Busiest {
  double rate = kUnknown;
  double speed = kUnknown;

  void consider(double other_rate, double other_speed) {
    const bool known = other_speed > 0;
    const bool better =
        !(rate >= 0) || (known && !(speed > 0)) ||
        (known ? other_rate / other_speed > rate / speed : !(speed > 0) && other_rate > rate);
    if (better) *this = {other_rate, known ? other_speed : kUnknown};
  }
};

class NetworkCollector final : public Collector {
 public:
  explicit NetworkCollector(const CollectorOptions& options)
      : dev_(options.roots.proc() + "/net/dev"),
        softnet_(options.roots),
        class_net_(options.roots.sys() + "/class/net/"),
        ignored_(options.ignored_device_prefixes.empty() ? default_ignored_prefixes()
                                                         : options.ignored_device_prefixes),
        configured_speeds_(options.link_speed_bytes_per_second) {}

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    if (!resource_) resource_.emplace(sheet, Resource::kNetwork);
    elapsed_ += tick.elapsed;
    const Status softnet = softnet_.collect(tick, sheet);
    const auto text = dev_.read();
    if (!text) return fail(text.error());
    const double seconds = to_seconds(std::exchange(elapsed_, {}));
    FirstFailure failure;
    Busiest busiest;
    links_.begin_walk();
    Scanner scanner(*text);
    while (scanner.next_line()) {
      if (scanner.line_number() <= 2) continue;  // headings
      if (!read_line(scanner, tick, seconds, busiest, sheet)) {
        failure.add(malformed(dev_.path(), scanner));
      }
    }
    if (links_.refused() > 0) {
      failure.add({ErrorCode::kLimitExceeded,
                   dev_.path() + " has more than " + std::to_string(links_.limit()) + " links"});
    }
    // After a line that was not understood nobody knows which link is gone.
    if (!failure) {
      links_.drop_unseen([&](Link& link) {
        link.counters.retire(sheet);
        link.speed_series.retire(sheet);
        link.card.retire(sheet);
      });
    }
    resource_->set(sheet, busiest.rate, busiest.speed);
    if (!softnet) failure.add(softnet.error());
    return failure.status();
  }

 private:
  // false for a line that is not understood.
  bool read_line(Scanner& scanner, const Tick& tick, double seconds, Busiest& busiest,
                 SampleSheet& sheet) {
    const auto name = scanner.until(':');
    if (!name || name->empty()) return false;
    const auto matches = [&](const std::string& prefix) { return name->starts_with(prefix); };
    // The loopback leads nowhere.
    if (*name == "lo" || std::any_of(ignored_.begin(), ignored_.end(), matches)) return true;
    const std::size_t refused = links_.refused();
    Link* const link = links_.visit(*name, [&](std::string_view who) { return first_sight(who); });
    if (link == nullptr) return links_.refused() > refused;
    Fields now{};
    if (!scanner.numbers(now)) {
      link->received.forget();
      link->transmitted.forget();
      return false;
    }
    for (std::size_t i = 0; i < kSources.size(); ++i) {
      link->counters.set(sheet, i, static_cast<double>(now[kSources[i]]));
    }
    if (link->card_look.due(tick)) link->card.look();
    link->card.publish(sheet);
    refresh_speed(*link, tick);
    link->speed_series.set(sheet, 0, link->speed);
    // Both counters must be looked at, whatever the other one says.
    const auto received = link->received.growth(now[kReceivedBytes]);
    const auto transmitted = link->transmitted.growth(now[kTransmittedBytes]);
    if (received && transmitted && seconds > 0) {
      const auto bytes = static_cast<double>(std::max(*received, *transmitted));
      busiest.consider(quantised_rate(bytes / seconds), link->speed);
    }
    return true;
  }

  Link first_sight(std::string_view name) const {
    Link link;
    const std::string folder = class_net_ + std::string(name);
    link.speed_path = folder + "/speed";
    link.card = CardDrops(folder, name);
    link.configured_speed = configured_speed(name);
    const Attributes attributes{{"network.interface.name", std::string(name)}};
    link.counters = SeriesGroup(kLinkSpecs, attributes);
    link.speed_series = SeriesGroup(kSpeedSpecs, attributes);
    return link;
  }

  double configured_speed(std::string_view name) const {
    for (const auto& [device, speed] : configured_speeds_) {
      if (device == name && speed > 0) return speed;
    }
    return kUnknown;
  }

  void refresh_speed(Link& link, const Tick& tick) const {
    if (link.configured_speed > 0) {
      link.speed = link.configured_speed;
      return;
    }
    if (!link.speed_look.due(tick)) return;
    // -1 or 0 where the driver does not know (virtio), an error while the link is down.
    const auto megabits = read_number_file(link.speed_path);
    const bool known = megabits && *megabits > 0;
    link.speed = known ? static_cast<double>(*megabits) * kBytesPerMegabit : configured_speed("*");
  }

  ProcFile dev_;
  Softnet softnet_;
  std::string class_net_;
  std::vector<std::string> ignored_;
  std::vector<std::pair<std::string, double>> configured_speeds_;
  DeviceTable<Link> links_{kMaxLinks};
  std::chrono::nanoseconds elapsed_{0};
  std::optional<ResourceSlots> resource_;
};

}  // namespace

std::unique_ptr<Collector> make_network_collector(const CollectorOptions& options) {
  return std::make_unique<NetworkCollector>(options);
}

}  // namespace headroom::agent
