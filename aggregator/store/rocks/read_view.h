// What one read sees: the runs and the head's batches of one moment. Nothing of it goes away while
// the view lives.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "aggregator/store/head.h"
#include "aggregator/store/rocks/window_index.h"

namespace headroom::store::rocks {

struct ReadView {
  using Windows = std::map<std::uint32_t, WindowState>;

  std::vector<std::shared_ptr<const Head>> heads;              // keep what the slices point to
  std::unordered_map<GroupId, std::vector<HeadSlice>> slices;  // in the order of their commits
  std::array<Windows, kTiers.size()> windows;                  // those that touch the range
  std::vector<std::uint32_t> head_windows;  // raw windows with batches, ascending

  const Windows& of(Tier tier) const { return windows[static_cast<std::size_t>(tier)]; }
};

// Where one stretch of a range is read from.
struct Segment {
  UnixMs from = 0;
  UnixMs to = 0;
  Tier tier = Tier::kRaw;
  bool head_too =
      false;  // of a rollup: the head has samples that came after the raw ones had expired
};

// The range in stretches, ascending: the tier `wanted` where its buckets are complete, else raw
// samples, else whatever tier still has something. Stretches without data are left out.
std::vector<Segment> plan_segments(const ReadView& view, UnixMs from, UnixMs to, Tier wanted);

}  // namespace headroom::store::rocks
