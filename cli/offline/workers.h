// One job per series on all cores, the results handed over in the order of the input.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace headroom::cli {

inline constexpr unsigned kThreadsMost = 1024;

// 0 is as many as the machine has cores.
unsigned threads_for(unsigned asked, std::size_t jobs);

struct Work {
  std::size_t jobs = 0;
  unsigned threads = 0;  // 0: all cores
  // Called on any thread, for different jobs at once.
  std::function<Status(std::size_t job)> run;
  // Called on the calling thread, job by job in order, each after its run() was fine. Jobs are at
  // most kJobsAhead ahead of it, so results that wait for it are few.
  std::function<Status(std::size_t job)> deliver;
  std::function<void(double done)> progress;  // on the calling thread; may be empty
};

inline constexpr std::size_t kJobsAhead = 64;

// Ends with the first error in the order of jobs, whatever the threads did, or when all are
// delivered. An exception of a job is kInternal.
Status work_through(const Work& work);

// The same with results: `run` makes one per job, `deliver` takes it.
template <typename T>
Status work_through(std::size_t jobs, unsigned threads,
                    const std::function<Result<T>(std::size_t)>& run,
                    const std::function<Status(std::size_t, T&&)>& deliver,
                    const std::function<void(double)>& progress = {}) {
  std::vector<std::optional<T>> results(jobs);
  return work_through(Work{jobs, threads,
                           [&](std::size_t job) -> Status {
                             auto made = run(job);
                             if (!made) return fail(made.error());
                             results[job] = std::move(*made);
                             return {};
                           },
                           [&](std::size_t job) -> Status {
                             auto done = deliver(job, std::move(*results[job]));
                             results[job].reset();
                             return done;
                           },
                           progress});
}

}  // namespace headroom::cli
