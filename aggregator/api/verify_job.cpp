#include "aggregator/api/verify_job.h"

#include <exception>
#include <utility>

#include "common/log/log.h"

namespace headroom::api {

VerifyJob::~VerifyJob() {
  cancelled_ = true;
  std::thread last;
  {
    const std::lock_guard lock(mutex_);
    last = std::move(thread_);
  }
  if (last.joinable()) last.join();
}

Status VerifyJob::start() {
  const std::lock_guard lock(mutex_);
  if (state_.phase == Phase::kRunning) {
    return fail(ErrorCode::kAlreadyExists,
                "the store is being verified already; headroom store verify looks on");
  }
  if (thread_.joinable()) thread_.join();  // it has ended, or is about to
  state_ = {};
  state_.phase = Phase::kRunning;
  state_.started = clock_.unix_ms();
  cancelled_ = false;
  thread_ = std::thread([this] { run(); });
  return {};
}

bool VerifyJob::cancel() {
  const std::lock_guard lock(mutex_);
  if (state_.phase != Phase::kRunning) return false;
  cancelled_ = true;
  return true;
}

VerifyJob::State VerifyJob::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void VerifyJob::run() {
  Result<store::VerifyReport> report = fail(ErrorCode::kInternal, "it did not end");
  try {
    report = store_.verify([this](double done) {
      const std::lock_guard lock(mutex_);
      state_.done = done;
      return !cancelled_;
    });
  } catch (const std::exception& failure) {
    report = fail(ErrorCode::kInternal, failure.what());
  }
  const std::lock_guard lock(mutex_);
  state_.ended = clock_.unix_ms();
  if (report) {
    state_.phase = Phase::kDone;
    state_.done = 1;
    state_.report = std::move(*report);
    if (state_.report.problem_count > 0)
      log::error("verify found {} problems; headroom store verify lists them",
                 state_.report.problem_count);
  } else if (report.error().code == ErrorCode::kCancelled) {
    state_.phase = Phase::kCancelled;
  } else {
    state_.phase = Phase::kFailed;
    state_.error = report.error().message;
    log::error("the store could not be verified: {}", state_.error);
  }
}

const char* to_string(VerifyJob::Phase phase) {
  switch (phase) {
    case VerifyJob::Phase::kNone:
      return "none";
    case VerifyJob::Phase::kRunning:
      return "running";
    case VerifyJob::Phase::kDone:
      return "done";
    case VerifyJob::Phase::kCancelled:
      return "cancelled";
    case VerifyJob::Phase::kFailed:
      return "failed";
  }
  return "none";
}

}  // namespace headroom::api
