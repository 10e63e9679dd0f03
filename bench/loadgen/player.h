// Plays a whole dataset: opens the connections a few at a time, begins when all are welcomed, and
// tells how it went when the last batch is acknowledged. The connections stay open until it is
// destroyed. Lives on the loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <zmq.hpp>

#include "bench/loadgen/connection.h"

namespace headroom::loadgen {

struct Summary {
  std::size_t connections = 0;
  Totals totals;
  double connect_seconds = 0;
  double seconds = 0;  // from the first message after the greetings to the last acknowledgement
  // CPU seconds of the watched process so far, before connecting, at the first batch, and at the
  // last acknowledgement; below zero where nobody is watched.
  double cpu_before = -1;
  double cpu_begin = -1;
  double cpu_end = -1;
};

// User and system time of all of a process's threads; below zero where there is none.
double cpu_seconds(int pid);

class Player {
 public:
  using Done = std::function<void(const Result<Summary>&)>;

  // One connection per host; with `one_connection` a single one for all of them.
  Player(asio::io_context& loop, zmq::context_t& context, const Dataset& dataset,
         PlayOptions options, bool one_connection, int watch_pid, Done done);

  // Makes a key pair per connection and puts the public ones where the aggregator looks.
  Status authorize(const std::string& folder);
  void start();

 private:
  void open_some();
  void on_welcomed();
  void on_finished();
  void end(const Result<Summary>& how);
  void watch_progress();

  asio::io_context& loop_;
  PlayOptions options_;
  bool one_connection_;
  int watch_pid_;
  Done done_;
  Connection::Events events_;
  asio::steady_timer timer_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::string> names_;
  std::vector<wire::KeyPair> keys_;
  std::size_t opened_ = 0;
  std::size_t welcomed_ = 0;
  std::size_t finished_ = 0;
  bool progressed_ = false;
  bool ended_ = false;
  std::chrono::steady_clock::time_point started_;
  Summary summary_;
};

}  // namespace headroom::loadgen
