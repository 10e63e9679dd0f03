#include "aggregator/store/rocks/group_walk.h"

#include "aggregator/store/rocks/keys.h"

namespace headroom::store::rocks {

GroupWalk::GroupWalk(const Database& database, Tier tier, std::uint32_t window,
                     const std::vector<RunPtr>& runs)
    : database_(database), tier_(tier), window_(window) {
  for (const RunPtr& run : runs)
    sources_.push_back({run->number, database.iterate(family_of(tier), false), true, false});
}

Status GroupWalk::advance(Source& source) {
  if (source.begun) {
    source.at->Next();
  } else {
    source.at->Seek(chunk_key({window_, source.run, 0}));
    source.begun = true;
  }
  source.used = false;
  return database_.ended(*source.at, "read window " + std::to_string(window_) + " of " +
                                         kFamilyNames[static_cast<std::size_t>(family_of(tier_))]);
}

std::optional<GroupId> GroupWalk::group_of(const Source& source) const {
  if (!source.at->Valid()) return std::nullopt;
  const ChunkKey key = parse_chunk_key(view(source.at->key()));
  if (key.window != window_ || key.run != source.run) return std::nullopt;
  return key.group;
}

Result<bool> GroupWalk::next() {
  chunks_.clear();
  std::optional<GroupId> least;
  for (Source& source : sources_) {
    if (source.used) {
      if (auto done = advance(source); !done) return fail(done.error());
    }
    const auto group = group_of(source);
    if (group && (!least || *group < *least)) least = group;
  }
  if (!least) return false;
  group_ = *least;
  for (Source& source : sources_) {
    if (group_of(source) != least) continue;
    source.used = true;
    auto chunk = ChunkView::open(codec::as_bytes(view(source.at->value())));
    if (!chunk) {
      const Error damaged = chunk.error().within(
          "chunk of group " + std::to_string(group_) + " in window " + std::to_string(window_) +
          " of " + kFamilyNames[static_cast<std::size_t>(family_of(tier_))]);
      database_.set_damage(damaged.message);
      return fail(damaged);
    }
    chunks_.push_back({source.run, std::move(*chunk)});
  }
  return true;
}

}  // namespace headroom::store::rocks
