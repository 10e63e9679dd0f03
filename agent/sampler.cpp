#include "agent/sampler.h"

#include <ctime>
#include <utility>

#include "common/log/log.h"

namespace headroom::agent {
namespace {

std::chrono::nanoseconds cpu_of_this_thread() {
  ::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

Sampler::Sampler(asio::io_context& loop, const Clock& clock, std::chrono::milliseconds interval,
                 std::vector<Named> collectors, OnSample on_sample, BudgetOptions budget,
                 UsageFunction usage)
    : timer_(loop),
      clock_(clock),
      interval_ms_(interval.count()),
      collectors_(std::move(collectors)),
      on_sample_(std::move(on_sample)),
      budget_(budget),
      usage_(std::move(usage)) {}

void Sampler::start() { arm(); }
void Sampler::stop() { timer_.cancel(); }

void Sampler::arm() {
  const UnixMs now = clock_.unix_ms();
  next_ = (now / interval_ms_ + 1) * interval_ms_;
  timer_.expires_at(clock_.steady() + std::chrono::milliseconds(next_ - now));
  timer_.async_wait([this](const asio::error_code& error) {
    if (!error) on_timer();
  });
}

void Sampler::on_timer() {
  const UnixMs now = clock_.unix_ms();
  if (now < next_) {
    // The two clocks may differ by a little; a larger difference means that the system clock was
    // set back.
    if (next_ - now <= interval_ms_) {
      timer_.expires_at(clock_.steady() + std::chrono::milliseconds(next_ - now));
      timer_.async_wait([this](const asio::error_code& error) {
        if (!error) on_timer();
      });
      return;
    }
    ++counters_.clock_steps;
    log::warn("the system clock went back by {} ms", next_ - now);
    return arm();
  }
  // The grid point this sample belongs to is the latest one that has passed.
  const UnixMs point = now / interval_ms_ * interval_ms_;
  // A small step back brings the same point again: it is taken once.
  if (point == last_) return arm();
  if (last_ != 0 && point > last_ + interval_ms_) {
    counters_.missed += static_cast<std::uint64_t>((point - last_) / interval_ms_ - 1);
  }
  sample(point);
  arm();
}

void Sampler::sample(UnixMs time) {
  const auto steady = clock_.steady();
  const Tick tick{time, last_steady_.time_since_epoch().count() == 0
                            ? std::chrono::nanoseconds(0)
                            : std::chrono::nanoseconds(steady - last_steady_)};
  last_steady_ = steady;
  last_ = time;
  sheet_.clear_values();
  auto cpu = cpu_of_this_thread();
  for (Named& named : collectors_) {
    if (named.shed) continue;
    collect(named, tick);
    const auto now = cpu_of_this_thread();
    named.cpu += now - std::exchange(cpu, now);
  }
  ++counters_.samples;
  if (budget_.window_is_over(steady)) keep_budget();
  on_sample_(time, sheet_);
}

void Sampler::collect(Named& named, const Tick& tick) {
  const Status done = named.collector->collect(tick, sheet_);
  if (!done) ++counters_.failures;
  if (done ? named.last_error.empty() : done.error().message == named.last_error) return;
  if (done) {
    log::info("collector {} works again", named.name);
  } else {
    log::warn("collector {}: {}", named.name, done.error().message);
  }
  named.last_error = done ? std::string() : done.error().message;
}

void Sampler::keep_budget() {
  std::vector<Budget::Cost> costs;
  for (Named& named : collectors_) {
    log::debug("collector {} took {:.2f} ms of CPU time since the last look at the budget",
               named.name, std::chrono::duration<double, std::milli>(named.cpu).count());
    costs.push_back({std::exchange(named.cpu, {}), named.sheddable, named.shed});
  }
  const auto change = budget_.judge(usage_(), costs);
  if (budget_.exhausted() && !said_exhausted_) {
    log::warn(
        "the agent comes near its budget of {:.2f} % of a core and {} MiB, and planning needs all "
        "that it still measures",
        budget_.options().cpu_cores * 100, budget_.options().memory_bytes >> 20);
  }
  said_exhausted_ = budget_.exhausted();
  if (!change) return;
  Named& named = collectors_[change->collector];
  named.shed = change->shed;
  counters_.collectors_shed += change->shed ? 1 : -1;
  if (change->shed) {
    log::warn(
        "collector {} is left out: the agent used {:.2f} % of a core and {} MiB, of {:.2f} % "
        "and {} MiB that it may use",
        named.name, change->cpu_cores * 100, change->resident_bytes >> 20,
        budget_.options().cpu_cores * 100, budget_.options().memory_bytes >> 20);
  } else {
    log::info("collector {} is back: there is room in the agent's budget", named.name);
  }
}

void Sampler::replace_collectors(std::vector<Named> collectors) {
  collectors_ = std::move(collectors);
  counters_.collectors_shed = 0;
  sheet_.retire_all();
  last_steady_ = {};
}

}  // namespace headroom::agent
