#include "aggregator/store/rocks/read_view.h"

#include <algorithm>
#include <set>

namespace headroom::store::rocks {
namespace {

// Raw windows that something is known of. A rollup's window is known as a whole.
std::set<std::uint32_t> known_windows(const ReadView& view, UnixMs from, UnixMs to) {
  std::set<std::uint32_t> known(view.head_windows.begin(), view.head_windows.end());
  for (const auto& [window, state] : view.of(Tier::kRaw)) known.insert(window);
  for (const Tier tier : kRollupTiers) {
    for (const auto& [window, state] : view.of(tier)) {
      const UnixMs begin = std::max(from, window_start(tier, window));
      const UnixMs end = std::min(to, window_end(tier, window));
      if (begin >= end) continue;
      for (std::uint32_t raw = window_of(Tier::kRaw, begin); raw <= window_of(Tier::kRaw, end - 1);
           ++raw)
        known.insert(raw);
    }
  }
  return known;
}

bool has_rollup(const ReadView& view, Tier tier, std::uint32_t raw_window) {
  return view.of(tier).contains(window_of(tier, window_start(Tier::kRaw, raw_window)));
}

}  // namespace

std::vector<Segment> plan_segments(const ReadView& view, UnixMs from, UnixMs to, Tier wanted) {
  std::vector<Segment> segments;
  from = std::max<UnixMs>(from, 0);
  for (const std::uint32_t window : known_windows(view, from, to)) {
    Segment next{std::max(from, window_start(Tier::kRaw, window)),
                 std::min(to, window_end(Tier::kRaw, window)), Tier::kRaw, false};
    if (next.from >= next.to) continue;
    const auto raw = view.of(Tier::kRaw).find(window);
    const bool has_raw = raw != view.of(Tier::kRaw).end();
    const bool in_head =
        std::binary_search(view.head_windows.begin(), view.head_windows.end(), window);
    if (!has_raw) {
      const Tier finer = wanted == Tier::kHour ? Tier::kHour : Tier::kMinute;
      const Tier other = finer == Tier::kHour ? Tier::kMinute : Tier::kHour;
      if (has_rollup(view, finer, window)) {
        next.tier = finer;
      } else if (has_rollup(view, other, window)) {
        next.tier = other;
      }
      next.head_too = in_head && next.tier != Tier::kRaw;
    } else if (wanted != Tier::kRaw && !in_head && !raw->second.dirty()) {
      if (has_rollup(view, wanted, window)) next.tier = wanted;
    }
    if (!segments.empty() && segments.back().to == next.from && segments.back().tier == next.tier &&
        segments.back().head_too == next.head_too) {
      segments.back().to = next.to;
    } else {
      segments.push_back(next);
    }
  }
  return segments;
}

}  // namespace headroom::store::rocks
