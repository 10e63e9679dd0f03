// Packets that were lost before a program could have them: in the queues between the network cards
// and the kernel (/proc/net/softnet_stat) and on the cards themselves
// (/sys/class/net/*/statistics, https://docs.kernel.org/networking/statistics.html). The latter are
// all that can be seen of a card whose traffic bypasses the kernel.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "agent/collectors/cadence.h"
#include "agent/collectors/collector.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/series_group.h"
#include "agent/procfs/proc_file.h"

namespace headroom::agent {

class Softnet {
 public:
  explicit Softnet(const HostRoots& roots);
  Status collect(const Tick& tick, SampleSheet& sheet);

 private:
  static constexpr std::size_t kColumns = 3;  // processed, dropped, squeezed

  Status look();

  std::string path_;
  OptionalProcFile file_;
  Cadence look_;
  std::array<double, kColumns> sums_{kUnknown, kUnknown, kUnknown};
  Status status_;
  SeriesGroup series_;
};

// Of one network card.
class CardDrops {
 public:
  CardDrops() = default;
  // `folder` is the link's in /sys/class/net. A link without a card behind it has none.
  CardDrops(const std::string& folder, std::string_view link);

  void look();
  void publish(SampleSheet& sheet);
  void retire(SampleSheet& sheet) { series_.retire(sheet); }

 private:
  static constexpr std::size_t kFiles = 3;

  bool has_card_ = false;
  std::array<std::string, kFiles> paths_;
  std::array<double, kFiles> values_{kUnknown, kUnknown, kUnknown};
  SeriesGroup series_;
};

}  // namespace headroom::agent
