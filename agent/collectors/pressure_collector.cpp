// How long tasks had to wait for a resource, from /proc/pressure
// (https://docs.kernel.org/accounting/psi.html). "some" is time in which at least one task waited,
// "full" time in which all that had something to do did. Absent before Linux 4.20 and where the
// kernel was built or booted without it.
#include <array>

#include "agent/collectors/first_failure.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"
#include "agent/procfs/proc_file.h"
#include "agent/procfs/scanner.h"
#include "common/base/text.h"

namespace headroom::agent {
namespace {

constexpr std::array<std::string_view, 4> kResources{"cpu", "memory", "io", "irq"};
constexpr std::string_view kStall = "system.pressure.stall";
enum PressureSeries : std::size_t { kStallTime, kAverage };
constexpr std::array<SeriesSpec, 2> kSomeSpecs{{
    {"system.pressure.stall_time", "s", Kind::kCounter, kStall, "some"},
    {"system.pressure.stall_ratio", "1", Kind::kGauge, kStall, "some"},
}};
constexpr std::array<SeriesSpec, 2> kFullSpecs{{
    {"system.pressure.stall_time", "s", Kind::kCounter, kStall, "full"},
    {"system.pressure.stall_ratio", "1", Kind::kGauge, kStall, "full"},
}};

// The value of a field such as avg10=0.12 where it has this key.
std::optional<std::string_view> field_value(std::string_view field, std::string_view key) {
  if (!field.starts_with(key) || field.size() <= key.size() || field[key.size()] != '=') {
    return std::nullopt;
  }
  return field.substr(key.size() + 1);
}

struct Line {
  double total_us = kUnknown;
  double average = kUnknown;
};

// avg10=0.12 avg60=0.05 avg300=0.01 total=123456
std::optional<Line> read_line(Scanner& scanner) {
  Line line;
  for (auto field = scanner.word(); !field.empty(); field = scanner.word()) {
    if (const auto text = field_value(field, "avg10")) {
      line.average = parse_double(*text).value_or(kUnknown);
    }
    if (const auto text = field_value(field, "total")) {
      Scanner number(*text);
      number.next_line();
      if (const auto total = number.number()) line.total_us = static_cast<double>(*total);
    }
  }
  if (!(line.total_us >= 0) || !(line.average >= 0 && line.average <= 100)) return std::nullopt;
  return line;
}

// One file of /proc/pressure.
class Pressure {
 public:
  Pressure(const HostRoots& roots, std::string_view resource)
      : path_(roots.proc() + "/pressure/" + std::string(resource)),
        file_(path_),
        some_(kSomeSpecs, {{"system.pressure.resource", std::string(resource)}}),
        full_(kFullSpecs, {{"system.pressure.resource", std::string(resource)}}) {}

  void collect(SampleSheet& sheet, FirstFailure& failure) {
    const auto text = file_.read();
    if (!text) return;
    Scanner scanner(*text);
    while (scanner.next_line()) {
      const std::string_view kind = scanner.word();
      if (kind != "some" && kind != "full") {
        failure.add(malformed(path_, scanner));
        continue;
      }
      const auto line = read_line(scanner);
      if (!line) {
        failure.add(malformed(path_, scanner));
        continue;
      }
      SeriesGroup& series = kind == "some" ? some_ : full_;
      series.set(sheet, kStallTime, line->total_us / 1e6);
      series.set(sheet, kAverage, quantised_ratio(line->average / 100));
    }
  }

 private:
  std::string path_;
  OptionalProcFile file_;
  SeriesGroup some_;
  SeriesGroup full_;
};

class PressureCollector final : public Collector {
 public:
  explicit PressureCollector(const CollectorOptions& options) {
    for (const std::string_view resource : kResources) files_.emplace_back(options.roots, resource);
  }

  Status collect(const Tick&, SampleSheet& sheet) override {
    FirstFailure failure;
    for (Pressure& file : files_) file.collect(sheet, failure);
    return failure.status();
  }

 private:
  std::vector<Pressure> files_;
};

}  // namespace

std::unique_ptr<Collector> make_pressure_collector(const CollectorOptions& options) {
  return std::make_unique<PressureCollector>(options);
}

}  // namespace headroom::agent
