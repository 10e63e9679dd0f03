#include "aggregator/store/head.h"

#include <algorithm>

namespace headroom::store {

void Head::hold(Entry entry) {
  bytes_ += entry->size();
  entries_.push_back(std::move(entry));
}

void Head::push(Batches& batches, const HeadBatch& batch) {
  if (batches.count == batches.capacity) {
    batches.capacity = std::max<std::size_t>(8, batches.capacity * 2);
    const std::shared_ptr<HeadBatch[]> larger(new HeadBatch[batches.capacity]);
    std::copy_n(batches.array.get(), batches.count, larger.get());
    batches.array = larger;
  }
  batches.array[batches.count++] = batch;
}

void Head::count(const HeadBatch& batch) {
  ++batches_;
  bytes_ += sizeof(HeadBatch);
  for (std::uint32_t window = window_of(Tier::kRaw, batch.start);
       window <= window_of(Tier::kRaw, batch.last()); ++window) {
    ++windows_[window];
  }
}

void Head::add(const JournalRecord& record, std::size_t columns) {
  const HeadBatch batch{record.start, record.step_ms, record.steps, record.columns.data(),
                        record.columns.size()};
  push(groups_[record.group], batch);
  count(batch);
  samples_ += columns * record.steps;
}

void Head::append(const Head& other) {
  for (const Entry& entry : other.entries_) hold(entry);
  for (const auto& [group, batches] : other.groups_) {
    for (std::size_t i = 0; i < batches.count; ++i) {
      push(groups_[group], batches.array[i]);
      count(batches.array[i]);
    }
  }
  samples_ += other.samples_;
}

HeadSlice Head::slice(GroupId group) const {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return {};
  return {found->second.array, found->second.count};
}

std::vector<GroupId> Head::groups() const {
  std::vector<GroupId> all;
  all.reserve(groups_.size());
  for (const auto& [group, batches] : groups_) all.push_back(group);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace headroom::store
