// Processor time by what it went into, of one core or of many (proc_stat(5)).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace headroom::agent {

// The fields of a cpu line, in the file's order.
enum CpuField : std::size_t {
  kUser,
  kNice,
  kSystem,
  kIdle,
  kIowait,
  kInterrupt,
  kSoftirq,
  kSteal,
  kGuest,
  kGuestNice,
  kFields
};
using CpuTicks = std::array<std::uint64_t, kFields>;

// The growth of each field between two looks.
class CpuTime {
 public:
  // false the first time and when no tick went by: then there are no shares.
  bool advance(const CpuTicks& now) {
    for (std::size_t i = 0; i < kFields; ++i) {
      // iowait and idle are known to step back a little, and an unplugged core takes its time
      // along. That field then counts as standing still; the next look starts from the new value.
      grown_[i] = now[i] > before_[i] ? now[i] - before_[i] : 0;
    }
    before_ = now;
    total_ = 0;
    for (std::size_t i = kUser; i <= kSteal; ++i) total_ += static_cast<double>(grown_[i]);
    return std::exchange(looked_, true) && total_ > 0;
  }

  double share(CpuField field) const { return grown(field) / total_; }
  // Without the guests' time that the field contains.
  double share_without(CpuField field, CpuField guest) const {
    return std::max(0.0, grown(field) - grown(guest)) / total_;
  }
  // Neither idle nor waiting for a disk. Time stolen by the hypervisor counts: this host wanted it.
  double busy() const { return (total_ - grown(kIdle) - grown(kIowait)) / total_; }

  void add_growth_to(CpuTicks& sum) const {
    for (std::size_t i = 0; i < kFields; ++i) sum[i] += grown_[i];
  }

 private:
  double grown(CpuField field) const { return static_cast<double>(grown_[field]); }

  CpuTicks before_{};
  CpuTicks grown_{};
  double total_ = 0;
  bool looked_ = false;
};

}  // namespace headroom::agent
