// Which runs there are: for each tier and window the runs that hold its chunks. A run that is not
// in here does not exist, whatever files there are.
//
// Not thread-safe. A RunPtr that somebody holds keeps the run's files.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/store/tier.h"
#include "common/base/result.h"

namespace headroom::store::rocks {

// Chunks of one window that were written together, at most one per group. Later ones have higher
// numbers.
struct Run {
  Tier tier = Tier::kRaw;
  std::uint32_t window = 0;
  std::uint32_t number = 0;
  std::uint64_t chunks = 0;
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;  // of files
};
using RunPtr = std::shared_ptr<const Run>;

struct WindowState {
  std::vector<RunPtr> runs;  // by number, ascending
  // Raw windows: runs up to this one are in the rollups.
  std::uint32_t rolled_up = 0;

  bool dirty() const { return !runs.empty() && runs.back()->number > rolled_up; }
  std::uint64_t bytes() const;
};

// What is to become of one window.
struct WindowChange {
  Tier tier = Tier::kRaw;
  std::uint32_t window = 0;
  std::vector<Run> add;
  std::vector<std::uint32_t> remove;       // numbers
  std::optional<std::uint32_t> rolled_up;  // nothing: as it was
  bool drop = false;                       // the whole window
};

class WindowIndex {
 public:
  using Windows = std::map<std::uint32_t, WindowState>;

  const Windows& of(Tier tier) const { return tiers_[static_cast<std::size_t>(tier)]; }
  const WindowState* find(Tier tier, std::uint32_t window) const;
  // The window's state after the change; nothing: it is gone.
  std::optional<WindowState> after(const WindowChange& change) const;
  // Returns the runs that are no longer in use.
  std::vector<RunPtr> apply(const WindowChange& change);
  Status restore(std::string_view key, std::string_view value);

  std::uint64_t bytes() const;

 private:
  std::array<Windows, kTiers.size()> tiers_;
};

std::string serialize(const WindowState& state);

}  // namespace headroom::store::rocks
