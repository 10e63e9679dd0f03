#include "aggregator/store/rocks/window_index.h"

#include <algorithm>

#include "aggregator/store/rocks/keys.h"

namespace headroom::store::rocks {

std::uint64_t WindowState::bytes() const {
  std::uint64_t sum = 0;
  for (const RunPtr& run : runs) sum += run->bytes;
  return sum;
}

const WindowState* WindowIndex::find(Tier tier, std::uint32_t window) const {
  const auto found = of(tier).find(window);
  return found == of(tier).end() ? nullptr : &found->second;
}

std::optional<WindowState> WindowIndex::after(const WindowChange& change) const {
  if (change.drop) return std::nullopt;
  const WindowState* before = find(change.tier, change.window);
  WindowState state = before == nullptr ? WindowState() : *before;
  std::erase_if(state.runs, [&](const RunPtr& run) {
    return std::find(change.remove.begin(), change.remove.end(), run->number) !=
           change.remove.end();
  });
  for (const Run& run : change.add) state.runs.push_back(std::make_shared<const Run>(run));
  std::sort(state.runs.begin(), state.runs.end(),
            [](const RunPtr& a, const RunPtr& b) { return a->number < b->number; });
  if (change.rolled_up) state.rolled_up = *change.rolled_up;
  return state;
}

std::vector<RunPtr> WindowIndex::apply(const WindowChange& change) {
  Windows& windows = tiers_[static_cast<std::size_t>(change.tier)];
  const auto next = after(change);
  std::vector<RunPtr> unused;
  if (const WindowState* before = find(change.tier, change.window)) {
    for (const RunPtr& run : before->runs) {
      const bool stays =
          next && std::any_of(next->runs.begin(), next->runs.end(),
                              [&](const RunPtr& one) { return one->number == run->number; });
      if (!stays) unused.push_back(run);
    }
  }
  if (next) {
    windows[change.window] = *next;
  } else {
    windows.erase(change.window);
  }
  return unused;
}

std::string serialize(const WindowState& state) {
  std::string bytes;
  codec::put_varint(bytes, state.rolled_up);
  codec::put_varint(bytes, state.runs.size());
  for (const RunPtr& run : state.runs) {
    codec::put_varint(bytes, run->number);
    codec::put_varint(bytes, run->chunks);
    codec::put_varint(bytes, run->samples);
    codec::put_varint(bytes, run->bytes);
  }
  return bytes;
}

Status WindowIndex::restore(std::string_view key, std::string_view value) {
  codec::Reader at(codec::as_bytes(key));
  const std::uint8_t tier = at.u8();
  const auto window = at.be<std::uint32_t>();
  codec::Reader reader(codec::as_bytes(value));
  WindowState state;
  state.rolled_up = static_cast<std::uint32_t>(reader.varint());
  const std::uint64_t count = reader.varint();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    Run run{static_cast<Tier>(tier), window, 0, 0, 0, 0};
    run.number = static_cast<std::uint32_t>(reader.varint());
    run.chunks = reader.varint();
    run.samples = reader.varint();
    run.bytes = reader.varint();
    state.runs.push_back(std::make_shared<const Run>(run));
  }
  if (!at.ok() || at.left() != 0 || tier >= kTiers.size() || !reader.ok() || reader.left() != 0)
    return fail(ErrorCode::kCorruption, "the list of windows holds one that cannot be read");
  tiers_[tier][window] = std::move(state);
  return {};
}

std::uint64_t WindowIndex::bytes() const {
  std::uint64_t sum = 0;
  for (const Windows& windows : tiers_) {
    for (const auto& [window, state] : windows) sum += state.bytes();
  }
  return sum;
}

}  // namespace headroom::store::rocks
