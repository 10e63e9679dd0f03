// The agent: sampler → batcher → backlog → link, wired on one loop.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <zmq.hpp>

#include "agent/config.h"
#include "agent/push/backlog.h"
#include "agent/push/batcher.h"
#include "agent/push/link.h"
#include "agent/sampler.h"
#include "agent/self_metrics.h"

namespace headroom::agent {

// The collectors that the configuration enables.
std::vector<Sampler::Named> make_collectors(const Config& config);

class Agent {
 public:
  Agent(asio::io_context& loop, zmq::context_t& context, const Clock& clock, Config config,
        LinkOptions link, Random random);

  void start();
  // Samples no more, sends what is left, and calls `stopped` when everything is acknowledged or the
  // time is up.
  void stop(std::function<void()> stopped);
  // Takes over what can change while running: collectors, log level. Returns what needs a restart.
  std::vector<std::string> reload(const Config& config);

 private:
  void on_sample(UnixMs time, SampleSheet& sheet);
  void flush();
  void await_empty_backlog(std::chrono::steady_clock::time_point deadline);

  asio::io_context& loop_;
  const Clock& clock_;
  Config config_;
  std::chrono::milliseconds batch_interval_;
  Batcher batcher_;
  Backlog backlog_;
  Link link_;
  SelfMetrics self_metrics_;
  Sampler sampler_;
  asio::steady_timer stop_timer_;
  std::function<void()> stopped_;
};

}  // namespace headroom::agent
