#include "aggregator/store/aggregate.h"

#include <algorithm>
#include <array>
#include <utility>

#include "aggregator/store/fold.h"

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
  if (samples.empty()) return {};
  const Evidence evidence{{samples.begin(), samples.end()}, {}};
  return fold(evidence, {from, samples.back().time + 1, step_ms, how, quantile}, Kind::kGauge);
}

}  // namespace headroom::store
