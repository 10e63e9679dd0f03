#include "agent/sampler.h"

#include <utility>

#include "common/log/log.h"

namespace headroom::agent {

Sampler::Sampler(asio::io_context& loop, const Clock& clock, std::chrono::milliseconds interval,
                 std::vector<Named> collectors, OnSample on_sample)
    : timer_(loop),
      clock_(clock),
      interval_ms_(interval.count()),
      collectors_(std::move(collectors)),
      on_sample_(std::move(on_sample)) {}

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
  for (Named& named : collectors_) {
    const Status done = named.collector->collect(tick, sheet_);
    std::string message = done ? std::string() : done.error().message;
    if (!done) ++counters_.failures;
    if (message == named.last_error) continue;
    if (done) {
      log::info("collector {} works again", named.name);
    } else {
      log::warn("collector {}: {}", named.name, message);
    }
    named.last_error = std::move(message);
  }
  ++counters_.samples;
  on_sample_(time, sheet_);
}

void Sampler::replace_collectors(std::vector<Named> collectors) {
  collectors_ = std::move(collectors);
  for (std::size_t slot = 0; slot < sheet_.series().size(); ++slot) {
    if (!sheet_.series()[slot].metric.empty()) sheet_.retire(static_cast<Slot>(slot));
  }
  last_steady_ = {};
}

}  // namespace headroom::agent
