// Writes one run: a file, or several where it grows large, that the database then takes in as they
// are. What is not taken in is removed.
//
// Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aggregator/store/rocks/database.h"
#include "aggregator/store/rocks/window_index.h"

namespace rocksdb {
class SstFileWriter;
}

namespace headroom::store::rocks {

inline constexpr std::uint64_t kRunFileBytes = 64u << 20;

class RunWriter {
 public:
  RunWriter(Database& database, Tier tier, std::uint32_t window, std::uint32_t number);
  ~RunWriter();
  RunWriter(const RunWriter&) = delete;
  RunWriter& operator=(const RunWriter&) = delete;

  // Groups ascend. Errors: kUnavailable.
  Status add(GroupId group, std::string_view chunk, std::uint64_t samples);
  // Makes the run part of the database, durable when it returns; it counts once the index of
  // windows says so. Something must have been added. Errors: kUnavailable.
  Result<Run> finish();
  bool empty() const { return run_.chunks == 0; }

 private:
  Status open_file();
  Status close_file();

  Database& database_;
  Run run_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  std::vector<std::string> files_;  // not taken in yet
};

// Removes what writers of an earlier process left behind.
void remove_unfinished_runs(Database& database);

}  // namespace headroom::store::rocks
