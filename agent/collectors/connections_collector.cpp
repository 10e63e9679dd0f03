// Connections and what bounds them: TCP from sockstat, snmp and netstat (proc_pid_net(5)),
// conntrack, ephemeral ports and file descriptors from /proc/sys
// (https://docs.kernel.org/networking/snmp_counter.html, ip-sysctl.html, nf_conntrack-sysctl.html,
// admin-guide/sysctl/fs.html), and seldom the sockets themselves (tcp_walk.h). Never /proc/net/tcp:
// walking it takes milliseconds on an idle host and seconds on a busy one.
#include <algorithm>
#include <array>

#include "agent/collectors/cadence.h"
#include "agent/collectors/first_failure.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"
#include "agent/collectors/tcp_walk.h"
#include "agent/procfs/proc_file.h"
#include "agent/procfs/scanner.h"

namespace headroom::agent {
namespace {

// Limits change seldom, and netstat alone costs as much as all the other files together. Between
// two looks the last values are repeated.
constexpr auto kLookPeriod = std::chrono::seconds(5);

enum SocketSeries : std::size_t { kEstablished, kTimeWait, kOrphans, kTcpSockets, kUdpSockets };
constexpr std::string_view kTransport = "network.transport";
constexpr std::string_view kConnectionState = "network.connection.state";
constexpr std::array<SeriesSpec, 5> kSocketSpecs{{
    {"system.network.connection.count", "{connection}", Kind::kGauge, kConnectionState,
     "established"},
    {"system.network.connection.count", "{connection}", Kind::kGauge, kConnectionState,
     "time_wait"},
    {"system.network.tcp.orphans", "{connection}"},
    {"system.network.socket.count", "{socket}", Kind::kGauge, kTransport, "tcp"},
    {"system.network.socket.count", "{socket}", Kind::kGauge, kTransport, "udp"},
}};

// The columns of snmp's Tcp lines, parallel to kTcpSpecs; CurrEstab stands behind them.
constexpr std::array<std::string_view, 7> kTcpColumns{"ActiveOpens", "PassiveOpens", "AttemptFails",
                                                      "EstabResets", "OutSegs",      "RetransSegs",
                                                      "CurrEstab"};
constexpr std::size_t kActiveOpens = 0;
constexpr std::size_t kCurrEstab = 6;
constexpr std::array<SeriesSpec, 6> kTcpSpecs{{
    {"system.network.tcp.active_opens", "{connection}", Kind::kCounter},
    {"system.network.tcp.passive_opens", "{connection}", Kind::kCounter},
    {"system.network.tcp.attempt_fails", "{connection}", Kind::kCounter},
    {"system.network.tcp.resets", "{connection}", Kind::kCounter},
    {"system.network.tcp.segments_sent", "{segment}", Kind::kCounter},
    {"system.network.tcp.retransmits", "{segment}", Kind::kCounter},
}};
constexpr std::array<std::string_view, 2> kListenColumns{"ListenOverflows", "ListenDrops"};
constexpr std::array<SeriesSpec, 2> kListenSpecs{{
    {"system.network.tcp.listen_overflows", "{connection}", Kind::kCounter},
    {"system.network.tcp.listen_drops", "{connection}", Kind::kCounter},
}};
constexpr std::array<SeriesSpec, 2> kDescriptorSpecs{{
    {"system.file_descriptors.usage", "{file_descriptor}"},
    {"system.file_descriptors.limit", "{file_descriptor}"},
}};
constexpr std::array<SeriesSpec, 2> kConntrackSpecs{{
    {"system.network.conntrack.usage", "{connection}"},
    {"system.network.conntrack.limit", "{connection}"},
}};
constexpr std::array<SeriesSpec, 1> kPortSpecs{
    {{"system.network.ephemeral_ports.limit", "{port}"}}};

// snmp and netstat have a line with a protocol's column names and a line with their values. false
// when they do not fit together; a column that the kernel does not have stays unknown.
bool read_columns(Scanner& scanner, std::string_view protocol,
                  std::span<const std::string_view> columns, std::span<double> values) {
  Scanner names(scanner.rest());
  names.next_line();
  if (!scanner.next_line() || scanner.word() != protocol) return false;
  for (auto name = names.word(); !name.empty(); name = names.word()) {
    const std::string_view field = scanner.word();
    if (field.empty()) return false;
    const auto column = std::find(columns.begin(), columns.end(), name);
    if (column == columns.end()) continue;
    Scanner value(field);
    value.next_line();
    const auto number = value.number();
    if (!number) return false;
    values[static_cast<std::size_t>(column - columns.begin())] = static_cast<double>(*number);
  }
  return true;
}

// The number behind each label of a sockstat line, such as "inuse 5 orphan 0 tw 2".
double labelled(std::string_view line, std::string_view label) {
  Scanner scanner(line);
  scanner.next_line();
  for (auto word = scanner.word(); !word.empty(); word = scanner.word()) {
    const auto number = scanner.number();
    if (word == label) return number ? static_cast<double>(*number) : kUnknown;
  }
  return kUnknown;
}

// A recorded tree has no sockets.
SockDiagFunction sock_diag_of(const CollectorOptions& options) {
  if (options.sock_diag_function || !options.roots.root.empty()) return options.sock_diag_function;
  return kernel_sock_diag();
}

class ConnectionsCollector final : public Collector {
 public:
  explicit ConnectionsCollector(const CollectorOptions& options)
      : sockstat_(options.roots.proc() + "/net/sockstat"),
        sockstat6_(options.roots.proc() + "/net/sockstat6"),
        snmp_(options.roots.proc() + "/net/snmp"),
        netstat_(options.roots.proc() + "/net/netstat"),
        file_nr_(options.roots.proc() + "/sys/fs/file-nr"),
        conntrack_count_(options.roots.proc() + "/sys/net/netfilter/nf_conntrack_count"),
        conntrack_max_(options.roots.proc() + "/sys/net/netfilter/nf_conntrack_max"),
        port_range_(options.roots.proc() + "/sys/net/ipv4/ip_local_port_range"),
        walk_(sock_diag_of(options)) {}

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    if (!resource_) resource_.emplace(sheet, Resource::kConnections);
    FirstFailure failure;
    if (look_.due(tick)) look();
    if (!look_status_) failure.add(look_status_.error());
    for (std::size_t i = 0; i < listen_.size(); ++i) listen_series_.set(sheet, i, listen_[i]);
    port_series_.set(sheet, 0, ports_);

    worst_ = kUnknown;
    read_descriptors(sheet, failure);
    read_conntrack(sheet);
    const double sockets = read_sockets(sheet, failure);
    const double active_opens = read_tcp(sheet, failure);
    if (auto walked = walk_.collect(tick, sockets, port_range_numbers_, sheet); !walked) {
      failure.add(walked.error());
    }
    consider(walk_.fullest_queue(), 1.0);
    consider(ephemeral_ports(sockets, active_opens), ports_);
    resource_->set(sheet, worst_, 1.0);
    return failure.status();
  }

 private:
  void consider(double used, double limit) {
    if (!(limit > 0) || !(used >= 0)) return;
    const double share = quantised_ratio(std::min(1.0, used / limit));
    if (!(worst_ >= share)) worst_ = share;
  }

  // Without a walk this is an upper estimate: every TCP socket and every connection in TIME_WAIT,
  // though accepted and listening ones take none, and though connections to different addresses may
  // share a port. But no more than this host ever opened by itself.
  double ephemeral_ports(double sockets, double active_opens) const {
    const double estimate = active_opens < sockets ? active_opens : sockets;
    const double walked = walk_.ephemeral_ports(sockets);
    return walked < estimate ? walked : estimate;
  }

  // What is read once in kLookPeriod only.
  void look() {
    FirstFailure failure;
    listen_.fill(kUnknown);
    read_protocol(netstat_, "TcpExt:", kListenColumns, listen_, failure);
    ports_ = kUnknown;
    port_range_numbers_ = {};
    if (const auto text = port_range_.read()) {
      Scanner scanner(*text);
      scanner.next_line();
      const auto low = scanner.number();
      const auto high = scanner.number();
      const bool understood = low && high && *low <= *high && *high <= 65535;
      if (understood) {
        ports_ = static_cast<double>(*high - *low + 1);
        port_range_numbers_ = {static_cast<std::uint16_t>(*low), static_cast<std::uint16_t>(*high)};
      }
      if (!understood) failure.add(malformed(port_range_.path(), scanner));
    } else {
      failure.add(text.error());
    }
    look_status_ = failure.status();
  }

  static void read_protocol(ProcFile& file, std::string_view protocol,
                            std::span<const std::string_view> columns, std::span<double> values,
                            FirstFailure& failure) {
    const auto text = file.read();
    if (!text) return failure.add(text.error());
    Scanner scanner(*text);
    while (scanner.next_line()) {
      if (scanner.word() != protocol) continue;
      if (!read_columns(scanner, protocol, columns, values)) {
        failure.add(malformed(file.path(), scanner));
      }
      return;
    }
    failure.add({ErrorCode::kCorruption,
                 file.path() + " has no line that begins with " + std::string(protocol)});
  }

  void read_descriptors(SampleSheet& sheet, FirstFailure& failure) {
    const auto text = file_nr_.read();
    if (!text) return failure.add(text.error());
    Scanner scanner(*text);
    scanner.next_line();
    std::array<std::uint64_t, 3> numbers{};  // allocated, free among them (0 since 2.6), limit
    if (!scanner.numbers(numbers)) return failure.add(malformed(file_nr_.path(), scanner));
    const double used =
        not_below_zero(static_cast<double>(numbers[0]) - static_cast<double>(numbers[1]));
    descriptors_.set(sheet, 0, used);
    descriptors_.set(sheet, 1, static_cast<double>(numbers[2]));
    consider(used, static_cast<double>(numbers[2]));
  }

  // Absent where connection tracking is not loaded.
  void read_conntrack(SampleSheet& sheet) {
    const auto number = [](OptionalProcFile& file) {
      const auto text = file.read();
      Scanner scanner(text.value_or(std::string_view()));
      scanner.next_line();
      const auto value = scanner.number();
      return value ? static_cast<double>(*value) : kUnknown;
    };
    const double count = number(conntrack_count_);
    const double limit = number(conntrack_max_);
    conntrack_.set(sheet, 0, count);
    conntrack_.set(sheet, 1, limit);
    consider(count, limit);
  }

  // TCP sockets and connections in TIME_WAIT, of both address families.
  double read_sockets(SampleSheet& sheet, FirstFailure& failure) {
    const auto text = sockstat_.read();
    if (!text) {
      failure.add(text.error());
      return kUnknown;
    }
    double tcp = kUnknown;
    double udp = kUnknown;
    double time_wait = kUnknown;
    Scanner scanner(*text);
    while (scanner.next_line()) {
      const std::string_view protocol = scanner.word();
      if (protocol == "UDP:") udp = labelled(scanner.rest(), "inuse");
      if (protocol != "TCP:") continue;
      tcp = labelled(scanner.rest(), "inuse");
      time_wait = labelled(scanner.rest(), "tw");
      sockets_.set(sheet, kOrphans, labelled(scanner.rest(), "orphan"));
    }
    if (!(tcp + time_wait >= 0)) {
      failure.add({ErrorCode::kCorruption, sockstat_.path() + " does not say TCP: inuse and tw"});
    }
    // Absent where IPv6 is switched off.
    if (const auto text6 = sockstat6_.read()) {
      Scanner scanner6(*text6);
      while (scanner6.next_line()) {
        const std::string_view protocol = scanner6.word();
        if (protocol == "TCP6:") tcp += labelled(scanner6.rest(), "inuse");
        if (protocol == "UDP6:") udp += labelled(scanner6.rest(), "inuse");
      }
    }
    sockets_.set(sheet, kTcpSockets, tcp);
    sockets_.set(sheet, kUdpSockets, udp);
    sockets_.set(sheet, kTimeWait, time_wait);
    return tcp + time_wait;
  }

  // How many connections this host has opened by itself so far.
  double read_tcp(SampleSheet& sheet, FirstFailure& failure) {
    std::array<double, kTcpColumns.size()> values{};
    values.fill(kUnknown);
    read_protocol(snmp_, "Tcp:", kTcpColumns, values, failure);
    for (std::size_t i = 0; i < kTcpSpecs.size(); ++i) tcp_.set(sheet, i, values[i]);
    sockets_.set(sheet, kEstablished, values[kCurrEstab]);
    return values[kActiveOpens];
  }

  ProcFile sockstat_;
  OptionalProcFile sockstat6_;
  ProcFile snmp_;
  ProcFile netstat_;
  ProcFile file_nr_;
  OptionalProcFile conntrack_count_;
  OptionalProcFile conntrack_max_;
  ProcFile port_range_;
  TcpWalk walk_;
  PortRange port_range_numbers_;
  Cadence look_{kLookPeriod};
  Status look_status_;
  std::array<double, kListenColumns.size()> listen_{kUnknown, kUnknown};
  double ports_ = kUnknown;
  double worst_ = kUnknown;
  SeriesGroup sockets_{kSocketSpecs};
  SeriesGroup tcp_{kTcpSpecs};
  SeriesGroup listen_series_{kListenSpecs};
  SeriesGroup descriptors_{kDescriptorSpecs};
  SeriesGroup conntrack_{kConntrackSpecs};
  SeriesGroup port_series_{kPortSpecs};
  std::optional<ResourceSlots> resource_;
};

}  // namespace

std::unique_ptr<Collector> make_connections_collector(const CollectorOptions& options) {
  return std::make_unique<ConnectionsCollector>(options);
}

}  // namespace headroom::agent
