// Filesystems that answer, or hang, as a test says; all are asked on the collector's own threads.
#pragma once

#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent::test {

using namespace std::chrono_literals;

inline constexpr const char* kUtilization = "system.filesystem.utilization";

inline struct ::statvfs filesystem(unsigned long blocks, unsigned long free,
                                   unsigned long available, unsigned long inodes,
                                   unsigned long inodes_free) {
  struct ::statvfs answer{};
  answer.f_bsize = 1u << 20;  // the preferred size of transfers, which is not the unit
  answer.f_frsize = 4096;
  answer.f_blocks = blocks;
  answer.f_bfree = free;
  answer.f_bavail = available;
  answer.f_files = inodes;
  answer.f_ffree = inodes_free;
  return answer;
}

// Sizes by path, and how often each was asked for. An unknown path fails, one in `hanging` waits
// until it is taken out of there. All are asked on the collector's threads, which share this.
struct Answers {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t root_length = 0;
  std::map<std::string, struct ::statvfs> by_path;
  std::set<std::string> hanging;
  std::map<std::string, int> asked;

  int ask(const char* path, struct ::statvfs* answer) {
    std::unique_lock lock(mutex);
    const std::string mountpoint = std::string(path).substr(root_length);
    ++asked[mountpoint];
    changed.wait(lock, [&] { return !hanging.contains(mountpoint); });
    const auto found = by_path.find(mountpoint);
    errno = EACCES;
    if (found == by_path.end()) return -1;
    *answer = found->second;
    return 0;
  }
};

struct Sizes {
  std::map<std::string, struct ::statvfs> by_path;  // as of options() or set()
  std::shared_ptr<Answers> answers = std::make_shared<Answers>();

  Sizes() = default;
  Sizes(Sizes&&) = default;
  ~Sizes() {
    if (answers) hang({});  // so that no thread stays behind
  }

  CollectorOptions options(const HostTree& host) {
    answers->root_length = host.root().size();
    answers->by_path = by_path;
    CollectorOptions options = host.options();
    options.statvfs_function = [shared = answers](const char* path, struct ::statvfs* answer) {
      return shared->ask(path, answer);
    };
    return options;
  }
  void set(const std::string& path, struct ::statvfs answer) {
    const std::lock_guard lock(answers->mutex);
    answers->by_path[path] = answer;
  }
  void hang(std::set<std::string> paths) {
    const std::lock_guard lock(answers->mutex);
    answers->hanging = std::move(paths);
    answers->changed.notify_all();
  }
  std::map<std::string, int> asked() const {
    const std::lock_guard lock(answers->mutex);
    return answers->asked;
  }
  // Whether so many questions came for this path; those before it in the round have their answers.
  bool asked_for(const std::string& path, int times) const { return asked()[path] == times; }
};

// Answers are taken at a later grid point: one after the other, in no time, until `there`.
template <typename There>
void await(Looked& filesystems, There&& there) {
  while (!there()) {
    std::this_thread::yield();
    static_cast<void>(filesystems.at(0s));
  }
  static_cast<void>(filesystems.at(0s));  // what came last is seen too
}

inline void await_demand(Looked& filesystems, double demand) {
  await(filesystems, [&] { return filesystems.demand("DISK") == demand; });
}

// The first look, and the grid points until it has its answers.
inline void look(Looked& filesystems, double demand) {
  static_cast<void>(filesystems.at(0s));
  await_demand(filesystems, demand);
}

}  // namespace headroom::agent::test
