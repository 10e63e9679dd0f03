#include "aggregator/api/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

namespace headroom::api {
namespace {

constexpr std::size_t kNumberBytes = 32;  // more than any double or integer takes
constexpr std::size_t kSampleBytes = 2 * kNumberBytes + 4;
constexpr double kWholeMost = 1e15;  // whole numbers up to here are exact and need no exponent

char* put_whole(char* at, std::int64_t value) {
  return std::to_chars(at, at + kNumberBytes, value).ptr;
}

// Up to `digits` decimals of a fraction given in 10^-digits, without zeros at the end.
char* put_decimals(char* at, std::int64_t fraction, int digits) {
  *at++ = '.';
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + fraction % 10);
    fraction /= 10;
  }
  at += digits;
  while (at[-1] == '0') --at;
  return at;
}

// A number of at most three decimals, as most measured values are; nullptr for any other. A decimal
// of up to 15 digits belongs to one double alone, so if the division gives the value back, this is
// its shortest text.
char* put_short_decimal(char* at, double value) {
  constexpr int kDigits = 3;
  constexpr double kScale = 1000;
  const double scaled = std::nearbyint(value * kScale);
  if (!(std::abs(scaled) < kWholeMost) || scaled / kScale != value) return nullptr;
  auto whole = static_cast<std::int64_t>(scaled);
  if (whole < 0) {
    *at++ = '-';
    whole = -whole;
  }
  at = put_whole(at, whole / static_cast<std::int64_t>(kScale));
  const std::int64_t fraction = whole % static_cast<std::int64_t>(kScale);
  return fraction == 0 ? at : put_decimals(at, fraction, kDigits);
}

char* put_number(char* at, double value) {
  if (!std::isfinite(value)) {
    for (const char c : std::string_view("null")) *at++ = c;
    return at;
  }
  if (value == std::trunc(value) && std::abs(value) < kWholeMost)
    return put_whole(at, static_cast<std::int64_t>(value));
  if (char* end = put_short_decimal(at, value); end != nullptr) return end;
  return std::to_chars(at, at + kNumberBytes, value).ptr;
}

// Samples follow each other within hours, so of most times only the last digits are new.
class SecondsText {
 public:
  char* put(char* at, UnixMs time) {
    if (time < kTail * 1000) return put_any(at, time);
    const std::int64_t seconds = time / 1000;
    const std::int64_t head = seconds / kTail;
    if (head != head_) {
      head_ = head;
      size_ = static_cast<std::size_t>(put_whole(text_.data(), head) - text_.data());
    }
    std::memcpy(at, text_.data(), kHeadBytes);
    at += size_;
    auto rest = static_cast<std::uint32_t>(seconds % kTail);
    for (int i = kTailDigits - 1; i >= 0; --i) {
      at[i] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    }
    at += kTailDigits;
    return time % 1000 == 0 ? at : put_decimals(at, time % 1000, 3);
  }

 private:
  static constexpr std::int64_t kTail = 10'000;
  static constexpr int kTailDigits = 4;
  static constexpr std::size_t kHeadBytes = 16;  // more than any time takes; a copy of fixed length

  static char* put_any(char* at, UnixMs time) {
    if (time < 0) {
      *at++ = '-';
      time = -time;
    }
    at = put_whole(at, time / 1000);
    return time % 1000 == 0 ? at : put_decimals(at, time % 1000, 3);
  }

  std::int64_t head_ = -1;
  std::size_t size_ = 0;
  std::array<char, kNumberBytes> text_{};  // what head_ reads as
};

}  // namespace

void append_number(std::string& text, double value) {
  std::array<char, kNumberBytes> buffer{};
  text.append(buffer.data(), put_number(buffer.data(), value));
}

void append_seconds(std::string& text, UnixMs time) {
  std::array<char, kNumberBytes> buffer{};
  text.append(buffer.data(), SecondsText().put(buffer.data(), time));
}

JsonText& JsonText::raw(std::string_view json) {
  buffer_ += json;
  hand_over_if_full();
  return *this;
}

JsonText& JsonText::text(std::string_view value) {
  return raw(Json(value).dump(-1, ' ', false, Json::error_handler_t::replace));
}

JsonText& JsonText::samples(std::span<const Sample> samples) {
  raw("[");
  constexpr std::size_t kRun = 64;  // samples between two looks at the buffer
  std::array<char, kRun * kSampleBytes> run{};
  SecondsText seconds;
  for (std::size_t begin = 0; begin < samples.size() && wanted_; begin += kRun) {
    char* at = run.data();
    for (const Sample& sample : samples.subspan(begin, std::min(kRun, samples.size() - begin))) {
      if (&sample != samples.data()) *at++ = ',';
      *at++ = '[';
      at = seconds.put(at, sample.time);
      *at++ = ',';
      at = put_number(at, sample.value);
      *at++ = ']';
    }
    buffer_.append(run.data(), at);
    hand_over_if_full();
  }
  return raw("]");
}

JsonText& JsonText::attributes(const Attributes& attributes) {
  raw("{");
  for (const Attribute& one : attributes) {
    if (&one != attributes.data()) raw(",");
    text(one.key).raw(":").text(one.value);
  }
  return raw("}");
}

JsonText& JsonText::series(const Series& series) {
  raw("\"metric\":").text(series.metric).raw(",\"unit\":").text(series.unit);
  raw(series.kind == Kind::kCounter ? ",\"kind\":\"counter\"" : ",\"kind\":\"gauge\"");
  return raw(",\"attributes\":").attributes(series.attributes);
}

void JsonText::finish() {
  if (buffer_.empty()) return;
  if (wanted_) wanted_ = write_(std::exchange(buffer_, {}));
  buffer_.clear();
  if (wanted_) buffer_.reserve(kPieceBytes + kPieceBytes / 8);
}

}  // namespace headroom::api
