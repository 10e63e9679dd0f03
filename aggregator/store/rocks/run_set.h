// The runs that one piece of upkeep writes, one per tier and window, open at the same time while
// groups pass by in ascending order.
//
// Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "aggregator/store/rocks/run_writer.h"

namespace headroom::store::rocks {

class RunSet {
 public:
  // `next` gives the numbers of new runs; `written` is told of each that the database has.
  RunSet(Database& database, std::function<std::uint32_t()> next,
         std::function<void(const Run&)> written)
      : database_(database), next_(std::move(next)), written_(std::move(written)) {}

  Status add(Tier tier, std::uint32_t window, GroupId group, std::string_view chunk,
             std::uint64_t samples);
  // Makes all of them durable. What is to become of each window: the new run added.
  Result<std::vector<WindowChange>> finish();

 private:
  Database& database_;
  std::function<std::uint32_t()> next_;
  std::function<void(const Run&)> written_;
  std::map<std::pair<Tier, std::uint32_t>, std::unique_ptr<RunWriter>> writers_;
};

}  // namespace headroom::store::rocks
