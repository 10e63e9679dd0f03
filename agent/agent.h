// The agent: sampler → batcher → backlog → link, wired on one loop.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <zmq.hpp>

#include "agent/config.h"
#include "agent/push/backlog.h"
#include "agent/push/batcher.h"
#include "agent/push/link.h"
#include "agent/push/replay.h"
#include "agent/sampler.h"
#include "agent/self_metrics.h"
#include "agent/spool/spool.h"

namespace headroom::agent {

// The collectors that the configuration enables.
std::vector<Sampler::Named> make_collectors(const Config& config);

class Agent {
 public:
  // Without a spool, what the aggregator cannot be given waits in memory only.
  Agent(asio::io_context& loop, zmq::context_t& context, const Clock& clock, Config config,
        LinkOptions link, std::optional<Spool> spool, Random random);

  void start();
  // Samples no more, sends what is left, and calls `stopped` when everything is acknowledged or the
  // time is up.
  void stop(std::function<void()> stopped);
  // Takes over what can change while running: collectors, log level. Returns what needs a restart.
  std::vector<std::string> reload(const Config& config);

 private:
  void on_sample(UnixMs time, SampleSheet& sheet);
  void flush();
  void keep(ClosedBatch batch);
  bool spill();
  LinkEvents link_events();
  void await_empty_backlog(std::chrono::steady_clock::time_point deadline);

  asio::io_context& loop_;
  const Clock& clock_;
  Config config_;
  std::chrono::milliseconds batch_interval_;
  Batcher batcher_;
  Random random_;
  Backlog backlog_;
  std::optional<Spool> spool_;
  std::optional<Replay> replay_;
  bool stream_is_spooled_ = false;  // part of the present stream waits in the spool
  std::string spool_failure_;       // logged when it changes
  Link link_;
  SelfMetrics self_metrics_;
  Sampler sampler_;
  asio::steady_timer stop_timer_;
  std::function<void()> stopped_;
};

}  // namespace headroom::agent
