#include "aggregator/forecast/prepare.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "aggregator/forecast/robust.h"

namespace headroom::forecast {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kOutageLeast = 0.2;  // of the median: what is usually far from 0
constexpr double kWild = 3;           // times the band: no demand, but an error
constexpr int kWidenings = 4;
constexpr std::size_t kNeighbours = 3;  // on either side, in time and in seasons

// For every slot the known value at the same phase before it, copied on from season to season.
void fill_with_period(std::span<double> values, std::size_t period) {
  const std::size_t n = values.size();
  std::vector<double> forward(values.begin(), values.end());
  std::vector<double> backward(values.begin(), values.end());
  for (std::size_t i = period; i < n; ++i) {
    if (std::isnan(forward[i])) forward[i] = forward[i - period];
  }
  for (std::size_t i = n; i-- > 0;) {
    if (std::isnan(backward[i]) && i + period < n) backward[i] = backward[i + period];
  }
  for (std::size_t i = 0; i < n;) {
    if (!std::isnan(values[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < n && std::isnan(values[end])) ++end;
    const double length = real(end - i + 1);
    for (std::size_t j = i; j < end; ++j) {
      const double share = real(j - i + 1) / length;
      if (std::isnan(forward[j]))
        values[j] = backward[j];
      else if (std::isnan(backward[j]))
        values[j] = forward[j];
      else
        values[j] = (1 - share) * forward[j] + share * backward[j];
    }
    i = end;
  }
}

// What the seven values around `at` lead one to expect there: their median. At the ends, where the
// window is lopsided, the median goes on with the usual step, or the last value of a steep line
// would look like a spike.
double expected_from_neighbours(std::span<const double> values, std::size_t at) {
  const std::size_t first = at >= kNeighbours ? at - kNeighbours : 0;
  const std::size_t end = std::min(at + kNeighbours + 1, values.size());
  std::array<double, 2 * kNeighbours + 1> window{};
  const auto used = std::span(window).first(end - first);
  std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(first), used.size(), used.begin());
  double lead = 0;
  if (used.size() < window.size()) {
    std::array<double, 2 * kNeighbours> steps{};
    for (std::size_t i = 1; i < used.size(); ++i) steps[i - 1] = used[i] - used[i - 1];
    lead = median_inplace(std::span(steps).first(used.size() - 1)) *
           (real(at) - real(first + end - 1) / 2);
  }
  return median_inplace(used) + lead;
}

// Median at the same phase in the seasons around, the value itself left out; NaN where there is
// none.
double phase_median(std::span<const double> values, std::size_t at, std::size_t period) {
  std::array<double, 2 * kNeighbours> same{};
  std::size_t count = 0;
  for (std::size_t j = 1; j <= kNeighbours; ++j) {
    if (at >= j * period) same[count++] = values[at - j * period];
    if (at + j * period < values.size()) same[count++] = values[at + j * period];
  }
  return count == 0 ? kUnknown : median_inplace(std::span(same).first(count));
}

struct Spike {
  std::size_t at = 0;
  double value = 0;  // to put in its place
  bool wild = false;
};

std::vector<Spike> spikes_beyond(std::span<const double> values, std::span<const double> centre,
                                 std::size_t period, double band) {
  std::vector<Spike> spikes;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double away = std::abs(values[i] - centre[i]);
    if (away <= band) continue;
    double reference = centre[i];
    if (period > 0) {
      const double same_phase = phase_median(values, i, period);
      if (std::abs(values[i] - same_phase) <= band) continue;
      if (std::abs(values[i] - same_phase) < away) reference = same_phase;
    }
    const double excess = values[i] - reference;
    const bool wild = std::abs(excess) > kWild * band;
    spikes.push_back({i, wild ? reference : reference + (excess > 0 ? band : -band), wild});
  }
  return spikes;
}

}  // namespace

Result<Observed> observe(std::span<const double> values) {
  Observed observed;
  const auto finite = [](double value) { return std::isfinite(value); };
  const auto first = std::find_if(values.begin(), values.end(), finite);
  if (first == values.end()) {
    return fail(ErrorCode::kInvalidArgument,
                "the history holds no known value; forecast from a range that has data");
  }
  const auto end = std::find_if(values.rbegin(), values.rend(), finite).base();
  observed.trailing_unknown = static_cast<std::size_t>(values.end() - end);
  auto begin = first;
  if (static_cast<std::size_t>(end - first) > kUsedHistory) {
    begin = std::find_if(end - static_cast<std::ptrdiff_t>(kUsedHistory), end, finite);
    observed.unused = static_cast<std::size_t>(begin - first);
  }
  double largest = 0;
  for (auto it = begin; it != end; ++it) {
    if (std::isfinite(*it)) largest = std::max(largest, std::abs(*it));
  }
  if (largest > 0) std::frexp(largest, &observed.exponent);
  const auto count = static_cast<std::size_t>(end - begin);
  observed.values.reserve(count);
  observed.known.reserve(count);
  observed.constant = true;
  for (auto it = begin; it != end; ++it) {
    observed.infinite += std::isinf(*it) ? 1u : 0u;
    observed.known.push_back(std::isfinite(*it) ? 1 : 0);
    if (std::isfinite(*it) && *it != *begin) observed.constant = false;
    observed.values.push_back(std::isfinite(*it) ? std::ldexp(*it, -observed.exponent) : kUnknown);
  }
  return observed;
}

std::size_t fill_gaps(std::span<double> values, std::span<const std::size_t> periods) {
  const auto unknown = [](double value) { return std::isnan(value); };
  const auto count = static_cast<std::size_t>(std::count_if(values.begin(), values.end(), unknown));
  if (count == 0) return 0;
  HEADROOM_ASSERT(!values.empty() && !unknown(values.front()) && !unknown(values.back()));
  for (std::size_t i = periods.size(); i-- > 0;) fill_with_period(values, periods[i]);
  fill_with_period(values, 1);
  return count;
}

std::size_t drop_outages(std::span<double> values) {
  std::vector<double> busy;
  busy.reserve(values.size());
  std::size_t zeros = 0;
  for (const double value : values) {
    if (value < 0) return 0;
    if (value > 0) busy.push_back(value);
    zeros += value == 0 ? 1 : 0;
  }
  if (zeros == 0 || real(zeros) > kOutageShare * real(busy.size())) return 0;
  const auto low = busy.begin() + static_cast<std::ptrdiff_t>(busy.size() / 20);
  std::nth_element(busy.begin(), low, busy.end());
  const double lowest = *low;
  if (lowest < kOutageLeast * median_inplace(busy)) return 0;
  std::size_t dropped = 0;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i;
    while (end < values.size() && values[end] == 0) ++end;
    if (end > i && end < values.size() && end - i <= kOutagePoints) {
      for (std::size_t j = i; j < end; ++j) values[j] = kUnknown;
      dropped += end - i;
    }
    i = std::max(end, i + 1);
  }
  return dropped;
}

std::size_t damp_spikes(std::span<double> values, std::size_t period,
                        std::vector<std::size_t>* wild) {
  if (wild != nullptr) wild->clear();
  const std::size_t n = values.size();
  if (n < 2 * kNeighbours + 1) return 0;
  std::vector<double> centre(n);
  for (std::size_t i = 0; i < n; ++i) centre[i] = expected_from_neighbours(values, i);
  std::vector<double> away(n);
  for (std::size_t i = 0; i < n; ++i) away[i] = values[i] - centre[i];
  double band = kSpikeSpreads * spread(away, 0);
  if (!(band > 0)) return 0;
  // Bursty by nature: only what stands out of the bursts, too.
  auto spikes = spikes_beyond(values, centre, period, band);
  for (int i = 0; i < kWidenings && real(spikes.size()) > kSpikeShare * real(n); ++i) {
    band *= 2;
    spikes = spikes_beyond(values, centre, period, band);
  }
  if (real(spikes.size()) > kSpikeShare * real(n)) return 0;
  for (const Spike& spike : spikes) {
    values[spike.at] = spike.value;
    if (wild != nullptr && spike.wild) wild->push_back(spike.at);
  }
  return spikes.size();
}

}  // namespace headroom::forecast
