#include "agent/budget.h"

#include <algorithm>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::agent {
namespace {

// Shed before the budget is spent; come back only where even twice the present cost would fit.
constexpr double kShedShare = 0.8;
constexpr double kCalmShare = 0.4;
constexpr unsigned kCalmWindows = 10;

std::chrono::nanoseconds of(const ::timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

Usage usage_of_this_process() {
  Usage usage;
  struct ::rusage about{};
  if (::getrusage(RUSAGE_SELF, &about) == 0) usage.cpu = of(about.ru_utime) + of(about.ru_stime);
  const auto statm = read_file("/proc/self/statm", 4096);
  if (!statm) return usage;
  const auto fields = split(*statm, ' ');
  const auto pages = fields.size() > 1 ? parse_int(fields[1]) : std::nullopt;
  const auto page = static_cast<std::size_t>(std::max(0L, ::sysconf(_SC_PAGESIZE)));
  if (pages && *pages > 0) usage.resident_bytes = static_cast<std::size_t>(*pages) * page;
  return usage;
}

bool Budget::window_is_over(std::chrono::steady_clock::time_point now) {
  if (begin_.time_since_epoch().count() == 0) {
    begin_ = now;
    return true;  // the first look is what the next is held against
  }
  if (now - begin_ < options_.window) return false;
  elapsed_ = now - begin_;
  begin_ = now;
  return true;
}

std::optional<Budget::Change> Budget::judge(const Usage& usage, const std::vector<Cost>& costs) {
  const auto before = std::exchange(cpu_before_, usage.cpu);
  if (!before || elapsed_.count() <= 0) return std::nullopt;
  const double cores =
      static_cast<double>((usage.cpu - *before).count()) / static_cast<double>(elapsed_.count());
  const double memory =
      static_cast<double>(usage.resident_bytes) / static_cast<double>(options_.memory_bytes);
  const double share = std::max(cores / options_.cpu_cores, memory);
  calm_windows_ = share < kCalmShare ? calm_windows_ + 1 : 0;
  std::optional<Change> change;
  if (share > kShedShare) change = shed_one(costs);
  exhausted_ = share > kShedShare && !change;
  if (calm_windows_ >= kCalmWindows) change = restore_one(costs);
  if (!change) return change;
  calm_windows_ = 0;
  change->cpu_cores = cores;
  change->resident_bytes = usage.resident_bytes;
  return change;
}

std::optional<Budget::Change> Budget::shed_one(const std::vector<Cost>& costs) {
  std::optional<std::size_t> dearest;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (!costs[i].sheddable || costs[i].shed) continue;
    if (!dearest || costs[i].cpu > costs[*dearest].cpu) dearest = i;
  }
  if (!dearest) return std::nullopt;
  order_.push_back(*dearest);
  return Change{*dearest, true, 0, 0};
}

std::optional<Budget::Change> Budget::restore_one(const std::vector<Cost>& costs) {
  while (!order_.empty()) {
    const std::size_t last = order_.back();
    order_.pop_back();
    if (last < costs.size() && costs[last].shed) return Change{last, false, 0, 0};
  }
  return std::nullopt;
}

}  // namespace headroom::agent
