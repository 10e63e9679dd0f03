#include "common/codec/column.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "common/model/series.h"
#include "tests/support/catch.h"

using namespace headroom;
using codec::Bytes;

namespace {

std::vector<std::uint64_t> bits(std::span<const double> values) {
  std::vector<std::uint64_t> all;
  for (const double value : values) all.push_back(std::bit_cast<std::uint64_t>(value));
  return all;
}

std::string encoded(const std::vector<double>& values) {
  std::string bytes;
  codec::encode_column(values, bytes);
  return bytes;
}

// Every bit comes back, and measuring says the same length as decoding.
void check_round_trip(const std::vector<double>& values) {
  const std::string bytes = encoded(values);
  std::vector<double> back(values.size());
  const auto taken = codec::decode_column(codec::as_bytes(bytes), back);
  REQUIRE(taken.has_value());
  CHECK(*taken == bytes.size());
  CHECK(bits(back) == bits(values));
  const auto measured = codec::measure_column(codec::as_bytes(bytes), values.size());
  REQUIRE(measured.has_value());
  CHECK(*measured == bytes.size());
}

}  // namespace

TEST_CASE("a column keeps every kind of double bit for bit") {
  const double inf = std::numeric_limits<double>::infinity();
  check_round_trip({0.0});
  check_round_trip({-0.0, 0.0, -0.0});
  check_round_trip({inf, -inf, std::numeric_limits<double>::quiet_NaN()});
  check_round_trip({std::bit_cast<double>(0x7ff8dead00000001ULL), 1.0});
  check_round_trip(
      {std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max(), -1e-300});
  check_round_trip({missing_value(), 1.5, missing_value(), 2.5});
  check_round_trip(std::vector<double>(9, missing_value()));
  check_round_trip({missing_value(), 7, 7, 7});
  check_round_trip({9007199254740992.0, 9007199254740991.0, -9007199254740991.0});
  check_round_trip({0.1, 0.2, 0.30000000000000004});
  check_round_trip({1e22, 1e-18, 123456.789});
}

TEST_CASE("a column round-trips random data of many kinds and lengths") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 3000; ++round) {
    const std::size_t size = 1 + random() % (round % 10 == 0 ? 2000 : 40);
    const auto kind = random() % 7;
    std::vector<double> values(size);
    double walk = static_cast<double>(random() % 100000);
    for (double& value : values) {
      switch (kind) {
        case 0:
          value = std::bit_cast<double>(random());
          break;
        case 1:
          value = static_cast<double>(random() % 10000) / 10000;
          break;
        case 2:
          value = walk += static_cast<double>(random() % 100);
          break;
        case 3:
          value = static_cast<double>(random() % 1000) * 4096;
          break;
        case 4:
          value = 42.5;
          break;
        case 5:
          value = random() % 5 == 0 ? missing_value() : static_cast<double>(random() % 3);
          break;
        default:
          value =
              static_cast<double>(static_cast<std::int64_t>(random() >> (random() % 60))) * 1e-3;
          break;
      }
    }
    check_round_trip(values);
  }
}

TEST_CASE("short decimals, counters and page-aligned bytes take few bytes") {
  // Bounds from counting bits: 100 values of 0 … 99 need 7 bits each, a half more Rice coded, a
  // steady counter and a constant next to nothing.
  std::vector<double> ratios;
  std::vector<double> counter;
  std::vector<double> pages;
  for (int i = 0; i < 100; ++i) {
    ratios.push_back((i * 37 % 100) / 100.0);
    counter.push_back(1e9 + 1500.0 * i);
    pages.push_back(4096.0 * (1'000'000 + i * 7919 % 64));
  }
  CHECK(encoded(ratios).size() <= 100 * 15 / 16 + 8);
  CHECK(encoded(counter).size() <= 16);
  CHECK(encoded(pages).size() <= 100 * 6 / 8 + 10);
  CHECK(encoded(std::vector<double>(100, 25276063744.0)).size() <= 7);
  CHECK(encoded(std::vector<double>(100, missing_value())).size() == 1);
}

TEST_CASE("one spike among small values is an exception and does not widen the block") {
  std::vector<double> values(128, 0);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 2);
  const std::size_t plain = encoded(values).size();
  values[60] = 1e12;
  CHECK(encoded(values).size() <= plain + 16);
  check_round_trip(values);
}

TEST_CASE("bytes that are cut short or changed are refused or decoded, never read past their end") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::vector<double> values(200);
  for (double& value : values) value = static_cast<double>(random() % 100000) / 100;
  values[17] = missing_value();
  const std::string good = encoded(values);
  std::vector<double> out(values.size());
  for (std::size_t length = 0; length < good.size(); ++length) {
    // Copied to its own allocation so that a sanitizer sees the end.
    const std::vector<std::uint8_t> cut(good.begin(),
                                        good.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_FALSE(codec::decode_column(Bytes(cut), out).has_value());
    CHECK_FALSE(codec::measure_column(Bytes(cut), out.size()).has_value());
  }
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::uint8_t> changed(good.begin(), good.end());
    for (std::uint64_t i = 0; i <= random() % 4; ++i)
      changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    const auto decoded = codec::decode_column(Bytes(changed), out);
    const auto measured = codec::measure_column(Bytes(changed), out.size());
    CHECK(decoded.has_value() == measured.has_value());
    if (decoded && measured) CHECK(*decoded == *measured);
  }
}

TEST_CASE("the golden column of format 1 is still read") {
  // 0.25, 0.5, missing, 0.75: packed, a missing map, exponent 2, values 25 50 75 as first
  // differences. Written down by hand from docs/formats/column.md.
  const std::vector<std::uint8_t> golden{
      0x5b,        // mode 3 packed, bit 3 missing map, bits 4-5 one difference, bit 6 an exponent
      0x02,        // exponent: hundredths
      0x0b,        // present: values 0, 1 and 3
      0x32,        // first value 25, zigzag
      0x32,        // block: base 25, zigzag
      0x00, 0x00,  // width 0, no exceptions
  };
  std::vector<double> out(4);
  const auto taken = codec::decode_column(Bytes(golden), out);
  REQUIRE(taken.has_value());
  CHECK(*taken == golden.size());
  CHECK(out[0] == 0.25);
  CHECK(out[1] == 0.5);
  CHECK(is_missing(out[2]));
  CHECK(out[3] == 0.75);
}

namespace {

// Decodes `bytes`, written down by hand from docs/formats/column.md, and wants these values, the
// whole length and this exponent.
void check_golden(const std::vector<std::uint8_t>& bytes, const std::vector<double>& values,
                  std::optional<unsigned> exponent) {
  std::vector<double> out(values.size());
  const auto taken = codec::decode_column(Bytes(bytes), out);
  REQUIRE(taken.has_value());
  CHECK(*taken == bytes.size());
  CHECK(bits(out) == bits(values));
  const auto measured = codec::measure_column(Bytes(bytes), values.size());
  REQUIRE(measured.has_value());
  CHECK(*measured == bytes.size());
  CHECK(codec::column_exponent(Bytes(bytes)) == exponent);
}

std::vector<std::uint8_t> byte_vector(const std::string& text) {
  return {text.begin(), text.end()};
}

}  // namespace

TEST_CASE("golden columns of every form are read") {
  check_golden({0x00}, {missing_value(), missing_value()}, std::nullopt);
  // Constant: zigzag 5 = 10, tenths.
  check_golden({0x41, 0x01, 0x0a}, {0.5, 0.5, 0.5}, 1);
  check_golden({0x02, 0, 0, 0, 0, 0, 0, 0, 0x80}, {-0.0, -0.0}, std::nullopt);
  // Packed, twos 12: first value 3, then a block of one: base -1, nothing above it.
  check_golden({0x93, 0x0c, 0x06, 0x01, 0x00, 0x00}, {3 * 4096.0, 2 * 4096.0}, 0);
  check_golden({0x04, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f},
               {1.0, std::numeric_limits<double>::infinity()}, std::nullopt);
  // Levels above 104 in tenths: 1, 3, 0, 1 in unary.
  check_golden({0x15, 0xd0, 0x01, 0x00, 0x62, 0x01}, {10.5, 10.7, 10.4, 10.5}, 1);
  // Steps +2, -3, +1 are 4, 5, 2: low bits 0, 1, 2, then 1, 1, 0 in unary.
  check_golden({0x15, 0xd2, 0x01, 0x09, 0xa4, 0x06}, {10.5, 10.7, 10.4, 10.5}, 1);
  // Bends: level 10, step 10 as zigzag 20 in five bits, then a block of zeros.
  check_golden({0x05, 0x14, 0x16, 0x14, 0x07}, {10, 20, 30, 40}, 0);
  // Climb 0, 2, 0 with a bitmap, and the same with gaps.
  check_golden({0x05, 0x0e, 0xeb, 0x02, 0x04}, {7, 7, 9, 9}, 0);
  check_golden({0x05, 0x0e, 0xf3, 0x00, 0x08, 0x08}, {7, 7, 9, 9}, 0);
  // Levels above 0, of which 100 is an exception at position 2, seven bits wide.
  check_golden({0x05, 0x00, 0xe4, 0x00, 0x70, 0xc1, 0x41, 0x06}, {1, 0, 100}, 0);
  // Scales: hundreds; (5 u + 2) / 10 for u = 1, 2.
  check_golden({0xe5, 0x64, 0x06, 0x03, 0x04}, {300, 500}, 0);
  check_golden({0xf5, 0x01, 0x05, 0x02, 0x02, 0x03, 0x02}, {0.7, 1.2}, 1);
  // A bitmap of present values: 0 and 2.
  check_golden({0x1d, 0x05, 0x0a, 0x03, 0x02}, {0.5, missing_value(), 0.6}, 1);
  // Short constants: 45 tenths, 2 pages, 3 Ki, zero.
  check_golden({0x16, 0x5a}, {4.5, 4.5}, 1);
  check_golden({0xd6, 0x04}, {8192, 8192}, 0);
  check_golden({0xc6, 0x06}, {3072, 3072}, 0);
  check_golden({0xe6}, {0, 0, 0}, 0);
}

TEST_CASE("a column is written in the form that its worked example shows") {
  CHECK(byte_vector(encoded({10.5, 10.7, 10.4, 10.5})) ==
        std::vector<std::uint8_t>{0x15, 0xd0, 0x01, 0x00, 0x62, 0x01});
  CHECK(byte_vector(encoded({4.5, 4.5})) == std::vector<std::uint8_t>{0x16, 0x5a});
  CHECK(byte_vector(encoded({8192, 8192})) == std::vector<std::uint8_t>{0xd6, 0x04});
  CHECK(byte_vector(encoded({0, 0, 0})) == std::vector<std::uint8_t>{0xe6});
}

TEST_CASE("a column that no writer makes is refused") {
  const auto refused = [](const std::vector<std::uint8_t>& bytes, std::size_t count) {
    std::vector<double> out(count);
    return !codec::decode_column(Bytes(bytes), out) && !codec::measure_column(Bytes(bytes), count);
  };
  CHECK(refused({}, 1));
  CHECK(refused({0x07, 0, 0, 0}, 1));                          // mode 7
  CHECK(refused({0x33, 0, 0, 0, 0, 0, 0}, 4));                 // order 3
  CHECK(refused({0xf6, 0x02}, 2));                             // a short constant with scale 15
  CHECK(refused({0xf5, 0x13, 0x05, 0x02, 0x02, 0x03, 2}, 2));  // exponent 19
  CHECK(refused({0xf5, 0x01, 0x05, 0x05, 0x02, 0x03, 2}, 2));  // offset 5 of divisor 5
  CHECK(refused({0xe5, 0x00, 0x06, 0x03, 0x04}, 2));           // divisor 0
  CHECK(refused({0x05, 0x0e, 0x03, 0x02}, 1));                 // one value has no difference
  CHECK(refused({0x05, 0x0e, 0xfb, 0x02, 0x04}, 4));           // kind 62
  CHECK(refused({0x05, 0x0e, 0xf3, 0x00, 0x20, 0x20}, 4));     // a gap of three in a block of three
  CHECK(refused({0x05, 0x00, 0xe4, 0x00, 0xf0, 0xc1, 0x41, 6}, 3));  // an exception at position 3
  CHECK(refused({0x05, 0x0e, 0x03, 0x00, 0x00}, 2));                 // a unary part without an end
}
