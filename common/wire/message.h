// The messages of schema/telemetry.fbs as plain types, and their way to bytes and back. Bytes are
// verified before anything in them is read; a message that does not verify, or that crosses a
// limit, is an Error and nothing else.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/codec/bytes.h"
#include "common/model/series.h"

namespace headroom::wire {

// What this version speaks, and the oldest that an aggregator still understands. Protocol 2 has
// columns of modes 5 and 6 (docs/formats/column.md); 3 has the gap reason kThinned, Farewell, and
// tells processes and machines apart in Hello. Everything else is as in 1.
inline constexpr std::uint32_t kProtocol = 3;
inline constexpr std::uint32_t kProtocolOldest = 1;

using StreamId = std::array<std::uint8_t, 16>;

struct Hello {
  std::uint32_t protocol = kProtocol;
  StreamId stream{};
  std::string boot_id;
  std::string agent_version;
  Attributes host_attributes;
  std::uint64_t first_unacknowledged = 0;
  // Of the process; all zero from agents before protocol 3.
  StreamId instance{};
  // What tells this machine from a clone of it; empty: not known.
  std::string machine;
  // A second session of the same process, for what waited on its disk.
  bool replay = false;
};

struct Welcome {
  std::uint64_t committed = 0;
  std::uint32_t credit_bytes = 0;
  UnixMs server_time = 0;
  std::chrono::milliseconds batch_interval{0};
};

struct Layout {
  std::uint32_t number = 0;
  std::vector<Series> series;
};

// `columns` points into the message it was decoded from, or to the sender's buffer.
struct Batch {
  std::uint64_t sequence = 0;
  std::uint32_t attempt = 1;
  std::uint32_t layout = 0;
  UnixMs start = 0;
  std::uint32_t step_ms = 0;
  std::uint32_t steps = 0;
  codec::Bytes columns;
};

enum class GapReason : std::uint8_t {
  kBufferFull = 0,
  kSpoolCorrupt = 1,
  kSpoolFull = 2,
  kThinned = 3,  // the means of every minute follow in the batch behind the gap
};
const char* to_string(GapReason reason);

struct Gap {
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  UnixMs from = 0;
  UnixMs to = 0;
  std::uint64_t samples = 0;
  GapReason reason = GapReason::kBufferFull;
};

struct Ack {
  std::uint64_t committed = 0;
  std::uint32_t credit_bytes = 0;
};

enum class NackReason : std::uint8_t {
  kOutOfSequence = 0,
  kMalformed = 1,
  kUnknownLayout = 2,
  kLimitExceeded = 3,
  kNotReady = 4,
};
const char* to_string(NackReason reason);

struct Nack {
  std::uint64_t sequence = 0;
  std::uint64_t expected = 0;
  NackReason reason = NackReason::kOutOfSequence;
  std::string message;
  std::chrono::milliseconds retry_after{0};
};

struct Drain {
  std::chrono::milliseconds retry_after{0};
};

// This host will not come back. The answer is a Drain.
struct Farewell {};

using Message = std::variant<Hello, Welcome, Layout, Batch, Gap, Ack, Nack, Drain, Farewell>;

// The bytes of one message. Not larger than limits::kMessageBytes, else kLimitExceeded: the
// encoder's caller splits.
Result<std::string> encode(const Message& message);

// The same for who says much: keeps its memory from message to message.
class Encoder {
 public:
  Encoder();
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  // Valid until the next call.
  Result<codec::Bytes> encode(const Message& message);

 private:
  struct Builder;
  std::unique_ptr<Builder> builder_;
};

// Received bytes at an address that decode() takes: libzmq hands out messages at any address, and
// those that are off are copied. Lives as long as what was decoded from it is used.
class AlignedBytes {
 public:
  explicit AlignedBytes(codec::Bytes bytes);
  codec::Bytes bytes() const { return bytes_; }

 private:
  std::vector<std::uint64_t> copy_;
  codec::Bytes bytes_;
};

// Errors: kCorruption for bytes that do not verify, kInvalidArgument for a series, time or count
// that cannot be meant, kLimitExceeded. A decoded Batch points into `bytes`, which must start at an
// address that is a multiple of 8.
Result<Message> decode(codec::Bytes bytes);

}  // namespace headroom::wire
