// Energy by RAPL, from /sys/class/powercap/intel-rapl:*
// (https://docs.kernel.org/power/powercap/powercap.html), on Intel and AMD. Most kernels let only
// root read it, because it tells too much about what others compute; then there is nothing and no
// error.
#include <algorithm>
#include <array>
#include <dirent.h>

#include "agent/collectors/cadence.h"
#include "agent/collectors/first_failure.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"
#include "agent/procfs/proc_file.h"
#include "agent/procfs/scanner.h"
#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::agent {
namespace {

constexpr std::size_t kMaxDomains = 64;
constexpr auto kLookPeriod = std::chrono::seconds(5);
constexpr auto kSearchPeriod = std::chrono::minutes(5);  // while there is no domain
constexpr std::string_view kPrefix = "intel-rapl:";      // and not intel-rapl-mmio: the same again
constexpr std::array<SeriesSpec, 1> kEnergySpecs{{{"hw.energy", "J", Kind::kCounter}}};

std::string_view hardware_type(std::string_view name) {
  if (name == "dram") return "memory";
  if (name == "psys") return "enclosure";
  return "cpu";  // package-0 and its parts core and uncore
}

// The growth of a counter of microjoules that begins anew after `range` of them.
class Energy {
 public:
  explicit Energy(std::uint64_t range) : range_(range) {}

  double joules(std::uint64_t now) {
    if (!seen_) {
      total_ = now;
    } else if (now >= last_) {
      total_ += now - last_;
    } else if (last_ <= range_) {
      total_ += range_ - last_ + now;
    }
    seen_ = true;
    last_ = now;
    return static_cast<double>(total_) / 1e6;
  }

 private:
  std::uint64_t range_;
  std::uint64_t last_ = 0;
  std::uint64_t total_ = 0;
  bool seen_ = false;
};

struct Domain {
  std::string path;
  OptionalProcFile file;
  Energy energy;
  double joules = kUnknown;
  SeriesGroup series;
};

std::string line_of(const std::string& path) {
  const auto text = read_file(path, 256);
  return text ? std::string(trim(*text)) : std::string();
}

// "intel-rapl:0" is a package, "intel-rapl:0:1" a part of it.
Domain domain_of(const std::string& powercap, const std::string& id) {
  const std::string folder = powercap + "/" + id;
  const std::string name = line_of(folder + "/name");
  Attributes attributes{{"hw.id", id}, {"hw.type", std::string(hardware_type(name))}};
  if (!name.empty()) attributes.push_back({"hw.name", name});
  if (const std::size_t colon = id.rfind(':'); colon >= kPrefix.size()) {
    attributes.push_back({"hw.parent", id.substr(0, colon)});
  }
  const auto range = read_number_file(folder + "/max_energy_range_uj").value_or(0);
  const std::string path = folder + "/energy_uj";
  return {path, OptionalProcFile(path),
          Energy(static_cast<std::uint64_t>(std::max<std::int64_t>(0, range))), kUnknown,
          SeriesGroup(kEnergySpecs, attributes)};
}

class EnergyCollector final : public Collector {
 public:
  explicit EnergyCollector(const CollectorOptions& options)
      : powercap_(options.roots.sys() + "/class/powercap") {}

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    if (domains_.empty() && search_.due(tick)) search();
    if (look_.due(tick)) look();
    for (Domain& domain : domains_) domain.series.set(sheet, 0, domain.joules);
    return status_;
  }

 private:
  void search() {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(powercap_.c_str()), &::closedir);
    if (!folder) return;
    std::vector<std::string> ids;
    while (const dirent* entry = ::readdir(folder.get())) {
      if (std::string_view(entry->d_name).starts_with(kPrefix)) ids.emplace_back(entry->d_name);
    }
    std::sort(ids.begin(), ids.end());
    too_many_ = ids.size() > kMaxDomains;
    if (too_many_) ids.resize(kMaxDomains);
    for (const std::string& id : ids) domains_.push_back(domain_of(powercap_, id));
  }

  void look() {
    FirstFailure failure;
    if (too_many_) {
      failure.add({ErrorCode::kLimitExceeded, powercap_ + " has more than " +
                                                  std::to_string(kMaxDomains) +
                                                  " domains; the others are not measured"});
    }
    for (Domain& domain : domains_) {
      domain.joules = kUnknown;
      const auto text = domain.file.read();
      if (!text) continue;
      Scanner scanner(*text);
      scanner.next_line();
      const auto microjoules = scanner.number();
      if (microjoules) domain.joules = domain.energy.joules(*microjoules);
      if (!microjoules) failure.add(malformed(domain.path, scanner));
    }
    status_ = failure.status();
  }

  std::string powercap_;
  Cadence search_{kSearchPeriod};
  Cadence look_{kLookPeriod};
  bool too_many_ = false;
  std::vector<Domain> domains_;
  Status status_;
};

}  // namespace

std::unique_ptr<Collector> make_energy_collector(const CollectorOptions& options) {
  return std::make_unique<EnergyCollector>(options);
}

}  // namespace headroom::agent
