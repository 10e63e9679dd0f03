// A real store in a folder of the test's own, with a clock that the test sets, and batches to put
// in.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "aggregator/store/rocks/rocks_store.h"
#include "common/codec/column.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace headroom::test {

inline constexpr UnixMs kNoon = 1'795'348'800'000;  // 2026-11-22T12:00:00Z
inline constexpr UnixMs kHour = 3'600'000;
inline constexpr UnixMs kDay = 24 * kHour;

class SettableClock final : public Clock {
 public:
  explicit SettableClock(UnixMs at = kNoon) : at_(at) {}
  void set(UnixMs at) { at_ = at; }
  UnixMs unix_ms() const override { return at_; }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::now();
  }

 private:
  std::atomic<UnixMs> at_;
};

// At kNoon unless the test sets it. One for all stores of a test program that do not bring their
// own.
inline SettableClock& store_clock() {
  static SettableClock clock;
  return clock;
}

inline store::rocks::Options store_options(const std::string& path) {
  store::rocks::Options options;
  options.path = path;
  options.background = false;
  options.clock = &store_clock();
  return options;
}

inline std::unique_ptr<store::Store> open_store(store::rocks::Options options) {
  auto opened = store::rocks::open(std::move(options));
  if (!opened) FAIL(opened.error().message);
  return std::move(*opened);
}
inline std::unique_ptr<store::Store> open_store(const std::string& path) {
  return open_store(store_options(path));
}

inline store::GroupId define(store::Store& store, const std::vector<Series>& series) {
  const auto group = store.define_group(series);
  if (!group) FAIL(group.error().message);
  REQUIRE(group->kept.size() == series.size());
  return group->id;
}

inline store::StreamKey stream_of(const std::string& agent) {
  return {agent, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
}

// One batch of the columns given, at one second a step.
inline store::Append append_of(const std::string& agent, std::uint64_t sequence,
                               store::GroupId group, UnixMs start,
                               const std::vector<std::vector<double>>& columns,
                               std::uint32_t step_ms = 1000) {
  store::Append append;
  append.stream = stream_of(agent);
  append.first_sequence = append.last_sequence = sequence;
  append.group = group;
  append.start = start;
  append.step_ms = step_ms;
  append.steps = static_cast<std::uint32_t>(columns.front().size());
  append.samples = columns.size() * append.steps;
  for (const auto& column : columns) codec::encode_column(column, append.columns);
  return append;
}

inline void commit(store::Store& store, const store::Append& append) {
  const Status done = store.commit(std::vector{append});
  if (!done) FAIL(done.error().message);
}

inline std::vector<store::SeriesId> ids_of(const store::Store& store, const std::string& selector) {
  const auto parsed = store::parse_selector(selector);
  REQUIRE(parsed.has_value());
  std::vector<store::SeriesId> ids;
  for (const auto& info : store.select(*parsed)) ids.push_back(info.id);
  return ids;
}

inline std::vector<Sample> read_all(const store::Store& store, const std::string& selector,
                                    UnixMs from = 0, UnixMs to = 4'000'000'000'000) {
  std::vector<Sample> all;
  const Status read = store.read(ids_of(store, selector), from, to,
                                 [&](store::SeriesId, std::span<const Sample> samples) {
                                   all.insert(all.end(), samples.begin(), samples.end());
                                   return true;
                                 });
  if (!read) FAIL(read.error().message);
  return all;
}

inline std::vector<Sample> read_windows(const store::Store& store, const std::string& selector,
                                        const store::WindowQuery& query) {
  std::vector<Sample> all;
  const Status read = store.read_windows(ids_of(store, selector), query,
                                         [&](store::SeriesId, std::span<const Sample> samples) {
                                           all.insert(all.end(), samples.begin(), samples.end());
                                           return true;
                                         });
  if (!read) FAIL(read.error().message);
  return all;
}

inline const store::FamilyStats& family(const store::StoreStats& stats, const std::string& name) {
  for (const store::FamilyStats& one : stats.families) {
    if (one.name == name) return one;
  }
  FAIL("no family " << name);
  return stats.families.front();
}

}  // namespace headroom::test
