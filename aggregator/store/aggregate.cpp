#include "aggregator/store/aggregate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace headroom::store {
namespace {

constexpr std::array<std::pair<std::string_view, Aggregate>, 9> kNames{
    {{"avg", Aggregate::kAvg},
     {"min", Aggregate::kMin},
     {"max", Aggregate::kMax},
     {"sum", Aggregate::kSum},
     {"count", Aggregate::kCount},
     {"last", Aggregate::kLast},
     {"rate", Aggregate::kRate},
     {"increase", Aggregate::kIncrease},
     {"quantile", Aggregate::kQuantile}}};

double quantile_of(std::span<const Sample> window, double quantile) {
  std::vector<double> values;
  for (const Sample& sample : window) values.push_back(sample.value);
  std::sort(values.begin(), values.end());
  const double place = quantile * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (place - static_cast<double>(low)) * (values[high] - values[low]);
}

// `before` is the sample in front of the window, or nullptr.
std::optional<double> growth_of(std::span<const Sample> window, const Sample* before, bool rate) {
  const Sample& first = before != nullptr ? *before : window.front();
  double increase = 0;
  double last = first.value;
  for (const Sample& sample : window) {
    increase += sample.value >= last ? sample.value - last : sample.value;
    last = sample.value;
  }
  const UnixMs elapsed = window.back().time - first.time;
  if (elapsed <= 0) return std::nullopt;
  if (!rate) return increase;
  return increase / (static_cast<double>(elapsed) / 1000);
}

std::optional<double> value_of(std::span<const Sample> window, const Sample* before, Aggregate how,
                               double quantile) {
  const auto less = [](const Sample& a, const Sample& b) { return a.value < b.value; };
  switch (how) {
    case Aggregate::kMin:
      return std::min_element(window.begin(), window.end(), less)->value;
    case Aggregate::kMax:
      return std::max_element(window.begin(), window.end(), less)->value;
    case Aggregate::kCount:
      return static_cast<double>(window.size());
    case Aggregate::kLast:
      return window.back().value;
    case Aggregate::kRate:
    case Aggregate::kIncrease:
      return growth_of(window, before, how == Aggregate::kRate);
    case Aggregate::kQuantile:
      return quantile_of(window, quantile);
    case Aggregate::kAvg:
    case Aggregate::kSum: {
      double sum = 0;
      for (const Sample& sample : window) sum += sample.value;
      return how == Aggregate::kSum ? sum : sum / static_cast<double>(window.size());
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Aggregate> parse_aggregate(std::string_view name) {
  for (const auto& [known, how] : kNames) {
    if (known == name) return how;
  }
  return std::nullopt;
}

std::string_view to_string(Aggregate how) {
  for (const auto& [name, known] : kNames) {
    if (known == how) return name;
  }
  return "?";
}

std::vector<Sample> aggregate(std::span<const Sample> samples, UnixMs from, std::int64_t step_ms,
                              Aggregate how, double quantile) {
  std::vector<Sample> windows;
  for (std::size_t begin = 0; begin < samples.size();) {
    // Rounded down also before `from`.
    const std::int64_t distance = samples[begin].time - from;
    const std::int64_t index =
        distance >= 0 ? distance / step_ms : -((-distance + step_ms - 1) / step_ms);
    const UnixMs start = from + index * step_ms;
    std::size_t end = begin;
    while (end < samples.size() && samples[end].time < start + step_ms) ++end;
    const Sample* before = begin > 0 ? &samples[begin - 1] : nullptr;
    if (start >= from) {
      if (const auto value = value_of(samples.subspan(begin, end - begin), before, how, quantile))
        windows.push_back({start, *value});
    }
    begin = end;
  }
  return windows;
}

}  // namespace headroom::store
