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
  // Bounds from counting bits: 100 values of 0 … 99 need 7 bits each, a steady counter and a
  // constant next to nothing.
  std::vector<double> ratios;
  std::vector<double> counter;
  std::vector<double> pages;
  for (int i = 0; i < 100; ++i) {
    ratios.push_back((i * 37 % 100) / 100.0);
    counter.push_back(1e9 + 1500.0 * i);
    pages.push_back(4096.0 * (1'000'000 + i * 7919 % 64));
  }
  CHECK(encoded(ratios).size() <= 100 * 7 / 8 + 8);
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
