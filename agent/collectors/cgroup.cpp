#include "agent/collectors/cgroup.h"

#include <algorithm>
#include <string>

#include "agent/procfs/scanner.h"

namespace headroom::agent {
namespace {

std::string at_root(const HostRoots& roots, const char* file) {
  return roots.sys() + "/fs/cgroup/" + file;
}

// The number behind `key` in a file of "key number" lines.
std::optional<std::uint64_t> flat_keyed(OptionalProcFile& file, std::string_view key) {
  const auto text = file.read();
  if (!text) return std::nullopt;
  Scanner scanner(*text);
  while (scanner.next_line()) {
    if (scanner.word() == key) return scanner.number();
  }
  return std::nullopt;
}

// The number that a file begins with; nothing for "max".
std::optional<std::uint64_t> single_value(OptionalProcFile& file) {
  const auto text = file.read();
  if (!text) return std::nullopt;
  Scanner scanner(*text);
  scanner.next_line();
  return scanner.number();
}

}  // namespace

CgroupCpu::CgroupCpu(const HostRoots& roots)
    : max_(at_root(roots, "cpu.max")), stat_(at_root(roots, "cpu.stat")) {}

std::optional<double> CgroupCpu::quota() {
  const auto text = max_.read();
  if (!text) return std::nullopt;
  Scanner scanner(*text);
  scanner.next_line();
  const auto quota_us = scanner.number();  // "max" is no number
  const auto period_us = scanner.number();
  if (!quota_us || !period_us || *quota_us == 0 || *period_us == 0) return std::nullopt;
  return static_cast<double>(*quota_us) / static_cast<double>(*period_us);
}

std::optional<std::uint64_t> CgroupCpu::usage_us() { return flat_keyed(stat_, "usage_usec"); }

CgroupMemory::CgroupMemory(const HostRoots& roots)
    : max_(at_root(roots, "memory.max")),
      current_(at_root(roots, "memory.current")),
      stat_(at_root(roots, "memory.stat")) {}

std::optional<double> CgroupMemory::limit() {
  const auto bytes = single_value(max_);
  if (!bytes || *bytes == 0) return std::nullopt;
  return static_cast<double>(*bytes);
}

std::optional<double> CgroupMemory::working_set() {
  const auto current = single_value(current_);
  const auto inactive = flat_keyed(stat_, "inactive_file");
  if (!current || !inactive) return std::nullopt;
  return std::max(0.0, static_cast<double>(*current) - static_cast<double>(*inactive));
}

}  // namespace headroom::agent
