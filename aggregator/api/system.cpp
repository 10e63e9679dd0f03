#include <algorithm>
#include <set>

#include "aggregator/api/rooms.h"

namespace headroom::api {
namespace {

constexpr UnixMs kStaleMs = 30'000;
constexpr const char* kOpen = "open";

const char* state_of(const ingest::AgentInfo& info, UnixMs now) {
  if (!info.connected) return "disconnected";
  return now - info.last_sample > kStaleMs ? "stale" : "connected";
}

Json agent_json(const ingest::AgentInfo& info, UnixMs now) {
  return Json{{"agent", info.agent},
              {"host", info.agent},
              {"service", info.service},
              {"simulated", info.simulated},
              {"duplicate", info.duplicate},
              {"state", state_of(info, now)},
              {"address", info.address},
              {"version", info.version},
              {"last_seen", time(info.last_seen)},
              {"last_sample", time(info.last_sample)},
              {"skew_ms", info.skew_ms},
              {"series", info.series},
              {"committed", info.committed},
              {"batches", info.batches},
              {"resent", info.resent},
              {"lost_batches", info.lost_batches}};
}

Json ingest_json(const Rooms& rooms, const store::StoreStats& stats) {
  const ingest::IngestCounters counters = rooms.agents.counters();
  const auto agents = rooms.agents.agents();
  std::uint64_t lost_batches = 0;
  std::uint64_t lost_samples = 0;
  for (const auto& [stream, cursor] : rooms.store.cursors()) {
    lost_batches += cursor.lost_batches;
    lost_samples += cursor.lost_samples;
  }
  return Json{{"agents_connected", std::count_if(agents.begin(), agents.end(),
                                                 [](const auto& one) { return one.connected; })},
              {"batches", counters.batches},
              {"samples", counters.samples},
              {"samples_per_second", counters.samples_per_second},
              {"message_bytes", counters.message_bytes},
              {"batches_resent", counters.batches_resent},
              {"batches_stored_twice", stats.batches_stored_twice},
              {"batches_lost", lost_batches},
              {"samples_lost", lost_samples},
              {"rejected_keys", counters.rejected_keys},
              {"rejected_messages", counters.rejected_messages},
              {"group_commits", counters.group_commits},
              {"commit_failures", counters.commit_failures},
              {"duplicate_agents", counters.duplicate_agents}};
}

Json store_json(const store::StoreStats& stats, const std::string& state) {
  store::FamilyStats chunks;
  for (const store::FamilyStats& family : stats.families) {
    if (family.name == "capacity_metrics") chunks = family;
  }
  return Json{{"format", stats.format},
              {"series", stats.series},
              {"streams", stats.streams},
              {"head_samples", stats.head_samples},
              {"head_bytes", stats.head_bytes},
              {"journal_batches", stats.head_batches},
              {"chunk_samples", chunks.samples},
              {"chunk_bytes", chunks.bytes},
              {"disk_bytes", stats.disk_bytes},
              {"disk_free_bytes", stats.disk_free_bytes},
              {"oldest", time(stats.oldest)},
              {"newest", time(stats.newest)},
              {"state", state},
              {"recovered_batches", stats.recovered_batches},
              {"recovery_ms", stats.recovery_ms}};
}

Result<Answer> status(const Rooms& rooms, const Call& call) {
  const auto used = rooms.monitor.utilization(call.now, {});
  if (!used) return fail(used.error());
  const auto readings = rooms.monitor.readings(call.now, {});
  if (!readings) return fail(readings.error());
  std::set<std::string> hosts;
  std::set<std::string> fresh;
  std::set<std::string> simulated;
  std::set<std::string> services;
  for (const capacity::Reading& one : *readings) {
    hosts.insert(one.host);
    services.insert(one.service);
    if (!rooms.monitor.stale(one, call.now)) fresh.insert(one.host);
    if (one.simulated) simulated.insert(one.host);
  }
  const store::StoreStats stats = rooms.store.stats();
  return Answer{200, Json{{"version", rooms.version},
                          {"started", time(rooms.started)},
                          {"uptime_seconds", (call.now - rooms.started) / 1000},
                          {"time", time(call.now)},
                          {"overall_health", to_string(capacity::Monitor::overall(*used))},
                          {"hosts", hosts.size()},
                          {"hosts_stale", hosts.size() - fresh.size()},
                          {"services", services.size()},
                          {"simulated_hosts", simulated.size()},
                          {"ingest", ingest_json(rooms, stats)},
                          {"store", store_json(stats, state_of(rooms, stats))}}};
}

// The host's series end now. An agent that goes on sending would bring them back at once.
Result<Answer> remove_agent(const Rooms& rooms, const Call& call) {
  const std::string host = call.text("id");
  for (const ingest::AgentInfo& info : rooms.agents.agents()) {
    if (info.agent != host || !info.connected) continue;
    return fail(ErrorCode::kInvalidArgument,
                "agent " + host +
                    " is connected and sends; stop it, or take its key file out of "
                    "ingest.authorized_agents, and try again");
  }
  store::Selector selector;
  selector.matchers.push_back(store::Selector::equal("host.name", host));
  const std::size_t series = rooms.store.select(selector).size();
  if (series == 0)
    return fail(ErrorCode::kNotFound, "there is no agent '" + host + "'; see: headroom agents");
  if (!call.dry_run) {
    if (auto done = rooms.store.decommission(host, call.now); !done) return fail(done.error());
  }
  return Answer{200, Json{{"agent", host},
                          {"series", series},
                          {"removed", !call.dry_run},
                          {"time", time(call.now)}}};
}

}  // namespace

std::string state_of(const Rooms& rooms, const store::StoreStats& stats) {
  const std::string why =
      stats.cannot_write.empty() ? rooms.agents.counters().cannot_write : stats.cannot_write;
  if (stats.read_only) return "read-only: " + (why.empty() ? "damage was found" : why);
  return why.empty() ? kOpen : "cannot write: " + why;
}

Json agents_json(const Rooms& rooms, UnixMs now) {
  std::map<std::string, ingest::AgentInfo> all;
  for (const auto& [stream, cursor] : rooms.store.cursors()) {
    ingest::AgentInfo& info = all[stream.agent];
    info.agent = stream.agent;
    info.lost_batches += cursor.lost_batches;
  }
  for (const ingest::AgentInfo& info : rooms.agents.agents()) {
    const std::uint64_t lost = all[info.agent].lost_batches;
    all[info.agent] = info;
    all[info.agent].lost_batches = lost;
  }
  Json items = Json::array();
  for (const auto& [name, info] : all) items.push_back(agent_json(info, now));
  return items;
}

void add_system_operations(Operations& operations, const Rooms& rooms) {
  operations.add({"GET", "/healthz", Access::kNone, {}, [](const Call&) -> Result<Answer> {
                    return Answer{200, Json{{"status", "ok"}}};
                  }});
  operations.add({"GET", "/readyz", Access::kNone, {}, [&rooms](const Call&) -> Result<Answer> {
                    if (!rooms.ready) return fail(ErrorCode::kUnavailable, "starting or stopping");
                    const std::string state = state_of(rooms, rooms.store.stats());
                    if (state != kOpen) return fail(ErrorCode::kUnavailable, "store " + state);
                    return Answer{200, Json{{"status", "ready"}}};
                  }});
  operations.add({"GET", "/api/v1/status", Access::kObserve, {}, [&rooms](const Call& call) {
                    return status(rooms, call);
                  }});
  operations.add(
      {"GET", "/api/v1/agents", Access::kObserve, {"limit", "page"}, [&rooms](const Call& call) {
         return paged(call, agents_json(rooms, call.now));
       }});
  operations.add(
      {"DELETE", "/api/v1/agents/{id}", Access::kAdminister, {}, [&rooms](const Call& call) {
         return remove_agent(rooms, call);
       }});
}

}  // namespace headroom::api
