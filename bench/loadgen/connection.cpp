#include "bench/loadgen/connection.h"

#include <algorithm>
#include <utility>

#include "common/base/limits.h"
#include "common/codec/column.h"
#include "common/model/resource.h"

namespace headroom::loadgen {
namespace {

// A session remembers the last limits::kLayoutsPerSession numbers; these go round below that.
constexpr std::uint32_t kLayoutNumbers = 32;
static_assert(kLayoutNumbers < limits::kLayoutsPerSession);

}  // namespace

Connection::Connection(asio::io_context& loop, zmq::context_t& context, const Dataset& dataset,
                       const PlayOptions& options, const Events& events, HostRange hosts,
                       wire::StreamId stream)
    : loop_(loop),
      context_(context),
      dataset_(dataset),
      options_(options),
      events_(events),
      hosts_(hosts),
      stream_(stream),
      host_(hosts.begin) {
  block_end_ = options_.block_steps == 0 ? dataset_.steps()
                                         : std::min(options_.block_steps, dataset_.steps());
}

void Connection::open(const wire::KeyPair& keys, Attributes host_attributes) {
  socket_ = std::make_unique<wire::ZmqSocket>(loop_, context_, zmq::socket_type::dealer);
  zmq::socket_t& raw = socket_->raw();
  raw.set(zmq::sockopt::curve_serverkey, options_.server_key);
  raw.set(zmq::sockopt::curve_publickey, keys.public_key);
  raw.set(zmq::sockopt::curve_secretkey, keys.secret_key);
  raw.connect(options_.endpoint);
  socket_->start([this](wire::Frames&& frames) { on_message(std::move(frames)); });
  wire::Hello hello;
  hello.stream = stream_;
  hello.boot_id = "loadgen";
  hello.agent_version = "loadgen";
  hello.host_attributes = std::move(host_attributes);
  hello.first_unacknowledged = 1;
  // libzmq keeps it until the handshake is done.
  std::uint64_t ignored = 0;
  if (!send(hello, ignored)) events_.failed("could not greet the aggregator");
}

void Connection::on_message(wire::Frames&& frames) {
  if (frames.size() != 1) return events_.failed("the aggregator sent a message of several parts");
  const wire::AlignedBytes aligned(
      {static_cast<const std::uint8_t*>(frames[0].data()), frames[0].size()});
  const auto message = wire::decode(aligned.bytes());
  if (!message) return events_.failed(message.error().message);
  if (std::holds_alternative<wire::Welcome>(*message)) return events_.welcomed();
  if (const auto* nack = std::get_if<wire::Nack>(&*message)) {
    return events_.failed(std::string("the aggregator refused a batch (") +
                          wire::to_string(nack->reason) + "): " + nack->message);
  }
  const auto* ack = std::get_if<wire::Ack>(&*message);
  if (ack == nullptr) return events_.failed("the aggregator ended the session");
  committed_ = std::max(committed_, ack->committed);
  events_.acknowledged();
  if (all_sent_ && committed_ == sent_) return events_.finished();
  send_more();
}

void Connection::play() {
  playing_ = true;
  send_more();
}

void Connection::send_more() {
  while (playing_ && !all_sent_ && sent_ - committed_ < options_.in_flight) {
    if ((layout_ == 0 && !send_layout()) || !send_batch())
      return events_.failed("a message could not be sent");
    all_sent_ = !next_place();
  }
}

// Within a block, host by host; then the next block. False at the end.
bool Connection::next_place() {
  step_ += std::min(options_.batch_steps, block_end_ - step_);
  if (step_ < block_end_) return true;
  step_ = block_begin_;
  if (hosts_.end - hosts_.begin > 1) layout_ = 0;
  if (++host_ < hosts_.end) return true;
  host_ = hosts_.begin;
  step_ = block_begin_ = block_end_;
  block_end_ = block_end_ + std::min(options_.block_steps, dataset_.steps() - block_end_);
  return step_ < dataset_.steps();
}

bool Connection::send_layout() {
  wire::Layout layout;
  layout.number = layout_ = 1 + layouts_++ % kLayoutNumbers;
  Attributes common;
  if (options_.host_in_series) {
    common = {{"host", host_name(options_.host_prefix, host_)},
              {"dc", data_center_of(host_)},
              {"role", role_of(host_)},
              {std::string(kServiceAttribute), role_of(host_)}};
  }
  for (std::uint32_t copy = 0; copy < options_.copies; ++copy) {
    for (const Metric& metric : dataset_.metrics()) {
      Series series{metric.name, "1", metric.kind, common};
      if (options_.copies > 1) series.attributes.push_back({"copy", std::to_string(copy)});
      normalize(series.attributes);
      layout.series.push_back(std::move(series));
    }
  }
  return send(layout, totals_.layout_bytes);
}

bool Connection::send_batch() {
  const std::uint32_t steps = std::min(options_.batch_steps, block_end_ - step_);
  const auto metrics = static_cast<std::uint32_t>(dataset_.metrics().size());
  std::vector<double> column(steps);
  std::string columns;
  for (std::uint32_t copy = 0; copy < options_.copies; ++copy) {
    const auto offset =
        static_cast<std::uint32_t>(std::uint64_t{copy} * dataset_.steps() / options_.copies);
    for (std::uint32_t metric = 0; metric < metrics; ++metric) {
      for (std::uint32_t i = 0; i < steps; ++i)
        column[i] = dataset_.value((step_ + i + offset) % dataset_.steps(), host_, metric);
      codec::encode_column(column, columns);
    }
  }
  wire::Batch batch;
  batch.sequence = ++sent_;
  batch.layout = layout_;
  // Counted from the first sample: a host's samples lie on its own even grid.
  batch.start =
      dataset_.time(0, host_) + std::int64_t{step_} * dataset_.step_ms() + options_.shift_ms;
  batch.step_ms = dataset_.step_ms();
  batch.steps = steps;
  batch.columns = codec::as_bytes(columns);
  ++totals_.batches;
  totals_.samples += std::uint64_t{steps} * metrics * options_.copies;
  return send(batch, totals_.batch_bytes);
}

bool Connection::send(const wire::Message& message, std::uint64_t& bytes) {
  const auto encoded = wire::encode(message);
  if (!encoded) return false;
  wire::Frames frames;
  frames.emplace_back(encoded->data(), encoded->size());
  bytes += encoded->size();
  return socket_->send(std::move(frames)).has_value();
}

}  // namespace headroom::loadgen
