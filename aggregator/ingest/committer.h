// Group commit: one thread takes everything that waits and makes it durable with one synced write.
// While the disk is busy more comes in, so the groups grow with the load and the number of syncs
// does not.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include <asio/io_context.hpp>

#include "aggregator/store/store.h"

namespace headroom::ingest {

class Committer {
 public:
  struct Done {
    Status status;
    std::uint64_t epoch = 0;
    std::uint64_t batches = 0;  // in the group, gaps not counted
    std::uint64_t samples = 0;
    std::size_t appends = 0;  // the next ones in the order of submission
  };
  // Called on `loop`, in the order of submission, once for each group: what was committed, or what
  // could not be. Not called any more when the committer is gone.
  using OnDone = std::function<void(const Done& done)>;

  Committer(store::Store& store, asio::io_context& loop, OnDone on_done);
  // Commits what still waits, then ends the thread.
  ~Committer();

  // Takes all of them, in order, and leaves the vector empty. After a group failed, all else of the
  // same epoch is dropped: what follows a batch that is not stored must not be stored. When the
  // submitter hears of the failure it takes every stream back to what is on disk and begins a new
  // epoch.
  void submit(std::vector<store::Append>& appends, std::uint64_t epoch);

 private:
  void run();
  void commit(std::span<const store::Append> group, std::uint64_t epoch);

  store::Store& store_;
  asio::io_context& loop_;
  std::shared_ptr<const OnDone> on_done_;  // what is posted holds it weakly
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<store::Append> waiting_;  // guarded by mutex_; all of waiting_epoch_
  std::uint64_t waiting_epoch_ = 0;     // guarded by mutex_
  std::uint64_t failed_epoch_ = 0;      // guarded by mutex_; epochs begin at 1
  bool stopping_ = false;               // guarded by mutex_
  std::thread thread_;
};

}  // namespace headroom::ingest
