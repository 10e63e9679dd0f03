#include "common/codec/decimal.h"

#include <algorithm>
#include <bit>

namespace headroom::codec {
namespace {

constexpr std::size_t kRun = 128;

// 1.5 × 2^52: a double plus this is rounded to an integer, which stands in the low bits of the sum.
// True while the sum keeps its exponent, so for |value| below 2^51.
constexpr double kRounder = 6755399441055744.0;
constexpr std::uint64_t kRounderBits = std::bit_cast<std::uint64_t>(kRounder);
constexpr std::uint64_t kExponentBits = 0xfff0'0000'0000'0000;

// scale_exactly for many values, without a branch so that the compiler makes vectors of it. False
// if one of them is not exact, or is 2^51 or more.
inline bool scale_small(const double* values, std::size_t count, double by, std::int64_t* scaled) {
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double sum = values[i] * by + kRounder;
    const auto bits = std::bit_cast<std::uint64_t>(sum);
    scaled[i] = static_cast<std::int64_t>(bits - kRounderBits);
    // What the decoder will compute has the same bits; NaN and infinity fail by their exponent.
    const double back = (sum - kRounder) / by;
    wrong |= std::bit_cast<std::uint64_t>(back) ^ std::bit_cast<std::uint64_t>(values[i]);
    wrong |= (bits ^ kRounderBits) & kExponentBits;
  }
  return wrong == 0;
}

// Raises `exponent` until all of the run are exact; false if none is.
bool scale_run(std::span<const double> run, unsigned& exponent, std::int64_t* scaled) {
  std::size_t at = 0;  // values before it were exact by a smaller exponent or by this one
  for (;;) {
    // A constant length makes vectors of the common case.
    const double by = kPowersOfTen[exponent];
    if (run.size() == kRun ? scale_small(run.data(), kRun, by, scaled)
                           : scale_small(run.data(), run.size(), by, scaled)) {
      return true;
    }
    const unsigned before = exponent;
    for (; at < run.size() && exponent == before; ++at) {
      while (!scale_exactly(run[at], exponent, scaled[at])) {
        if (++exponent > kExponentMax) return false;
      }
    }
    if (exponent == before) break;
  }
  // Only integers of 2^51 and more are left as a reason.
  for (std::size_t i = 0; i < run.size(); ++i) {
    if (!scale_exactly(run[i], exponent, scaled[i])) return false;
  }
  return true;
}

}  // namespace

std::optional<unsigned> scale_all(std::span<const double> values, std::span<std::int64_t> scaled) {
  unsigned exponent = 0;
  std::size_t redo_until = 0;  // values before it were scaled by a smaller exponent
  for (std::size_t at = 0; at < values.size(); at += kRun) {
    const std::size_t size = std::min(kRun, values.size() - at);
    const unsigned before = exponent;
    if (!scale_run(values.subspan(at, size), exponent, &scaled[at])) return std::nullopt;
    if (exponent != before) redo_until = at + size;
  }
  const unsigned final_exponent = exponent;
  for (std::size_t at = 0; at < redo_until; at += kRun) {
    const std::size_t size = std::min(kRun, values.size() - at);
    if (!scale_run(values.subspan(at, size), exponent, &scaled[at]) || exponent != final_exponent)
      return std::nullopt;
  }
  return exponent;
}

}  // namespace headroom::codec
