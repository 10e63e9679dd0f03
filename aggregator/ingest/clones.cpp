#include "aggregator/ingest/clones.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/log/log.h"

namespace headroom::ingest {
namespace {

// In Table::kState: "clones/AGENT" → one line per host, machine and boot id with a blank between.
constexpr std::string_view kPrefix = "clones/";

}  // namespace

Clones::Clones(store::Store& store) : store_(store) {
  const auto entries = store_.list(store::Table::kState, kPrefix);
  if (!entries) {
    log::error("{}", entries.error().within("read clones").message);
    return;
  }
  for (const auto& [key, value] : *entries) {
    std::vector<HostIdentity> hosts;
    for (const auto& line : split(value, '\n')) {
      const std::string text(line);
      const std::size_t blank = text.find(' ');
      if (blank == std::string::npos) continue;
      hosts.push_back({text.substr(0, blank), text.substr(blank + 1)});
    }
    if (hosts.size() > 1) hosts_[std::string(key.substr(kPrefix.size()))] = std::move(hosts);
  }
}

std::size_t Clones::find(const std::vector<HostIdentity>& hosts, const HostIdentity& host) const {
  const auto exact = std::find(hosts.begin(), hosts.end(), host);
  if (exact != hosts.end()) return static_cast<std::size_t>(exact - hosts.begin());
  const auto same = [&](const HostIdentity& one) {
    return !host.machine.empty() && one.machine == host.machine;
  };
  if (std::count_if(hosts.begin(), hosts.end(), same) != 1) return hosts.size();
  return static_cast<std::size_t>(std::find_if(hosts.begin(), hosts.end(), same) - hosts.begin());
}

std::string Clones::host_name(const std::string& agent, const HostIdentity& host) {
  const auto found = hosts_.find(agent);
  if (found == hosts_.end()) return agent;
  const std::size_t at = find(found->second, host);
  if (at == found->second.size()) return agent;
  if (found->second[at] != host) {  // it was booted since
    found->second[at] = host;
    save(agent);
  }
  return at == 0 ? agent : agent + "~" + std::to_string(at + 1);
}

bool Clones::knows_exactly(const std::string& agent, const HostIdentity& host) const {
  const auto found = hosts_.find(agent);
  if (found == hosts_.end()) return true;
  return std::find(found->second.begin(), found->second.end(), host) != found->second.end();
}

bool Clones::keep_apart(const std::string& agent, const HostIdentity& first,
                        const HostIdentity& second) {
  if (first == second) return false;
  // Two clones may be the same machine in all but their boot.
  std::vector<HostIdentity> hosts = hosts_[agent];
  for (const HostIdentity& one : {first, second}) {
    if (std::find(hosts.begin(), hosts.end(), one) == hosts.end()) hosts.push_back(one);
  }
  if (hosts.size() > kClonesMax) return false;
  hosts_[agent] = std::move(hosts);
  save(agent);
  return true;
}

void Clones::save(const std::string& agent) {
  std::string value;
  for (const HostIdentity& host : hosts_[agent]) value += host.machine + " " + host.boot + "\n";
  const Status saved = store_.put(store::Table::kState, std::string(kPrefix) + agent, value);
  if (!saved) log::error("{}", saved.error().within("keep clones of " + agent).message);
}

}  // namespace headroom::ingest
