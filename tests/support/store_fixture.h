// A real store in a folder of the test's own, and batches to put in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aggregator/store/rocks/rocks_store.h"
#include "common/codec/column.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace headroom::test {

inline constexpr UnixMs kNoon = 1'795'348'800'000;  // 2026-11-22T12:00:00Z

inline std::unique_ptr<store::Store> open_store(const std::string& path,
                                                std::size_t head_bytes = 64u << 20,
                                                store::CatalogLimits limits = {}) {
  store::rocks::Options options;
  options.path = path;
  options.head_bytes = head_bytes;
  options.background_flush = false;
  options.limits = limits;
  auto opened = store::rocks::open(options);
  if (!opened) FAIL(opened.error().message);
  return std::move(*opened);
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
  for (const auto& column : columns) codec::encode_column(column, append.columns);
  return append;
}

inline std::vector<Sample> read_all(const store::Store& store, const std::string& selector,
                                    UnixMs from = 0, UnixMs to = 4'000'000'000'000) {
  const auto parsed = store::parse_selector(selector);
  REQUIRE(parsed.has_value());
  std::vector<store::SeriesId> ids;
  for (const auto& info : store.select(*parsed)) ids.push_back(info.id);
  std::vector<Sample> all;
  const Status read =
      store.read(ids, from, to, [&](store::SeriesId, std::span<const Sample> samples) {
        all.insert(all.end(), samples.begin(), samples.end());
        return true;
      });
  REQUIRE(read.has_value());
  return all;
}

}  // namespace headroom::test
