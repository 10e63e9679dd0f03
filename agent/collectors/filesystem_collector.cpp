// Space and inodes of filesystems, from /proc/self/mountinfo and statvfs(2).
//
// statvfs may hang, so it is asked on other threads and its answers are taken at a later grid
// point. All local filesystems share one worker. One that hangs keeps that worker to itself until
// it returns, and the others get a new one. Filesystems that wait for another machine or process
// are asked only where the configuration says so, each by a worker of its own.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <sys/statvfs.h>
#include <utility>

#include "agent/collectors/cadence.h"
#include "agent/collectors/device_table.h"
#include "agent/collectors/filesystem_values.h"
#include "agent/collectors/first_failure.h"
#include "agent/collectors/mount_table.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"
#include "agent/collectors/statvfs_worker.h"
#include "agent/procfs/proc_file.h"

namespace headroom::agent {
namespace {

// Space changes slowly and mounts more slowly. Between two looks the last values are repeated, so
// that the series stay on the grid.
constexpr auto kLookPeriod = std::chrono::seconds(5);
constexpr auto kNetworkLookPeriod =
    std::chrono::seconds(10);  // each look costs the server something
constexpr auto kMountTablePeriod = std::chrono::seconds(10);
// A call that takes so long hangs. Two grid points at least: a process that was stopped finds much
// time gone at the first one.
constexpr auto kStuckAfter = std::chrono::seconds(5);
constexpr unsigned kStuckGridPoints = 2;
// Each costs a thread.
constexpr std::size_t kMaxNetworkFilesystems = 8;
constexpr std::size_t kMaxStuckWorkers = 8;

constexpr std::array<SeriesSpec, 1> kStuckSpecs{{{"headroom.agent.filesystem.stuck_time", "s"}}};

struct Filesystem {
  std::shared_ptr<StatvfsQuestion> question;  // its path is where this process reaches it
  // Of one that can hang by its nature, or hangs now. While empty the local ones' worker asks.
  std::unique_ptr<StatvfsWorker> own_worker;
  bool can_hang = false;
  bool asked = false;  // and the answer is not taken yet
  bool read_only = false;
  FilesystemValues values;
  double stuck_seconds = kUnknown;
  Status status;
  SeriesGroup series;
  SeriesGroup stuck_series;
};

int ask_kernel(const char* path, struct ::statvfs* answer) { return ::statvfs(path, answer); }

class FilesystemCollector final : public Collector {
 public:
  explicit FilesystemCollector(const CollectorOptions& options)
      : root_(options.roots.root),
        mountinfo_(options.roots.proc() + "/self/mountinfo", ProcFile::Records::kLong),
        ignored_(options.ignored_filesystem_types.empty() ? default_ignored_filesystem_types()
                                                          : options.ignored_filesystem_types),
        with_network_(options.network_filesystems),
        statvfs_(options.statvfs_function ? options.statvfs_function : ask_kernel),
        local_worker_(new_worker()) {}

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    if (!resource_) resource_.emplace(sheet, Resource::kDisk);
    // A failure holds until the next look; forgetting it in between would make it come and go in
    // the log.
    if (mount_table_.due(tick)) mounts_status_ = read_mounts(sheet);
    filesystems_.for_each(take_answer);
    filesystems_.for_each([&](Filesystem& one) { watch_own_worker(one, tick.elapsed); });
    watch_local_worker(tick.elapsed);
    std::erase_if(left_behind_, [](const auto& worker) { return !worker->busy(); });
    local_wanted_ = look_.due(tick) || local_wanted_;
    if (local_wanted_ && !local_worker_->busy()) ask_local();
    if (network_look_.due(tick)) filesystems_.for_each(ask_alone);
    return publish(sheet);
  }

 private:
  std::unique_ptr<StatvfsWorker> new_worker() const {
    return std::make_unique<StatvfsWorker>(statvfs_);
  }

  Status read_mounts(SampleSheet& sheet) {
    const auto text = mountinfo_.read();
    if (!text) return fail(text.error());
    if (*text == last_mountinfo_) return mounts_status_;
    last_mountinfo_ = *text;
    std::size_t malformed_lines = 0;
    const auto mounts =
        measurable(parse_mountinfo(*text, malformed_lines), ignored_, with_network_);
    std::size_t network = 0;
    filesystems_.begin_walk();
    for (const Mount& mount : mounts) {
      if (mount.can_hang && ++network > kMaxNetworkFilesystems) continue;
      const std::string key =
          mount.device_number + ' ' + mount.source + ' ' + mount.type + ' ' + mount.mountpoint;
      Filesystem* const filesystem =
          filesystems_.visit(key, [&](std::string_view) { return first_sight(mount); });
      if (filesystem != nullptr) filesystem->read_only = mount.read_only;
    }
    filesystems_.drop_unseen([&](Filesystem& filesystem) { forget(filesystem, sheet); });
    if (malformed_lines > 0) {
      return fail(ErrorCode::kCorruption,
                  mountinfo_.path() + ": " + std::to_string(malformed_lines) +
                      " lines are not in the form that the kernel documents");
    }
    if (filesystems_.refused() > 0) {
      return fail(ErrorCode::kLimitExceeded, mountinfo_.path() + " has more than " +
                                                 std::to_string(kMaxFilesystems) +
                                                 " local filesystems; the others are not measured");
    }
    if (network > kMaxNetworkFilesystems) {
      return fail(ErrorCode::kLimitExceeded,
                  mountinfo_.path() + " has more than " + std::to_string(kMaxNetworkFilesystems) +
                      " filesystems that can hang; the others are not measured");
    }
    return {};
  }

  Filesystem first_sight(const Mount& mount) const {
    const Attributes attributes{{"system.device", mount.source},
                                {"system.filesystem.mountpoint", mount.mountpoint},
                                {"system.filesystem.type", mount.type}};
    Filesystem filesystem;
    filesystem.question = std::make_shared<StatvfsQuestion>(root_ + mount.mountpoint);
    filesystem.can_hang = mount.can_hang;
    if (mount.can_hang) filesystem.own_worker = new_worker();
    filesystem.series = SeriesGroup(filesystem_specs(), attributes);
    filesystem.stuck_series = SeriesGroup(kStuckSpecs, attributes);
    return filesystem;
  }

  void forget(Filesystem& filesystem, SampleSheet& sheet) {
    filesystem.series.retire(sheet);
    filesystem.stuck_series.retire(sheet);
    leave_behind(std::move(filesystem.own_worker));
  }

  // A worker that hangs is counted until it returns.
  void leave_behind(std::unique_ptr<StatvfsWorker> worker) {
    if (worker && worker->busy()) left_behind_.push_back(std::move(worker));
  }

  static void take_answer(Filesystem& filesystem) {
    const StatvfsQuestion& question = *filesystem.question;
    if (!filesystem.asked || !question.answered.load(std::memory_order_acquire)) return;
    filesystem.asked = false;
    if (!std::isnan(filesystem.stuck_seconds)) filesystem.stuck_seconds = 0;
    filesystem.status = {};
    if (question.error == 0) {
      filesystem.values = measured(question.answer);
      return;
    }
    errno = question.error;
    filesystem.status = fail(errno_error("statvfs " + question.path));
    filesystem.values = {};
  }

  static bool hangs(const StatvfsWorker& worker) {
    return worker.waited() >= kStuckAfter && worker.grid_points_waited() >= kStuckGridPoints;
  }

  // The message stays the same for as long as it hangs, so it is logged once.
  static void say_stuck(Filesystem& filesystem, const StatvfsWorker& worker) {
    if (!(filesystem.stuck_seconds > 0)) {
      filesystem.status =
          fail(ErrorCode::kUnavailable,
               "statvfs " + filesystem.question->path + " has not returned for " +
                   std::to_string(static_cast<int>(to_seconds(worker.waited()))) + " s");
    }
    filesystem.values = {};
    filesystem.stuck_seconds = std::floor(to_seconds(worker.waited()));
  }

  // The filesystem at which the local ones' worker hangs takes it over.
  void watch_local_worker(std::chrono::nanoseconds elapsed) {
    local_worker_->pass(elapsed);
    if (!hangs(*local_worker_)) return;
    const auto question = local_worker_->present();
    if (!question) return;
    if (!may_hang_more()) return say_all_stuck();
    std::unique_ptr<StatvfsWorker> stuck = std::exchange(local_worker_, new_worker());
    filesystems_.for_each([&](Filesystem& filesystem) {
      const bool was_behind = filesystem.asked && !filesystem.own_worker;
      if (filesystem.question == question) {
        say_stuck(filesystem, *stuck);
        filesystem.own_worker = std::move(stuck);
      } else if (was_behind) {
        // The old worker still has the question and may come to it yet.
        filesystem.question = std::make_shared<StatvfsQuestion>(filesystem.question->path);
        filesystem.asked = false;
      }
    });
    leave_behind(std::move(stuck));  // of a mount that is gone
    local_wanted_ = true;
  }

  // All that this worker has not come to yet waits with the one that hangs.
  void say_all_stuck() {
    filesystems_.for_each([&](Filesystem& filesystem) {
      if (filesystem.asked && !filesystem.own_worker) say_stuck(filesystem, *local_worker_);
    });
  }

  bool may_hang_more() {
    std::size_t stuck = left_behind_.size();
    filesystems_.for_each([&](const Filesystem& one) { stuck += !one.can_hang && one.own_worker; });
    return stuck < kMaxStuckWorkers;
  }

  void watch_own_worker(Filesystem& filesystem, std::chrono::nanoseconds elapsed) {
    if (!filesystem.own_worker) return;
    StatvfsWorker& worker = *filesystem.own_worker;
    worker.pass(elapsed);
    if (hangs(worker)) say_stuck(filesystem, worker);
    // A local one that returned is asked with the others again.
    if (!filesystem.can_hang && !filesystem.asked) leave_behind(std::move(filesystem.own_worker));
  }

  void ask_local() {
    local_wanted_ = false;
    local_worker_->clear();
    filesystems_.for_each([&](Filesystem& filesystem) {
      if (!filesystem.own_worker) local_worker_->add(filesystem.question);
    });
    const bool begun = local_worker_->begin();
    filesystems_.for_each([&](Filesystem& filesystem) {
      if (!filesystem.own_worker) note_asked(filesystem, begun);
    });
  }

  static void ask_alone(Filesystem& filesystem) {
    if (!filesystem.can_hang || filesystem.own_worker->busy()) return;
    filesystem.own_worker->clear();
    filesystem.own_worker->add(filesystem.question);
    note_asked(filesystem, filesystem.own_worker->begin());
  }

  static void note_asked(Filesystem& filesystem, bool begun) {
    filesystem.asked = begun;
    if (begun) return;
    filesystem.status = fail(ErrorCode::kUnavailable, "there is no thread to be had for statvfs");
    filesystem.values = {};
  }

  Status publish(SampleSheet& sheet) {
    FirstFailure failure;
    if (!mounts_status_) failure.add(mounts_status_.error());
    double fullest = kUnknown;
    filesystems_.for_each([&](Filesystem& filesystem) {
      filesystem.values.publish(filesystem.series, filesystem.read_only, sheet);
      filesystem.stuck_series.set(sheet, 0, filesystem.stuck_seconds);
      if (!filesystem.status) failure.add(filesystem.status.error());
      // Nothing can be written to a read-only one; an image is full by nature. What another machine
      // has to offer is not this host's.
      if (!filesystem.read_only && !filesystem.can_hang) {
        fullest = larger(fullest, filesystem.values.fullest);
      }
    });
    resource_->set(sheet, fullest, 1.0);
    return failure.status();
  }

  std::string root_;
  ProcFile mountinfo_;
  std::vector<std::string> ignored_;
  bool with_network_;
  StatvfsFunction statvfs_;
  Cadence mount_table_{kMountTablePeriod};
  Cadence look_{kLookPeriod};
  Cadence network_look_{kNetworkLookPeriod};
  bool local_wanted_ = false;
  std::unique_ptr<StatvfsWorker> local_worker_;
  std::vector<std::unique_ptr<StatvfsWorker>> left_behind_;
  std::string last_mountinfo_;
  Status mounts_status_;
  DeviceTable<Filesystem> filesystems_{kMaxFilesystems};
  std::optional<ResourceSlots> resource_;
};

}  // namespace

std::unique_ptr<Collector> make_filesystem_collector(const CollectorOptions& options) {
  return std::make_unique<FilesystemCollector>(options);
}

}  // namespace headroom::agent
