#include "common/wire/message.h"

#include <algorithm>
#include <cstring>

#include "common/base/limits.h"
#include "schema/telemetry_generated.h"

namespace headroom::wire {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

constexpr std::size_t kBuilderBytes = 4096;
constexpr std::size_t kVerifyDepth = 8;
constexpr std::size_t kVerifyTables = limits::kLayoutSeries * (limits::kAttributesPerSeries + 2);

std::vector<Offset<fb::Attribute>> encode_attributes(FlatBufferBuilder& builder,
                                                     const Attributes& attributes) {
  std::vector<Offset<fb::Attribute>> offsets;
  offsets.reserve(attributes.size());
  for (const Attribute& one : attributes) {
    // Keys and values repeat from series to series: share them.
    offsets.push_back(fb::CreateAttribute(builder, builder.CreateSharedString(one.key),
                                          builder.CreateSharedString(one.value)));
  }
  return offsets;
}

// One overload per message: gives the union's type and the table's offset.
struct BodyEncoder {
  FlatBufferBuilder& builder;
  fb::Body type = fb::Body::NONE;

  Offset<void> operator()(const Hello& hello) {
    type = fb::Body::Hello;
    const auto attributes = builder.CreateVector(encode_attributes(builder, hello.host_attributes));
    return fb::CreateHello(builder, hello.protocol,
                           builder.CreateVector(hello.stream.data(), hello.stream.size()),
                           builder.CreateString(hello.boot_id),
                           builder.CreateString(hello.agent_version), attributes,
                           hello.first_unacknowledged,
                           builder.CreateVector(hello.instance.data(), hello.instance.size()),
                           builder.CreateString(hello.machine), hello.replay)
        .Union();
  }
  Offset<void> operator()(const Welcome& welcome) {
    type = fb::Body::Welcome;
    return fb::CreateWelcome(builder, welcome.committed, welcome.credit_bytes, welcome.server_time,
                             static_cast<std::uint32_t>(welcome.batch_interval.count()))
        .Union();
  }
  Offset<void> operator()(const Layout& layout) {
    type = fb::Body::Layout;
    std::vector<Offset<fb::Series>> series;
    series.reserve(layout.series.size());
    for (const Series& one : layout.series) {
      const auto attributes = builder.CreateVector(encode_attributes(builder, one.attributes));
      series.push_back(fb::CreateSeries(builder, builder.CreateSharedString(one.metric),
                                        builder.CreateSharedString(one.unit),
                                        static_cast<fb::Kind>(one.kind), attributes));
    }
    return fb::CreateLayout(builder, layout.number, builder.CreateVector(series)).Union();
  }
  Offset<void> operator()(const Batch& batch) {
    type = fb::Body::Batch;
    return fb::CreateBatch(builder, batch.sequence, batch.attempt, batch.layout, batch.start,
                           batch.step_ms, batch.steps,
                           builder.CreateVector(batch.columns.data(), batch.columns.size()))
        .Union();
  }
  Offset<void> operator()(const Gap& gap) {
    type = fb::Body::Gap;
    return fb::CreateGap(builder, gap.first_sequence, gap.last_sequence, gap.from, gap.to,
                         gap.samples, static_cast<fb::GapReason>(gap.reason))
        .Union();
  }
  Offset<void> operator()(const Ack& ack) {
    type = fb::Body::Ack;
    return fb::CreateAck(builder, ack.committed, ack.credit_bytes).Union();
  }
  Offset<void> operator()(const Nack& nack) {
    type = fb::Body::Nack;
    return fb::CreateNack(builder, nack.sequence, nack.expected,
                          static_cast<fb::NackReason>(nack.reason),
                          builder.CreateString(nack.message),
                          static_cast<std::uint32_t>(nack.retry_after.count()))
        .Union();
  }
  Offset<void> operator()(const Drain& drain) {
    type = fb::Body::Drain;
    return fb::CreateDrain(builder, static_cast<std::uint32_t>(drain.retry_after.count())).Union();
  }
  Offset<void> operator()(const Farewell&) {
    type = fb::Body::Farewell;
    return fb::CreateFarewell(builder).Union();
  }
};

std::string text(const flatbuffers::String* string) {
  return string == nullptr ? std::string() : string->str();
}

using AttributeVector = flatbuffers::Vector<Offset<fb::Attribute>>;

Attributes decode_attributes(const AttributeVector* vector) {
  Attributes attributes;
  if (vector == nullptr) return attributes;
  attributes.reserve(vector->size());
  for (const fb::Attribute* one : *vector)
    attributes.push_back({one->key()->str(), one->value()->str()});
  return attributes;
}

Result<Message> decode_hello(const fb::Hello& hello) {
  Hello out;
  out.protocol = hello.protocol();
  if (hello.stream()->size() != out.stream.size()) {
    return fail(ErrorCode::kInvalidArgument, "Hello: the stream identity must be 16 bytes");
  }
  std::copy(hello.stream()->begin(), hello.stream()->end(), out.stream.begin());
  out.boot_id = text(hello.boot_id());
  out.agent_version = text(hello.agent_version());
  if (out.boot_id.size() > limits::kAttributeValueBytes ||
      out.agent_version.size() > limits::kAttributeValueBytes) {
    return fail(ErrorCode::kLimitExceeded, "Hello: boot id or version is too long");
  }
  out.host_attributes = decode_attributes(hello.host_attributes());
  // The same rules as for a series' attributes.
  if (auto valid = validate(Series{"host", "", Kind::kGauge, out.host_attributes}); !valid) {
    return fail(valid.error().within("Hello"));
  }
  out.first_unacknowledged = hello.first_unacknowledged();
  if (hello.instance() != nullptr) {
    if (hello.instance()->size() != out.instance.size())
      return fail(ErrorCode::kInvalidArgument, "Hello: the instance must be 16 bytes");
    std::copy(hello.instance()->begin(), hello.instance()->end(), out.instance.begin());
  }
  out.machine = text(hello.machine());
  if (out.machine.size() > limits::kAttributeValueBytes)
    return fail(ErrorCode::kLimitExceeded, "Hello: the machine's identity is too long");
  out.replay = hello.replay();
  return out;
}

Result<Message> decode_layout(const fb::Layout& layout) {
  Layout out;
  out.number = layout.number();
  if (layout.series()->size() == 0 || layout.series()->size() > limits::kLayoutSeries) {
    return fail(ErrorCode::kLimitExceeded,
                "Layout: must have 1 to " + std::to_string(limits::kLayoutSeries) +
                    " series, has " + std::to_string(layout.series()->size()));
  }
  out.series.reserve(layout.series()->size());
  for (const fb::Series* one : *layout.series()) {
    if (one->kind() > fb::Kind::MAX)
      return fail(ErrorCode::kInvalidArgument, "Layout: a series of unknown kind");
    Series series{one->metric()->str(), text(one->unit()), static_cast<Kind>(one->kind()),
                  decode_attributes(one->attributes())};
    if (auto valid = validate(series); !valid) return fail(valid.error().within("Layout"));
    out.series.push_back(std::move(series));
  }
  return out;
}

Result<Message> decode_batch(const fb::Batch& batch) {
  const Batch out{batch.sequence(),
                  batch.attempt(),
                  batch.layout(),
                  batch.start_ms(),
                  batch.step_ms(),
                  batch.steps(),
                  {batch.columns()->data(), batch.columns()->size()}};
  if (out.steps == 0 || out.steps > limits::kBatchSteps) {
    return fail(ErrorCode::kLimitExceeded, "Batch: must have 1 to " +
                                               std::to_string(limits::kBatchSteps) +
                                               " steps, has " + std::to_string(out.steps));
  }
  if (out.step_ms == 0 || out.step_ms > limits::kStepMsMax) {
    return fail(ErrorCode::kInvalidArgument,
                "Batch: a step of " + std::to_string(out.step_ms) + " ms");
  }
  const std::int64_t span = static_cast<std::int64_t>(out.step_ms) * out.steps;
  if (span > limits::kBatchSpanMs) {
    return fail(ErrorCode::kLimitExceeded, "Batch: spans " + std::to_string(span / 86'400'000) +
                                               " days; at most 31 can be sent at once");
  }
  if (out.start <= 0 || out.start > limits::kTimeMsMax - span) {
    return fail(ErrorCode::kInvalidArgument, "Batch: a start outside 1970 … 2100");
  }
  if (out.sequence == 0) return fail(ErrorCode::kInvalidArgument, "Batch: sequences begin at 1");
  return out;
}

Result<Message> decode_gap(const fb::Gap& gap) {
  if (gap.first_sequence() == 0 || gap.last_sequence() < gap.first_sequence() ||
      gap.reason() > fb::GapReason::MAX) {
    return fail(ErrorCode::kInvalidArgument, "Gap: not a range of sequences");
  }
  return Gap{gap.first_sequence(), gap.last_sequence(), gap.from_ms(),
             gap.to_ms(),          gap.samples(),       static_cast<GapReason>(gap.reason())};
}

}  // namespace

const char* to_string(GapReason reason) {
  switch (reason) {
    case GapReason::kBufferFull:
      return "its buffer was full";
    case GapReason::kSpoolCorrupt:
      return "its spool was damaged or the aggregator refused them";
    case GapReason::kSpoolFull:
      return "its spool was full";
    case GapReason::kThinned:
      return "its spool was filling up, so it kept the means of every minute";
  }
  return "unknown";
}

const char* to_string(NackReason reason) {
  switch (reason) {
    case NackReason::kOutOfSequence:
      return "out of sequence";
    case NackReason::kMalformed:
      return "malformed";
    case NackReason::kUnknownLayout:
      return "unknown layout";
    case NackReason::kLimitExceeded:
      return "limit exceeded";
    case NackReason::kNotReady:
      return "not ready";
  }
  return "unknown";
}

struct Encoder::Builder {
  FlatBufferBuilder builder{kBuilderBytes};
};

Encoder::Encoder() : builder_(std::make_unique<Builder>()) {}
Encoder::~Encoder() = default;

Result<codec::Bytes> Encoder::encode(const Message& message) {
  FlatBufferBuilder& builder = builder_->builder;
  builder.Clear();
  BodyEncoder encoder{builder};
  const Offset<void> body = std::visit(encoder, message);
  fb::FinishMessageBuffer(builder, fb::CreateMessage(builder, encoder.type, body));
  if (builder.GetSize() > limits::kMessageBytes) {
    return fail(ErrorCode::kLimitExceeded,
                "a message of " + std::to_string(builder.GetSize()) + " bytes; at most " +
                    std::to_string(limits::kMessageBytes) + " can be sent");
  }
  return codec::Bytes(builder.GetBufferPointer(), builder.GetSize());
}

Result<std::string> encode(const Message& message) {
  Encoder encoder;
  const auto bytes = encoder.encode(message);
  if (!bytes) return fail(bytes.error());
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

AlignedBytes::AlignedBytes(codec::Bytes bytes) : bytes_(bytes) {
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % sizeof(std::uint64_t) == 0) return;
  copy_.resize(bytes.size() / sizeof(std::uint64_t) + 1);
  std::memcpy(copy_.data(), bytes.data(), bytes.size());
  bytes_ = {reinterpret_cast<const std::uint8_t*>(copy_.data()), bytes.size()};
}

Result<Message> decode(codec::Bytes bytes) {
  HEADROOM_ASSERT(reinterpret_cast<std::uintptr_t>(bytes.data()) % sizeof(std::uint64_t) == 0);
  if (bytes.size() > limits::kMessageBytes)
    return fail(ErrorCode::kLimitExceeded, "a message that is too large");
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), kVerifyDepth, kVerifyTables);
  if (bytes.size() < 8 || !fb::VerifyMessageBuffer(verifier)) {
    return fail(ErrorCode::kCorruption, "bytes that are not a Headroom message");
  }
  const fb::Message& message = *fb::GetMessage(bytes.data());
  switch (message.body_type()) {
    case fb::Body::Hello:
      return decode_hello(*message.body_as_Hello());
    case fb::Body::Welcome: {
      const auto& one = *message.body_as_Welcome();
      return Welcome{one.committed(), one.credit_bytes(), one.server_time_ms(),
                     std::chrono::milliseconds(one.batch_interval_ms())};
    }
    case fb::Body::Layout:
      return decode_layout(*message.body_as_Layout());
    case fb::Body::Batch:
      return decode_batch(*message.body_as_Batch());
    case fb::Body::Gap:
      return decode_gap(*message.body_as_Gap());
    case fb::Body::Ack: {
      const auto& one = *message.body_as_Ack();
      return Ack{one.committed(), one.credit_bytes()};
    }
    case fb::Body::Nack: {
      const auto& one = *message.body_as_Nack();
      if (one.reason() > fb::NackReason::MAX) break;
      return Nack{one.sequence(), one.expected(), static_cast<NackReason>(one.reason()),
                  text(one.message()), std::chrono::milliseconds(one.retry_after_ms())};
    }
    case fb::Body::Drain:
      return Drain{std::chrono::milliseconds(message.body_as_Drain()->retry_after_ms())};
    case fb::Body::Farewell:
      return Farewell{};
    case fb::Body::NONE:
      break;
  }
  return fail(ErrorCode::kCorruption, "a message without a body that this version knows");
}

}  // namespace headroom::wire
