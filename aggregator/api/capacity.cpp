#include <algorithm>

#include "aggregator/api/rooms.h"
#include "common/base/text.h"

namespace headroom::api {
namespace {

using capacity::Filter;
using capacity::Health;
using capacity::Utilization;

std::optional<double> percent(std::optional<double> ratio) {
  return ratio ? std::optional(*ratio * 100) : std::nullopt;
}

Json utilization_json(const Utilization& one) {
  return Json{{"service", one.service},
              {"resource", to_string(one.resource)},
              {"unit", unit_of(one.resource)},
              {"current_value", number(one.demand)},
              {"capacity", number(one.capacity)},
              {"utilization_pct", number(percent(one.utilization))},
              {"status", to_string(one.health)},
              {"reason", one.reason},
              {"hosts", one.hosts},
              {"hosts_reporting", one.hosts_reporting},
              {"simulated", one.simulated},
              {"worst_host", one.worst_host.empty() ? Json() : Json(one.worst_host)},
              {"worst_utilization_pct", number(percent(one.worst_utilization))},
              {"timestamp", time(one.time)}};
}

Result<Filter> filter_of(const Call& call) {
  Filter filter{call.text("service"), call.text("host"), std::nullopt};
  if (call.has("resource")) {
    filter.resource = parse_resource(call.text("resource"));
    if (!filter.resource) {
      std::vector<std::string> names;
      for (const Resource one : kResources) names.emplace_back(to_string(one));
      return fail(ErrorCode::kInvalidArgument,
                  "resource: '" + call.text("resource") + "' is none of " + join(names, ", "));
    }
  }
  return filter;
}

Result<Answer> utilization(const Rooms& rooms, const Call& call) {
  const auto filter = filter_of(call);
  if (!filter) return fail(filter.error());
  const auto all = rooms.monitor.utilization(call.now, *filter);
  if (!all) return fail(all.error());
  if (all->empty() && !(filter->service + filter->host).empty()) {
    return fail(ErrorCode::kNotFound, "no host or service matches; see: headroom agents");
  }
  Json items = Json::array();
  for (const Utilization& one : *all) items.push_back(utilization_json(one));
  return Answer{200, Json{{"time", time(call.now)}, {"items", std::move(items)}}};
}

Result<Answer> history(const Rooms& rooms, const Call& call) {
  const auto filter = filter_of(call);
  if (!filter) return fail(filter.error());
  const auto range = range_of(call, std::chrono::hours(1));
  if (!range) return fail(range.error());
  const auto asked = call.duration("step");
  if (!asked) return fail(asked.error());
  constexpr std::int64_t kPointsWanted = 360;
  const std::int64_t step =
      *asked
          ? (*asked)->count()
          : std::max<std::int64_t>(1000, (range->to - range->from) / kPointsWanted / 1000 * 1000);
  if (step <= 0) return fail(ErrorCode::kInvalidArgument, "step: must be above zero");
  const auto now = rooms.monitor.utilization(call.now, *filter);
  if (!now) return fail(now.error());
  Json items = Json::array();
  for (const Utilization& one : *now) {
    const UnixMs from = range->from / step * step;
    const auto demand = rooms.demand.history(one.service, one.resource, from, range->to,
                                             std::chrono::milliseconds(step));
    if (!demand) return fail(demand.error());
    Json samples = Json::array();
    for (std::size_t i = 0; i < demand->demand.size(); ++i) {
      const UnixMs at = from + static_cast<UnixMs>(i) * step;
      samples.push_back(Json::array({static_cast<double>(at) / 1000, number(demand->demand[i]),
                                     number(demand->capacity[i])}));
    }
    items.push_back({{"service", one.service},
                     {"resource", to_string(one.resource)},
                     {"unit", unit_of(one.resource)},
                     {"step_seconds", static_cast<double>(step) / 1000},
                     {"simulated", one.simulated},
                     {"samples", std::move(samples)}});
  }
  return Answer{200, Json{{"items", std::move(items)}}};
}

Result<Answer> health(const Rooms& rooms, const Call& call) {
  auto all = rooms.monitor.utilization(call.now, {});
  if (!all) return fail(all.error());
  const Health overall = capacity::Monitor::overall(*all);
  std::erase_if(*all, [](const Utilization& one) { return one.health == Health::kHealthy; });
  std::stable_sort(all->begin(), all->end(), [](const Utilization& a, const Utilization& b) {
    return std::pair(a.health, a.utilization) > std::pair(b.health, b.utilization);
  });
  Json items = Json::array();
  for (const Utilization& one : *all) items.push_back(utilization_json(one));
  return Answer{200, Json{{"overall_health", to_string(overall)}, {"items", std::move(items)}}};
}

Result<Answer> top(const Rooms& rooms, const Call& call) {
  const auto by = parse_resource(call.text("by", "CPU"));
  if (!by)
    return fail(ErrorCode::kInvalidArgument, "by: '" + call.text("by") + "' is not a resource");
  const auto limit = call.whole("limit", 20, 1, kPageMost);
  if (!limit) return fail(limit.error());
  const auto readings = rooms.monitor.readings(call.now, {});
  if (!readings) return fail(readings.error());
  struct Row {
    Json json;
    double key = -1;
  };
  std::map<std::pair<std::string, std::string>, Row> rows;
  for (const capacity::Reading& one : *readings) {
    Row& row = rows[{one.host, one.service}];
    if (row.json.is_null()) {
      row.json = Json{{"host", one.host},
                      {"service", one.service},
                      {"simulated", one.simulated},
                      {"last_sample", time(one.time)},
                      {"stale", rooms.monitor.stale(one, call.now)},
                      {"utilization_pct", Json::object()}};
    }
    const bool known = one.demand && one.capacity && *one.capacity > 0;
    const std::optional<double> share =
        known ? std::optional(*one.demand / *one.capacity * 100) : std::nullopt;
    row.json["utilization_pct"][std::string(to_string(one.resource))] = number(share);
    if (one.resource == *by && share) row.key = *share;
  }
  std::vector<Row> sorted;
  for (auto& [key, row] : rows) sorted.push_back(std::move(row));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Row& a, const Row& b) { return a.key > b.key; });
  Json items = Json::array();
  for (std::size_t i = 0; i < sorted.size() && i < static_cast<std::size_t>(*limit); ++i)
    items.push_back(sorted[i].json);
  return Answer{200, Json{{"items", std::move(items)}}};
}

}  // namespace

void add_capacity_operations(Operations& operations, const Rooms& rooms) {
  operations.add({"GET",
                  "/api/v1/utilization",
                  Access::kObserve,
                  {"service", "resource", "host"},
                  [&rooms](const Call& call) { return utilization(rooms, call); }});
  operations.add({"GET",
                  "/api/v1/utilization/history",
                  Access::kObserve,
                  {"service", "resource", "host", "from", "to", "last", "step"},
                  [&rooms](const Call& call) { return history(rooms, call); }});
  operations.add({"GET", "/api/v1/health", Access::kObserve, {}, [&rooms](const Call& call) {
                    return health(rooms, call);
                  }});
  operations.add(
      {"GET", "/api/v1/top", Access::kObserve, {"by", "limit"}, [&rooms](const Call& call) {
         return top(rooms, call);
       }});
}

}  // namespace headroom::api
