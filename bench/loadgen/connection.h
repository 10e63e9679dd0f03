// One agent as the aggregator sees it: one DEALER socket with CURVE that says Hello, defines
// layouts and sends batches, a few unacknowledged ones at a time. Leaner than agent::Link: it has
// no backlog and no second try, because a load test that had to try again is not one.
//
// Lives on the loop's thread. What it sent is made from the dataset when there is room for it, so
// memory does not grow with the dataset.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <asio/io_context.hpp>
#include <zmq.hpp>

#include "bench/loadgen/dataset.h"
#include "common/wire/keys.h"
#include "common/wire/message.h"
#include "common/wire/zmq_socket.h"

namespace headroom::loadgen {

struct PlayOptions {
  std::string endpoint;
  std::string server_key;  // Z85
  std::string host_prefix = "h";
  std::uint32_t batch_steps = 6;
  std::uint32_t in_flight = 2;    // unacknowledged batches of a connection
  std::uint32_t copies = 1;       // of each metric, shifted in time, told apart by `copy`
  std::uint32_t block_steps = 0;  // so many steps of one host before the next one; 0: all
  std::int64_t shift_ms = 0;      // added to every time
  bool host_in_series = false;    // hosts as an attribute of the series, not of the connection
};

// Which hosts' data one connection carries.
struct HostRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

struct Totals {
  std::uint64_t samples = 0;
  std::uint64_t batches = 0;
  std::uint64_t batch_bytes = 0;   // of the messages
  std::uint64_t layout_bytes = 0;  // of the messages
};

class Connection {
 public:
  struct Events {
    std::function<void()> welcomed;
    std::function<void()> acknowledged;  // some progress
    std::function<void()> finished;      // everything is on the aggregator's disk
    std::function<void(const std::string&)> failed;
  };

  // `options`, `dataset` and `events` outlive it.
  Connection(asio::io_context& loop, zmq::context_t& context, const Dataset& dataset,
             const PlayOptions& options, const Events& events, HostRange hosts,
             wire::StreamId stream);

  // Connects and greets. Throws zmq::error_t.
  void open(const wire::KeyPair& keys, Attributes host_attributes);
  // After `welcomed`: begins to send.
  void play();

  const Totals& totals() const { return totals_; }

 private:
  void on_message(wire::Frames&& frames);
  void send_more();
  bool next_place();
  bool send_layout();
  bool send_batch();
  bool send(const wire::Message& message, std::uint64_t& bytes);

  asio::io_context& loop_;
  zmq::context_t& context_;
  const Dataset& dataset_;
  const PlayOptions& options_;
  const Events& events_;
  HostRange hosts_;
  wire::StreamId stream_;
  std::unique_ptr<wire::ZmqSocket> socket_;
  std::uint64_t sent_ = 0;       // sequence
  std::uint64_t committed_ = 0;  // sequence
  // The next batch: its host, its first step, and the block that it lies in.
  std::uint32_t host_ = 0;
  std::uint32_t step_ = 0;
  std::uint32_t block_begin_ = 0;
  std::uint32_t block_end_ = 0;
  std::uint32_t layout_ = 0;  // number of the current one; 0: none yet
  std::uint32_t layouts_ = 0;
  bool all_sent_ = false;
  bool playing_ = false;
  Totals totals_;
};

}  // namespace headroom::loadgen
