#include "agent/collectors/cpu_list.h"

#include <algorithm>
#include <bitset>
#include <memory>
#include <sched.h>

#include "agent/procfs/scanner.h"
#include "common/base/text.h"

namespace headroom::agent {
namespace {

using CpuSet = std::bitset<kMaxCores>;

std::optional<std::size_t> whole_number(std::string_view text) {
  Scanner scanner(text);
  scanner.next_line();
  const auto number = scanner.number();
  if (!number || !scanner.rest().empty() || *number > kMaxCores) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

// first, first-last, or first-last:used/group, which takes the first `used` of every `group`.
bool add_range(std::string_view range, CpuSet& cpus) {
  std::size_t used = 1;
  std::size_t group = 1;
  if (const std::size_t colon = range.find(':'); colon != std::string_view::npos) {
    const std::string_view pattern = range.substr(colon + 1);
    const std::size_t slash = pattern.find('/');
    if (slash == std::string_view::npos) return false;
    const auto some = whole_number(pattern.substr(0, slash));
    const auto all = whole_number(pattern.substr(slash + 1));
    if (!some || !all || *some == 0 || *some > *all) return false;
    used = *some;
    group = *all;
    range = range.substr(0, colon);
  }
  const std::size_t dash = range.find('-');
  const auto first = whole_number(range.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : whole_number(range.substr(dash + 1));
  if (!first || !last || *first > *last || *last >= kMaxCores) return false;
  for (std::size_t cpu = *first; cpu <= *last; ++cpu) {
    if ((cpu - *first) % group < used) cpus.set(cpu);
  }
  return true;
}

bool holds(const std::vector<unsigned>& cpus, unsigned cpu) {
  return std::binary_search(cpus.begin(), cpus.end(), cpu);
}

}  // namespace

std::optional<std::vector<unsigned>> parse_cpu_list(std::string_view text) {
  text = trim(text);
  std::vector<unsigned> cpus;
  if (text.empty() || text == "(null)") return cpus;
  CpuSet set;
  for (std::string_view left = text;;) {
    const std::size_t comma = left.find(',');
    if (!add_range(left.substr(0, comma), set)) return std::nullopt;
    if (comma == std::string_view::npos) break;
    left.remove_prefix(comma + 1);
  }
  for (std::size_t cpu = 0; cpu < set.size(); ++cpu) {
    if (set[cpu]) cpus.push_back(static_cast<unsigned>(cpu));
  }
  return cpus;
}

bool ReservedCpus::is_isolated(unsigned cpu) const { return holds(isolated, cpu); }
bool ReservedCpus::is_nohz_full(unsigned cpu) const { return holds(nohz_full, cpu); }

bool CpuTopology::List::refresh() {
  const std::string_view now = file.read().value_or(std::string_view());
  if (now == text) return false;
  text = now;
  return true;
}

std::vector<unsigned> CpuTopology::List::cpus() const {
  return parse_cpu_list(text).value_or(std::vector<unsigned>());
}

CpuTopology::CpuTopology(const HostRoots& roots)
    : online_{OptionalProcFile(roots.sys() + "/devices/system/cpu/online"), {}},
      isolated_{OptionalProcFile(roots.sys() + "/devices/system/cpu/isolated"), {}},
      nohz_full_{OptionalProcFile(roots.sys() + "/devices/system/cpu/nohz_full"), {}} {}

bool CpuTopology::refresh() {
  const bool online = online_.refresh();
  const bool isolated = isolated_.refresh();
  const bool nohz_full = nohz_full_.refresh();
  if (!online && !isolated && !nohz_full) return false;
  reserved_ = {isolated_.cpus(), nohz_full_.cpus()};
  housekeeping_ = online_.cpus();
  std::erase_if(housekeeping_, [this](unsigned cpu) { return reserved_.contains(cpu); });
  return true;
}

std::vector<unsigned> housekeeping_cpus(const HostRoots& roots) {
  CpuTopology topology(roots);
  topology.refresh();
  return topology.housekeeping();
}

Status stay_off_reserved_cpus(const HostRoots& roots) {
  CpuTopology topology(roots);
  topology.refresh();
  const ReservedCpus& reserved = topology.reserved();
  if (reserved.isolated.empty() && reserved.nohz_full.empty()) return {};
  const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> cpus(
      CPU_ALLOC(kMaxCores), [](cpu_set_t* set) { CPU_FREE(set); });
  const std::size_t bytes = CPU_ALLOC_SIZE(kMaxCores);
  CPU_ZERO_S(bytes, cpus.get());
  if (::sched_getaffinity(0, bytes, cpus.get()) != 0) return fail(errno_error("sched_getaffinity"));
  for (unsigned cpu = 0; cpu < kMaxCores; ++cpu) {
    if (reserved.contains(cpu)) CPU_CLR_S(cpu, bytes, cpus.get());
  }
  if (CPU_COUNT_S(bytes, cpus.get()) == 0) return {};
  if (::sched_setaffinity(0, bytes, cpus.get()) != 0) return fail(errno_error("sched_setaffinity"));
  return {};
}

}  // namespace headroom::agent
