// Work in pieces on several threads, results in order on the caller's.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/base/result.h"

namespace headroom::store {

// Calls make(0) … make(count − 1), each once, on up to `threads` threads, and deliver(i, result) in
// ascending order on this one. At most two results per thread wait for delivery, so memory is
// bounded. `deliver` returns false to stop; what `make` fails with ends it too, after all that came
// before was delivered.
template <typename T, typename Make, typename Deliver>
Status in_order(std::size_t count, unsigned threads, Make make, Deliver deliver) {
  threads = static_cast<unsigned>(std::min<std::size_t>(threads, count));
  if (threads <= 1) {
    for (std::size_t i = 0; i < count; ++i) {
      Result<T> made = make(i);
      if (!made) return fail(made.error());
      if (!deliver(i, std::move(*made))) break;
    }
    return {};
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<Result<T>>> results(count);  // guarded by mutex, as the next three
  std::size_t next = 0;
  std::size_t delivered = 0;
  bool stopping = false;
  const std::size_t ahead = 2 * std::size_t{threads};
  std::vector<std::thread> workers;
  const auto work = [&] {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [&] { return stopping || next == count || next < delivered + ahead; });
      if (stopping || next == count) return;
      const std::size_t i = next++;
      lock.unlock();
      Result<T> made = make(i);
      lock.lock();
      results[i] = std::move(made);
      changed.notify_all();
    }
  };
  for (unsigned i = 0; i < threads; ++i) workers.emplace_back(work);
  Status status;
  for (std::size_t i = 0; i < count; ++i) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return results[i].has_value(); });
    Result<T> made = std::move(*results[i]);
    results[i].reset();
    delivered = i + 1;
    lock.unlock();
    changed.notify_all();
    if (!made) status = fail(made.error());
    if (!made || !deliver(i, std::move(*made))) break;
  }
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  changed.notify_all();
  for (std::thread& worker : workers) worker.join();
  return status;
}

}  // namespace headroom::store
