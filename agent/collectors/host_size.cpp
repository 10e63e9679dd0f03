#include "agent/collectors/host_size.h"

#include "agent/procfs/scanner.h"

namespace headroom::agent {
namespace {

constexpr double kBytesPerKib = 1024;

double online_cores(OptionalProcFile& stat) {
  const auto text = stat.read();
  if (!text) return kUnknown;
  double cores = 0;
  Scanner scanner(*text);
  while (scanner.next_line()) {
    const std::string_view name = scanner.word();
    if (name.starts_with("cpu") && name.size() > 3) ++cores;
  }
  return cores > 0 ? cores : kUnknown;
}

double total_memory(OptionalProcFile& meminfo) {
  const auto text = meminfo.read();
  if (!text) return kUnknown;
  Scanner scanner(*text);
  while (scanner.next_line()) {
    if (scanner.word() != "MemTotal:") continue;
    const auto kib = scanner.number();
    return kib && *kib > 0 ? static_cast<double>(*kib) * kBytesPerKib : kUnknown;
  }
  return kUnknown;
}

}  // namespace

HostSize::HostSize(const HostRoots& roots)
    : stat_(roots.proc() + "/stat"), meminfo_(roots.proc() + "/meminfo") {}

void HostSize::look(const Tick& tick) {
  if (!cadence_.due(tick)) return;
  cores_ = online_cores(stat_);
  memory_ = total_memory(meminfo_);
}

}  // namespace headroom::agent
