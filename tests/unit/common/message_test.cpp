#include "common/wire/message.h"

#include <cstring>
#include <fstream>
#include <memory>
#include <random>

#include "common/base/file.h"
#include "common/base/limits.h"
#include "common/base/text.h"
#include "tests/support/catch.h"

using namespace headroom;
using namespace headroom::wire;

namespace {

// Bytes at an address that decode() accepts.
class Aligned {
 public:
  explicit Aligned(std::string_view bytes)
      : words_((bytes.size() + 7) / 8 + 1), size_(bytes.size()) {
    if (!bytes.empty()) std::memcpy(words_.data(), bytes.data(), bytes.size());
  }
  codec::Bytes bytes() const {
    return {reinterpret_cast<const std::uint8_t*>(words_.data()), size_};
  }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_;
};

const std::string kColumns = "\x01\x54\x01\x02";

Hello hello() {
  Hello message;
  for (std::size_t i = 0; i < message.stream.size(); ++i)
    message.stream[i] = static_cast<std::uint8_t>(i);
  message.boot_id = "boot";
  message.agent_version = "0.1.0";
  message.host_attributes = {{"rack", "r1"}, {"service.name", "web"}};
  message.first_unacknowledged = 17;
  return message;
}

Layout layout() {
  return {3,
          {{"system.memory.usage", "By", Kind::kGauge, {{"system.memory.state", "used"}}},
           {"system.network.io", "By", Kind::kCounter, {}}}};
}

Batch batch() { return {42, 2, 3, 1'795'326'869'000, 1000, 5, codec::as_bytes(kColumns)}; }

template <typename T>
T back(const Message& message) {
  const auto bytes = encode(message);
  REQUIRE(bytes.has_value());
  const Aligned aligned(*bytes);
  const auto decoded = decode(aligned.bytes());
  REQUIRE(decoded.has_value());
  REQUIRE(std::holds_alternative<T>(*decoded));
  return std::get<T>(*decoded);
}

Error refusal(const Message& message) {
  const auto bytes = encode(message);
  REQUIRE(bytes.has_value());
  const Aligned aligned(*bytes);
  const auto decoded = decode(aligned.bytes());
  REQUIRE_FALSE(decoded.has_value());
  return decoded.error();
}

std::string from_hex(std::string_view text) {
  std::string bytes;
  int high = -1;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<char>(high * 16 + digit));
      high = -1;
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("an encoder that is used again says the same as a new one") {
  Encoder encoder;
  const std::vector<Message> messages{hello(), Ack{7, 100}, layout(), Ack{8, 100}, batch()};
  for (const Message& message : messages) {
    const auto bytes = encoder.encode(message);
    REQUIRE(bytes.has_value());
    CHECK(std::string(bytes->begin(), bytes->end()) == *encode(message));
  }
  const std::string too_large(limits::kMessageBytes, 'x');
  Batch large = batch();
  large.columns = codec::as_bytes(too_large);
  CHECK(encoder.encode(large).error().code == ErrorCode::kLimitExceeded);
  CHECK(encoder.encode(Ack{9, 100}).has_value());
}

TEST_CASE("every message comes back as it was sent") {
  const Hello greeted = back<Hello>(hello());
  CHECK(greeted.stream == hello().stream);
  CHECK(greeted.host_attributes == hello().host_attributes);
  CHECK(greeted.first_unacknowledged == 17);
  CHECK(back<Layout>(layout()).series == layout().series);
  const auto sent = encode(batch());
  const Aligned aligned(*sent);
  const Batch received = std::get<Batch>(*decode(aligned.bytes()));
  CHECK(received.sequence == 42);
  CHECK(received.attempt == 2);
  CHECK(received.start == 1'795'326'869'000);
  CHECK(received.steps == 5);
  CHECK(std::string(received.columns.begin(), received.columns.end()) == kColumns);
  CHECK(back<Ack>(Ack{9, 1000}).committed == 9);
  CHECK(back<Welcome>(Welcome{5, 6, 7, std::chrono::milliseconds(8)}).batch_interval.count() == 8);
  CHECK(
      back<Nack>(Nack{1, 2, NackReason::kMalformed, "why", std::chrono::milliseconds(3)}).message ==
      "why");
  CHECK(back<Gap>(Gap{4, 6, 10, 20, 30, GapReason::kSpoolFull}).last_sequence == 6);
  CHECK(back<Drain>(Drain{std::chrono::milliseconds(11)}).retry_after.count() == 11);
}

TEST_CASE("the golden messages of protocol 1 are still read") {
  // Each file holds the bytes of one of the messages above, as the first version wrote them.
  const auto golden = [](const std::string& name) {
    const auto text = read_file(std::string(HEADROOM_GOLDEN) + "/" + name + ".hex");
    REQUIRE(text.has_value());
    return Aligned(from_hex(*text));
  };
  const Aligned hello_bytes = golden("hello_v1");
  const auto greeted = decode(hello_bytes.bytes());
  REQUIRE(greeted.has_value());
  CHECK(std::get<Hello>(*greeted).host_attributes == hello().host_attributes);
  CHECK(std::get<Hello>(*greeted).stream == hello().stream);
  CHECK(std::get<Hello>(*greeted).instance == StreamId{});
  CHECK_FALSE(std::get<Hello>(*greeted).replay);
  const Aligned hello3_bytes = golden("hello_v3");
  const auto greeted3 = decode(hello3_bytes.bytes());
  REQUIRE(greeted3.has_value());
  CHECK(std::get<Hello>(*greeted3).protocol == 3);
  CHECK(std::get<Hello>(*greeted3).instance[15] == 0x7f);
  CHECK(std::get<Hello>(*greeted3).machine == "0123456789abcdef");
  CHECK(std::get<Hello>(*greeted3).replay);
  const Aligned gap_bytes = golden("gap_v3");
  const auto lost = decode(gap_bytes.bytes());
  REQUIRE(lost.has_value());
  CHECK(std::get<Gap>(*lost).reason == GapReason::kThinned);
  CHECK(std::get<Gap>(*lost).samples == 11'800);
  const Aligned layout_bytes = golden("layout_v1");
  const auto defined = decode(layout_bytes.bytes());
  REQUIRE(defined.has_value());
  CHECK(std::get<Layout>(*defined).series == layout().series);
  const Aligned batch_bytes = golden("batch_v1");
  const auto sent = decode(batch_bytes.bytes());
  REQUIRE(sent.has_value());
  CHECK(std::get<Batch>(*sent).sequence == 42);
  CHECK(std::get<Batch>(*sent).columns.size() == kColumns.size());
}

TEST_CASE("what cannot be meant is refused with the reason") {
  Batch one = batch();
  one.steps = 0;
  CHECK(refusal(one).code == ErrorCode::kLimitExceeded);
  one.steps = limits::kBatchSteps + 1;
  CHECK(refusal(one).code == ErrorCode::kLimitExceeded);
  one = batch();
  one.step_ms = limits::kStepMsMax + 1;
  CHECK(refusal(one).code == ErrorCode::kInvalidArgument);
  one = batch();
  one.start = -5;
  CHECK(refusal(one).code == ErrorCode::kInvalidArgument);
  one.start = limits::kTimeMsMax;
  CHECK(refusal(one).code == ErrorCode::kInvalidArgument);
  one = batch();
  one.sequence = 0;
  CHECK(refusal(one).code == ErrorCode::kInvalidArgument);
  CHECK(refusal(Gap{5, 4, 0, 0, 0, GapReason::kBufferFull}).code == ErrorCode::kInvalidArgument);
  CHECK(refusal(Layout{1, {}}).code == ErrorCode::kLimitExceeded);
  CHECK(refusal(Layout{1, {{"9lives", "1", Kind::kGauge, {}}}}).code ==
        ErrorCode::kInvalidArgument);
  CHECK(refusal(Layout{1, {{"a", "1", Kind::kGauge, {{"k", "2"}, {"k", "3"}}}}}).code ==
        ErrorCode::kInvalidArgument);
  Hello greeting = hello();
  greeting.host_attributes = {{"b", "1"}, {"a", "2"}};
  CHECK(refusal(greeting).code == ErrorCode::kInvalidArgument);
}

TEST_CASE("a message beyond the limit is not made") {
  const std::string columns(limits::kMessageBytes, 'x');
  Batch one = batch();
  one.columns = codec::as_bytes(columns);
  const auto bytes = encode(one);
  REQUIRE_FALSE(bytes.has_value());
  CHECK(bytes.error().code == ErrorCode::kLimitExceeded);
}

TEST_CASE("changed and random bytes never crash the decoder") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::size_t refused = 0;
  for (const Message& message : {Message(hello()), Message(layout()), Message(batch()),
                                 Message(Nack{1, 2, NackReason::kMalformed, "w", {}})}) {
    const std::string good = *encode(message);
    for (int round = 0; round < 5000; ++round) {
      std::string changed =
          good.substr(0, random() % 3 == 0 ? random() % good.size() : good.size());
      for (std::uint64_t i = 0; i <= random() % 6 && !changed.empty(); ++i) {
        changed[random() % changed.size()] = static_cast<char>(random());
      }
      const Aligned aligned(changed);
      if (!decode(aligned.bytes())) ++refused;
    }
  }
  CHECK(refused > 1000);
}
