#include <bit>
#include <cmath>
#include <random>

#include "common/model/series.h"
#include "tests/support/catch.h"
#include "tests/support/column_properties.h"

using namespace headroom;

namespace {

// Doubles as a host, a rollup or an enemy would send them.
std::vector<double> make_values(std::mt19937_64& random) {
  const std::size_t size = 1 + random() % (random() % 16 == 0 ? 1500 : 70);
  const auto kind = random() % 12;
  const double ten = std::pow(10, random() % 19);
  const std::uint64_t mask = (2ULL << random() % 54) - 1;
  const double divisor = static_cast<double>(1 + random() % 5000);
  double level = static_cast<double>(random() & mask);
  double step = static_cast<double>(random() % 1000);
  std::vector<double> values(size);
  for (double& value : values) {
    const auto any = static_cast<double>(random() & mask);
    switch (kind) {
      case 0:
        value = std::bit_cast<double>(random());
        break;
      case 1:
        value = any / ten;
        break;
      case 2:
        value = (any - static_cast<double>(mask / 2)) / 100;
        break;
      case 3:  // a counter that seldom moves
        value = level += random() % 16 == 0 ? static_cast<double>(random() % 100000) : 0;
        break;
      case 4:  // a counter that always moves
        value = level += step += static_cast<double>(random() % 5) - 2;
        break;
      case 5:
        value = 7 + divisor * static_cast<double>(random() % 300);
        break;
      case 6:
        value = random() % 3 == 0 ? missing_value() : static_cast<double>(random() % 50) / 10;
        break;
      case 7:  // small with spikes
        value = random() % 20 == 0 ? any : static_cast<double>(random() % 4);
        break;
      case 8:
        value = 4096 * static_cast<double>(random() % 100000);
        break;
      case 9:
        value = static_cast<double>(random() % 10000) / 3;
        break;
      case 10:
        value = random() % 8 == 0 ? -0.0 : static_cast<double>(random() % 2);
        break;
      default:
        value = std::ldexp(1 + static_cast<double>(random() % 100),
                           static_cast<int>(random() % 100) - 50);
        break;
    }
  }
  return values;
}

}  // namespace

TEST_CASE("a column of any doubles comes back bit for bit") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    const auto values = make_values(random);
    if (!test::round_trips(values)) FAIL("round " << round << ", " << values.size() << " values");
  }
}

TEST_CASE("a column of any bytes decodes exactly where it measures") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> bytes;
  for (int round = 0; round < 200'000; ++round) {
    bytes.resize(random() % 80);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    // Most random heads are refused at once.
    if (!bytes.empty() && round % 2 == 0)
      bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0xf8) | (5 + round / 2 % 2));
    if (!test::decodes_as_it_measures(bytes, 1 + random() % 300)) FAIL("round " << round);
  }
}

TEST_CASE("a column that was changed or cut decodes exactly where it measures") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 4000; ++round) {
    const auto values = make_values(random);
    std::string good;
    codec::encode_column(values, good);
    for (int change = 0; change < 10; ++change) {
      std::vector<std::uint8_t> bytes(good.begin(), good.end());
      for (std::uint64_t i = 0; i <= random() % 3; ++i) {
        const std::size_t at = random() % (random() % 2 == 0 ? bytes.size() : 1 + bytes.size() / 8);
        bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1u << random() % 8);
      }
      if (random() % 4 == 0) bytes.resize(random() % bytes.size());
      if (!test::decodes_as_it_measures(bytes, values.size())) FAIL("round " << round);
    }
  }
}
