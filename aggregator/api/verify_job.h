// The check of the whole store, in the background: one at a time, asked for and watched through the
// API. Nothing of it outlives the process.
//
// Thread safety: every call may be made from any thread.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "aggregator/store/store.h"
#include "common/base/clock.h"

namespace headroom::api {

class VerifyJob {
 public:
  enum class Phase { kNone, kRunning, kDone, kCancelled, kFailed };
  struct State {
    Phase phase = Phase::kNone;
    double done = 0;  // a share of 1
    UnixMs started = 0;
    UnixMs ended = 0;
    store::VerifyReport report;  // when done
    std::string error;           // when failed
  };

  VerifyJob(const store::Store& store, const Clock& clock) : store_(store), clock_(clock) {}
  ~VerifyJob();  // cancels what runs
  VerifyJob(const VerifyJob&) = delete;
  VerifyJob& operator=(const VerifyJob&) = delete;

  // Errors: kAlreadyExists while one runs.
  Status start();
  // False where none runs. It ends within moments, not at once.
  bool cancel();
  State state() const;

 private:
  void run();

  const store::Store& store_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards state_ and thread_
  State state_;
  std::thread thread_;
  std::atomic<bool> cancelled_ = false;
};

const char* to_string(VerifyJob::Phase phase);

}  // namespace headroom::api
