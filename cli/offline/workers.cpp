#include "cli/offline/workers.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace headroom::cli {
namespace {

class Pool {
 public:
  explicit Pool(const Work& work) : work_(work), done_(work.jobs) {
    const unsigned threads = threads_for(work.threads, work.jobs);
    threads_.reserve(threads);
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
  }
  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // What became of the job; waits for it. In order.
  Status wait_for(std::size_t job) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_[job].has_value(); });
    delivered_ = job + 1;
    lock.unlock();
    changed_.notify_all();
    return *done_[job];
  }

 private:
  void serve() {
    for (;;) {
      std::size_t job = 0;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] {
          return stopped_ || next_ == work_.jobs || next_ < delivered_ + kJobsAhead;
        });
        if (stopped_ || next_ == work_.jobs) return;
        job = next_++;
      }
      Status status;
      try {
        status = work_.run(job);
      } catch (const std::exception& problem) {
        status = fail(ErrorCode::kInternal, problem.what());
      }
      {
        const std::lock_guard lock(mutex_);
        done_[job] = std::move(status);
      }
      changed_.notify_all();
    }
  }

  const Work& work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t next_ = 0;                     // guarded by mutex_
  std::size_t delivered_ = 0;                // guarded by mutex_
  bool stopped_ = false;                     // guarded by mutex_
  std::vector<std::optional<Status>> done_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace

unsigned threads_for(unsigned asked, std::size_t jobs) {
  const unsigned wanted = asked > 0 ? asked : std::max(1u, std::thread::hardware_concurrency());
  return static_cast<unsigned>(
      std::min<std::size_t>(std::min(wanted, kThreadsMost), std::max<std::size_t>(jobs, 1)));
}

Status work_through(const Work& work) {
  constexpr std::size_t kNews = 1000;  // so often at most is it told how far the work is
  Pool pool(work);
  std::size_t told = 0;
  for (std::size_t job = 0; job < work.jobs; ++job) {
    if (auto done = pool.wait_for(job); !done) return done;
    if (auto delivered = work.deliver(job); !delivered) return delivered;
    if (const std::size_t share = (job + 1) * kNews / work.jobs; work.progress && share > told) {
      told = share;
      work.progress(static_cast<double>(job + 1) / static_cast<double>(work.jobs));
    }
  }
  return {};
}

}  // namespace headroom::cli
