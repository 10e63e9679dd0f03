// Fuzzes the column codec with libFuzzer. The first three bytes of an input say how many values
// and what the rest is read as: a column, or doubles of some kind to encode.
//   CXX=clang++-19 cmake --preset debug -B build/fuzz -DHEADROOM_FUZZ=ON
//   cmake --build build/fuzz --target column_fuzz && build/fuzz/bin/column_fuzz -max_len=4096
#include <bit>
#include <cmath>

#include "common/base/result.h"
#include "tests/support/column_properties.h"

namespace {

using namespace headroom;

// Whole doubles, short decimals, counters, and pages.
std::vector<double> read_values(std::span<const std::uint8_t> bytes, unsigned kind) {
  const std::size_t size = kind == 0 ? 8 : 1 + kind % 4;
  std::vector<double> values;
  double sum = 0;
  for (; bytes.size() >= size; bytes = bytes.subspan(size)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), size);
    const auto whole = static_cast<double>(word);
    sum += whole;
    switch (kind % 5) {
      case 0:
        values.push_back(kind == 0 ? std::bit_cast<double>(word) : -whole);
        break;
      case 1:
        values.push_back(whole / std::pow(10, kind % 19));
        break;
      case 2:
        values.push_back(sum);
        break;
      case 3:
        values.push_back(whole * 4096);
        break;
      default:
        values.push_back(word % 7 == 0 ? std::bit_cast<double>(0x7ff0000000000002ULL) : sum / 8);
        break;
    }
  }
  return values;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::size_t count = 1 + data[0] + 256u * (data[1] % 8);
  const unsigned kind = data[2];
  const std::span<const std::uint8_t> rest(data + 3, size - 3);
  HEADROOM_ASSERT(test::decodes_as_it_measures(rest, count));
  const auto values = read_values(rest, kind);
  if (!values.empty()) HEADROOM_ASSERT(test::round_trips(values));
  return 0;
}
