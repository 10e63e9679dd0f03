#include "aggregator/capacity/demand.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

namespace headroom::capacity {
namespace {

// A host that skips a few steps is carried on with its last mean, so that one late batch is no dip
// of the service.
constexpr std::size_t kCarriedSteps = 3;

store::Selector selector_of(std::string_view metric, const Filter& filter) {
  store::Selector selector;
  selector.matchers.push_back(store::Selector::equal(store::kNameKey, metric));
  if (!filter.service.empty())
    selector.matchers.push_back(store::Selector::equal(kServiceAttribute, filter.service));
  if (!filter.host.empty())
    selector.matchers.push_back(store::Selector::equal(kHostAttribute, filter.host));
  if (filter.resource) {
    selector.matchers.push_back(
        store::Selector::equal(kResourceAttribute, to_string(*filter.resource)));
  }
  return selector;
}

std::vector<store::SeriesId> ids_of(const std::vector<store::SeriesInfo>& series) {
  std::vector<store::SeriesId> ids;
  ids.reserve(series.size());
  for (const store::SeriesInfo& one : series) ids.push_back(one.id);
  return ids;
}

double mean_since(std::span<const Sample> samples, UnixMs since) {
  double sum = 0;
  std::size_t count = 0;
  for (auto at = samples.rbegin(); at != samples.rend() && at->time > since; ++at) {
    sum += at->value;
    ++count;
  }
  return sum / static_cast<double>(count);
}

// Adds one host's mean per step to the sum over hosts.
void add_host(std::span<const Sample> samples, UnixMs from, std::int64_t step,
              std::vector<double>& total) {
  std::vector<double> sums(total.size(), 0);
  std::vector<std::uint32_t> counts(total.size(), 0);
  for (const Sample& sample : samples) {
    const auto bin = static_cast<std::size_t>((sample.time - from) / step);
    if (bin >= total.size() || !std::isfinite(sample.value)) continue;
    sums[bin] += sample.value;
    ++counts[bin];
  }
  double last = 0;
  std::size_t carried = kCarriedSteps + 1;
  for (std::size_t i = 0; i < total.size(); ++i) {
    if (counts[i] > 0) {
      last = sums[i] / counts[i];
      carried = 0;
    } else if (++carried > kCarriedSteps) {
      continue;
    }
    total[i] = std::isnan(total[i]) ? last : total[i] + last;
  }
}

}  // namespace

Result<std::vector<Reading>> DemandReader::readings(UnixMs now, const Filter& filter) const {
  std::map<std::tuple<std::string, std::string, Resource>, Reading> found;
  const UnixMs from = now - options_.lookback.count();
  const auto smoothing = options_.smoothing.count();
  for (const bool is_demand : {true, false}) {
    const auto series =
        store_.select(selector_of(is_demand ? kDemandMetric : kCapacityMetric, filter));
    std::size_t at = 0;
    const Status read = store_.read(
        ids_of(series), from, now + 1, [&](store::SeriesId, std::span<const Sample> samples) {
          const Attributes& attributes = series[at++].series->attributes;
          const auto resource = parse_resource(attribute(attributes, kResourceAttribute));
          if (!resource) return true;
          const std::string service(attribute(attributes, kServiceAttribute));
          const std::string host(attribute(attributes, kHostAttribute));
          Reading& reading = found[{service, host, *resource}];
          reading.host = host;
          reading.service = service;
          reading.resource = *resource;
          reading.simulated = attribute(attributes, kSimulatedAttribute) == "true";
          if (samples.empty()) return true;
          const Sample& newest = samples.back();
          if (is_demand) {
            reading.demand = mean_since(samples, newest.time - smoothing);
            reading.time = newest.time;
          } else {
            reading.capacity = newest.value;
          }
          return true;
        });
    if (!read) return fail(read.error());
  }
  std::vector<Reading> readings;
  readings.reserve(found.size());
  for (auto& [key, reading] : found) readings.push_back(std::move(reading));
  return readings;
}

Result<DemandHistory> DemandReader::history(const std::string& service, Resource resource,
                                            UnixMs from, UnixMs to,
                                            std::chrono::milliseconds step) const {
  const std::int64_t points = to > from ? (to - from) / step.count() : 0;
  if (points > static_cast<std::int64_t>(kHistoryPoints)) {
    return fail(ErrorCode::kLimitExceeded, "a history of more than " +
                                               std::to_string(kHistoryPoints) +
                                               " points; ask for a longer step or a shorter range");
  }
  DemandHistory history;
  history.start = from;
  history.step = step;
  const Filter filter{service, "", resource};
  for (const bool is_demand : {true, false}) {
    std::vector<double>& total = is_demand ? history.demand : history.capacity;
    total.assign(static_cast<std::size_t>(points), std::numeric_limits<double>::quiet_NaN());
    const auto series =
        store_.select(selector_of(is_demand ? kDemandMetric : kCapacityMetric, filter));
    if (is_demand) {
      if (series.empty()) {
        return fail(ErrorCode::kNotFound, "no host of service '" + service + "' has a resource " +
                                              std::string(to_string(resource)) +
                                              "; see: headroom utilization");
      }
      history.hosts = series.size();
      history.simulated =
          attribute(series.front().series->attributes, kSimulatedAttribute) == "true";
    }
    const store::WindowQuery means{from, to, step.count(), store::Aggregate::kAvg, 0.5};
    const Status read = store_.read_windows(ids_of(series), means,
                                            [&](store::SeriesId, std::span<const Sample> windows) {
                                              add_host(windows, from, step.count(), total);
                                              return true;
                                            });
    if (!read) return fail(read.error());
  }
  return history;
}

Result<std::optional<UnixMs>> DemandReader::oldest(const std::string& service, Resource resource,
                                                   UnixMs from, UnixMs to) const {
  const auto ids = ids_of(store_.select(selector_of(kDemandMetric, {service, "", resource})));
  constexpr UnixMs kHour = 3'600'000;
  const store::StoreStats stats = store_.stats();
  // From a whole hour on, so that rollups can tell.
  const UnixMs begin = std::max(from, stats.oldest) / kHour * kHour;
  const store::WindowQuery hours{begin, std::min(to, stats.newest + 1), kHour,
                                 store::Aggregate::kCount, 0.5};
  std::optional<UnixMs> oldest;
  const Status read =
      store_.read_windows(ids, hours, [&](store::SeriesId, std::span<const Sample> counts) {
        if (!counts.empty())
          oldest = std::min(oldest.value_or(counts.front().time), counts.front().time);
        return true;
      });
  if (!read) return fail(read.error());
  if (!oldest) return oldest;
  // To the sample, where these are still kept.
  const UnixMs hour = *oldest;
  std::optional<UnixMs> exact;
  const Status found =
      store_.read(ids, hour, hour + kHour, [&](store::SeriesId, std::span<const Sample> samples) {
        if (!samples.empty())
          exact = std::min(exact.value_or(samples.front().time), samples.front().time);
        return true;
      });
  if (!found) return fail(found.error());
  oldest = std::max(exact.value_or(hour), from);
  return oldest;
}

}  // namespace headroom::capacity
