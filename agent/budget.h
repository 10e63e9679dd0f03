// The agent's own cost, and what it gives up so as not to exceed it.
//
// Once per window the process's CPU time and memory are held against the budget. Where they come
// near it, the collector that costs most among those that planning does not need is left out; when
// there has been plenty of room for a while, the one left out last comes back. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace headroom::agent {

struct Usage {
  std::chrono::nanoseconds cpu{0};  // of all threads since the process began
  std::size_t resident_bytes = 0;
};
// From getrusage(2) and /proc/self/statm.
Usage usage_of_this_process();

struct BudgetOptions {
  double cpu_cores = 0.02;  // mean over a window
  std::size_t memory_bytes = 48u << 20;
  std::chrono::seconds window{60};
};

class Budget {
 public:
  // What one collector has cost since the last window began.
  struct Cost {
    std::chrono::nanoseconds cpu{0};
    bool sheddable = false;
    bool shed = false;
  };
  struct Change {
    std::size_t collector = 0;  // index into the costs
    bool shed = false;          // else it comes back
    double cpu_cores = 0;       // used in the window that led to it
    std::size_t resident_bytes = 0;
  };

  explicit Budget(BudgetOptions options) : options_(options) {}

  // True when a window is over and judge() has to be called.
  bool window_is_over(std::chrono::steady_clock::time_point now);
  // Nothing where all is well, or where nothing may be left out.
  std::optional<Change> judge(const Usage& usage, const std::vector<Cost>& costs);

  // The last window came near the budget, and there was nothing left that may be left out.
  bool exhausted() const { return exhausted_; }

  const BudgetOptions& options() const { return options_; }

 private:
  std::optional<Change> shed_one(const std::vector<Cost>& costs);
  std::optional<Change> restore_one(const std::vector<Cost>& costs);

  BudgetOptions options_;
  std::chrono::steady_clock::time_point begin_{};
  std::chrono::nanoseconds elapsed_{0};
  std::optional<std::chrono::nanoseconds> cpu_before_;
  unsigned calm_windows_ = 0;
  bool exhausted_ = false;
  std::vector<std::size_t> order_;  // as they were shed
};

}  // namespace headroom::agent
