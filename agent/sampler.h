// When to sample, and what: runs the collectors once per point of the sampling grid.
//
// The grid is the multiples of the interval since 1970 by the system clock; waiting is done by the
// steady clock, so a step of the system clock moves the grid but never makes the sampler spin or
// sleep. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "agent/budget.h"
#include "agent/collectors/collector.h"
#include "common/base/clock.h"

namespace headroom::agent {

struct SamplerCounters {
  std::uint64_t samples = 0;  // grid points taken
  std::uint64_t missed = 0;   // grid points that passed while the host was suspended or too busy
  std::uint64_t clock_steps = 0;      // times the system clock jumped
  std::uint64_t failures = 0;         // collect() calls that failed
  std::uint64_t collectors_shed = 0;  // left out at present, to stay within the budget
};

class Sampler {
 public:
  struct Named {
    std::string name;
    std::unique_ptr<Collector> collector;
    bool sheddable = false;
    bool shed = false;
    std::chrono::nanoseconds cpu{0};  // since the budget was judged last
    std::string last_error;           // logged when it changes
  };
  using UsageFunction = std::function<Usage()>;
  using OnSample = std::function<void(UnixMs time, SampleSheet& sheet)>;

  Sampler(asio::io_context& loop, const Clock& clock, std::chrono::milliseconds interval,
          std::vector<Named> collectors, OnSample on_sample, BudgetOptions budget = {},
          UsageFunction usage = usage_of_this_process);

  void start();
  void stop();
  // Takes one sample now, for the grid point `time`.
  void sample(UnixMs time);
  // Another set of collectors from the next grid point on; series of the old ones end.
  void replace_collectors(std::vector<Named> collectors);

  const SampleSheet& sheet() const { return sheet_; }
  const SamplerCounters& counters() const { return counters_; }

 private:
  void arm();
  void on_timer();
  void collect(Named& named, const Tick& tick);
  void keep_budget();

  asio::steady_timer timer_;
  const Clock& clock_;
  UnixMs interval_ms_;
  std::vector<Named> collectors_;
  OnSample on_sample_;
  SampleSheet sheet_;
  UnixMs next_ = 0;  // the grid point that the timer waits for
  UnixMs last_ = 0;  // the grid point taken last
  std::chrono::steady_clock::time_point last_steady_{};
  SamplerCounters counters_;
  Budget budget_;
  bool said_exhausted_ = false;
  UsageFunction usage_;
};

}  // namespace headroom::agent
