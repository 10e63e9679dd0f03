// Sends what waits in the spool, beside the live session and without being in its way: a session of
// its own, in the streams that the spooled batches were numbered in, oldest first. Exists only
// while there is something to send.
//
// Lives on the loop's thread.
#pragma once

#include <memory>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <zmq.hpp>

#include "agent/push/link.h"
#include "agent/spool/spool.h"

namespace headroom::agent {

class Replay {
 public:
  Replay(asio::io_context& loop, zmq::context_t& context, LinkOptions options, Spool& spool,
         Random random);
  ~Replay();

  // The aggregator can be reached: begin, unless it is under way already or nothing waits.
  void start();
  // It cannot, or the process is to stop: what is not acknowledged stays in the spool.
  void stop();

  bool active() const { return link_ != nullptr; }
  // Of all sessions so far.
  LinkCounters counters() const;

 private:
  void load();
  void on_acknowledged();
  void end_session();

  asio::io_context& loop_;
  zmq::context_t& context_;
  LinkOptions options_;
  Spool& spool_;
  Random random_;
  std::unique_ptr<Backlog> window_;  // the loaded segment
  std::unique_ptr<Link> link_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  LinkCounters past_;
};

}  // namespace headroom::agent
