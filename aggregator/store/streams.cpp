#include "aggregator/store/streams.h"

#include <algorithm>
#include <cstring>

namespace headroom::store {

const Streams::Entry* Streams::find(const StreamKey& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

void Streams::set(const StreamKey& key, const Entry& entry) {
  entries_[key] = entry;
  keys_[entry.number] = key;
  next_ = std::max(next_, entry.number + 1);
}

const StreamKey* Streams::key_of(std::uint32_t number) const {
  const auto found = keys_.find(number);
  return found == keys_.end() ? nullptr : &found->second;
}

Streams::Folded Streams::fold_old(const std::set<StreamKey>& keep) {
  std::map<std::string, std::vector<std::pair<UnixMs, StreamKey>>> by_agent;
  for (const auto& [key, entry] : entries_) {
    if (key.stream != StreamKey().stream) by_agent[key.agent].emplace_back(entry.moved, key);
  }
  Folded folded;
  for (auto& [agent, streams] : by_agent) {
    if (streams.size() <= kStreamsPerAgent) continue;
    std::sort(streams.begin(), streams.end());
    streams.resize(streams.size() - kStreamsPerAgent);
    std::erase_if(streams, [&](const auto& one) { return keep.contains(one.second); });
    if (streams.empty()) continue;
    const StreamKey sum_key{agent, {}};
    const Entry* known = find(sum_key);
    Entry sum = known == nullptr ? Entry{next_, {}, 0} : *known;
    for (const auto& [moved, key] : streams) {
      const Entry old = entries_[key];
      sum.cursor.batches += old.cursor.batches;
      sum.cursor.samples += old.cursor.samples;
      sum.cursor.lost_batches += old.cursor.lost_batches;
      sum.cursor.lost_samples += old.cursor.lost_samples;
      sum.moved = std::max(sum.moved, moved);
      keys_.erase(old.number);
      entries_.erase(key);
      folded.gone.push_back(key);
    }
    set(sum_key, sum);
    folded.changed.push_back(sum_key);
  }
  return folded;
}

std::string serialize(const Streams::Entry& entry) {
  std::string bytes;
  const Cursor& cursor = entry.cursor;
  for (const std::uint64_t number :
       {std::uint64_t{entry.number}, cursor.committed, cursor.batches, cursor.samples,
        cursor.lost_batches, cursor.lost_samples, static_cast<std::uint64_t>(entry.moved)}) {
    codec::put_varint(bytes, number);
  }
  return bytes;
}

Status Streams::restore(std::string_view key, std::string_view value) {
  StreamKey stream;
  const std::size_t zero = key.find('\0');
  if (zero == std::string_view::npos || key.size() - zero - 1 != stream.stream.size())
    return fail(ErrorCode::kCorruption, "a cursor's key cannot be read");
  stream.agent = key.substr(0, zero);
  std::memcpy(stream.stream.data(), key.data() + zero + 1, stream.stream.size());
  codec::Reader reader(codec::as_bytes(value));
  Entry entry;
  entry.number = static_cast<std::uint32_t>(reader.varint());
  Cursor& cursor = entry.cursor;
  for (std::uint64_t* number : {&cursor.committed, &cursor.batches, &cursor.samples,
                                &cursor.lost_batches, &cursor.lost_samples}) {
    *number = reader.varint();
  }
  entry.moved = static_cast<UnixMs>(reader.varint());
  if (!reader.ok() || reader.left() != 0)
    return fail(ErrorCode::kCorruption, "a cursor cannot be read");
  set(stream, entry);
  return {};
}

}  // namespace headroom::store
