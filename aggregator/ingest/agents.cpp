#include "aggregator/ingest/agents.h"

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include "common/log/log.h"
#include "common/wire/keys.h"

namespace headroom::ingest {
namespace {

constexpr std::size_t kAgentsMax = 100'000;
constexpr std::size_t kNameBytes = 253;  // of a DNS name
constexpr auto kReloadInterval = std::chrono::seconds(1);

bool is_host_name(const std::string& name) {
  return !name.empty() && name.size() <= kNameBytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == '_';
         });
}

// Nanoseconds since 1970; 0 where the folder cannot be looked at.
std::int64_t change_time(const std::string& folder) {
  struct stat facts{};
  if (::stat(folder.c_str(), &facts) != 0) return 0;
  return static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

}  // namespace

bool AuthorizedKeys::reload_if_changed() {
  if (change_time(folder_) == folder_changed_) return false;
  if (auto read = reload(); !read) {
    log::warn("{}", read.error().message);
    return false;
  }
  return true;
}

bool AuthorizedKeys::has(const std::string& name) const { return known_.count(name) > 0; }

std::set<std::string> AuthorizedKeys::take_revoked() { return std::exchange(revoked_, {}); }

Status AuthorizedKeys::reload() {
  folder_changed_ = change_time(folder_);
  std::error_code error;
  std::map<std::string, std::string> names;
  const std::filesystem::directory_iterator files(folder_, error);
  if (error)
    return fail(ErrorCode::kNotFound,
                "folder of authorized agents " + folder_ + ": " + error.message());
  for (const auto& entry : files) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() != ".pub") continue;
    const std::string name = path.stem().string();
    const auto key = wire::read_public_key_file(path.string());
    if (!key) {
      log::warn("authorized agent passed over: {}", key.error().message);
    } else if (!is_host_name(name)) {
      log::warn("authorized agent passed over: {} is not named after a host", path.string());
    } else if (names.size() == kAgentsMax) {
      log::warn("more than {} authorized agents: {} passed over", kAgentsMax, name);
    } else if (const auto [before, fresh] = names.emplace(*key, name); !fresh) {
      log::warn("authorized agent passed over: {} has the same key as {}", name, before->second);
    }
  }
  for (const auto& [key, name] : names_) {
    const auto now = names.find(key);
    if (now == names.end() || now->second != name) revoked_.insert(name);
  }
  names_ = std::move(names);
  known_.clear();
  for (const auto& [key, name] : names_) known_.insert(name);
  return {};
}

std::optional<std::string> AuthorizedKeys::name_of(const std::string& public_key,
                                                   const Clock& clock) {
  auto found = names_.find(public_key);
  if (found == names_.end() && clock.steady() - last_reload_ > kReloadInterval) {
    last_reload_ = clock.steady();
    if (auto read = reload(); !read) log::warn("{}", read.error().message);
    found = names_.find(public_key);
  }
  return found == names_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

void AgentDirectory::update(const AgentInfo& info) {
  const std::lock_guard lock(mutex_);
  agents_[info.agent] = info;
}

void AgentDirectory::disconnected(const std::string& agent) {
  const std::lock_guard lock(mutex_);
  if (const auto found = agents_.find(agent); found != agents_.end())
    found->second.connected = false;
}

std::vector<AgentInfo> AgentDirectory::agents() const {
  const std::lock_guard lock(mutex_);
  std::vector<AgentInfo> all;
  all.reserve(agents_.size());
  for (const auto& [name, info] : agents_) all.push_back(info);
  return all;
}

void AgentDirectory::forget(const std::string& agent) {
  const std::lock_guard lock(mutex_);
  agents_.erase(agent);
}

void AgentDirectory::set_counters(const IngestCounters& counters) {
  const std::lock_guard lock(mutex_);
  counters_ = counters;
}

IngestCounters AgentDirectory::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

}  // namespace headroom::ingest
