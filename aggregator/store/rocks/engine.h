// The embedded engine, in four files: engine_open.cpp (what is found at the start),
// engine_write.cpp (commits, flush), engine_read.cpp (queries) and engine_upkeep.cpp (rolling up,
// merging, retention, and the thread that does so).
//
// Locks, always taken in this order: upkeep_mutex_, commit_mutex_, mutex_.
#pragma once

#include <array>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

#include "aggregator/store/catalog.h"
#include "aggregator/store/head.h"
#include "aggregator/store/rocks/database.h"
#include "aggregator/store/rocks/disk_watch.h"
#include "aggregator/store/rocks/group_reader.h"
#include "aggregator/store/rocks/read_view.h"
#include "aggregator/store/rocks/rocks_store.h"
#include "aggregator/store/rocks/upkeep.h"
#include "aggregator/store/rocks/window_index.h"
#include "aggregator/store/streams.h"

namespace headroom::store::rocks {

class Engine final : public Store {
 public:
  Engine(Options options, std::unique_ptr<Database> database);
  ~Engine() override;

  Status recover();
  void start_upkeep();

  Result<DefinedGroup> define_group(std::span<const Series> series) override;
  Status commit(std::span<const Append> appends) override;
  Cursor cursor(const StreamKey& stream) const override;
  std::vector<std::pair<StreamKey, Cursor>> cursors() const override;
  std::vector<SeriesInfo> select(const Selector& selector, UnixMs since) const override {
    return catalog_.select(selector, since);
  }
  Status read(std::span<const SeriesId> ids, UnixMs from, UnixMs to, const Sink& sink,
              const ReadControl& control) const override;
  Status read_windows(std::span<const SeriesId> ids, const WindowQuery& query, const Sink& sink,
                      const ReadControl& control) const override;
  Status decommission(std::string_view host, UnixMs at) override;
  Status put(Table table, std::string_view key, std::string_view value) override;
  Status erase(Table table, std::string_view key) override;
  Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
  Result<std::vector<std::pair<std::string, std::string>>> list(
      Table table, std::string_view prefix) const override;
  Status flush() override;
  Status backup(const std::string& path) override;
  Result<VerifyReport> verify(const Progress& progress) const override;
  StoreStats stats() const override;
  CardinalityReport cardinality() const override { return catalog_.report(); }

 private:
  using Steady = std::chrono::steady_clock;

  // engine_open.cpp
  Status check_format();
  Status recover_catalog();
  Status recover_small(Family family,
                       const std::function<Status(std::string_view, std::string_view)>& take);
  Status recover_journal();
  Status drop_orphans();
  Result<std::uint64_t> meta_number(std::string_view key) const;
  void put_meta(rocksdb::WriteBatch& batch, std::string_view key, std::uint64_t number) const;

  // engine_write.cpp
  struct Commit;
  Status add_to_commit(Commit& commit, const Append& append) const;
  void take_in(Commit&& commit);
  void note_time(UnixMs first, UnixMs last);  // under mutex_
  Status flush_head();                        // under upkeep_mutex_
  Status fold_streams();
  // Makes the changes count, with what else is in the batch; `also` runs in the moment in which
  // readers see them, under mutex_.
  Status publish(const std::vector<WindowChange>& changes, rocksdb::WriteBatch& batch,
                 const std::function<void()>& also = {});
  GroupShape shape_of(GroupId group) const;

  // engine_read.cpp
  struct ReadPlan;
  using WantedByGroup = std::map<GroupId, std::vector<WantedColumn>>;
  WantedByGroup wanted_columns(std::span<const SeriesId> ids) const;
  ReadView view_of(const WantedByGroup& wanted, UnixMs from, UnixMs to) const;
  unsigned threads(const ReadControl& control) const;

  // engine_upkeep.cpp; all under upkeep_mutex_
  KeptSince kept_since() const;
  UnixMs now() const { return clock_->unix_ms(); }
  // Closed windows that are not rolled up; with `at_once` also those that were written a moment
  // ago.
  Status roll_up_closed(bool at_once);
  Status merge_runs();
  Status drop_expired();
  Status drop_beyond_size();
  Status drop_windows(Tier tier, const std::vector<std::uint32_t>& windows);
  Status forget_hosts();
  void drop_unused_runs();
  Status drop_what_is_too_much();
  bool quiet(std::uint32_t window) const;  // under mutex_
  bool flush_is_due() const;               // under mutex_
  void run_upkeep();
  Status upkeep(bool flush_first);

  const Options options_;
  const Clock* clock_;
  SystemClock system_clock_;
  std::unique_ptr<Database> database_;
  Catalog catalog_;
  mutable DiskWatch disk_;

  std::mutex upkeep_mutex_;     // one flush, roll-up, merge or drop at a time
  std::uint32_t next_run_ = 1;  // guarded by upkeep_mutex_
  std::vector<Run> uncounted_;  // guarded by upkeep_mutex_; written and not published
  std::vector<RunPtr>
      unused_runs_;  // guarded by upkeep_mutex_; their files go when nobody reads them
  Upkeep upkeep_;    // guarded by upkeep_mutex_

  std::mutex commit_mutex_;         // one commit at a time
  std::uint64_t next_journal_ = 0;  // guarded by commit_mutex_

  mutable std::mutex mutex_;  // guards all below
  std::shared_ptr<Head> head_ = std::make_shared<Head>();
  std::shared_ptr<const Head> flushing_;  // being written to chunks; still read from here
  WindowIndex windows_;
  std::array<UnixMs, kTiers.size()>
      dropped_{};  // by tier: windows that end by then are gone for good
  std::map<std::uint32_t, Steady::time_point> touched_;  // raw windows, when a batch last came
  Streams streams_;
  std::set<StreamKey> moved_;  // streams whose cursors are not in the family of cursors yet
  mutable std::unordered_map<GroupId, GroupShape> shapes_;
  Steady::time_point head_since_ = Steady::now();
  StoreStats stats_;
  std::string upkeep_failure_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

inline constexpr std::string_view kFormatKey = "format";
inline constexpr std::string_view kJournalLowKey = "journal_low";  // entries below it are in chunks
inline constexpr std::string_view kNextRunKey = "next_run";
inline constexpr std::array<std::string_view, kTiers.size()> kDroppedKeys{
    "dropped_raw", "dropped_1m", "dropped_1h"};
inline constexpr std::string_view kOldestKey = "oldest";
inline constexpr std::string_view kNewestKey = "newest";

}  // namespace headroom::store::rocks
