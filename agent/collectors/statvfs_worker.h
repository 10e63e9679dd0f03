// Asks filesystems for their sizes where statvfs(2) may hang: on a thread of its own.
//
// The one who asks goes on at once; each answer can be taken as soon as it is there, whatever
// happens to the questions behind it. Both sides share the questions, so a worker that hangs can be
// left behind.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <sys/statvfs.h>
#include <vector>

#include "agent/collectors/collector.h"
#include "agent/collectors/quarantine.h"

namespace headroom::agent {

struct StatvfsQuestion {
  explicit StatvfsQuestion(std::string where) : path(std::move(where)) {}

  const std::string path;
  // Written by the worker until `answered`, read after it.
  int error = 0;  // errno, or 0
  struct ::statvfs answer{};
  std::atomic<bool> answered{true};  // false from add() on
};

class StatvfsWorker {
 public:
  explicit StatvfsWorker(StatvfsFunction statvfs);

  // A new round without questions. This and the next two only while not busy().
  void clear();
  // A question that no other worker has.
  void add(const std::shared_ptr<StatvfsQuestion>& question);
  // False when no thread can be had: nothing is asked then.
  bool begin();
  bool busy() const { return quarantine_.busy(); }

  // Once per grid point: for how long the present question has been waited for, and at how many
  // grid points. A process that was stopped finds much time gone at its first one.
  void pass(std::chrono::nanoseconds elapsed);
  std::chrono::nanoseconds waited() const { return waited_; }
  unsigned grid_points_waited() const { return grid_points_waited_; }
  // The question that waits for its answer; nullptr when none does.
  std::shared_ptr<StatvfsQuestion> present() const;

 private:
  struct Round {
    StatvfsFunction statvfs;
    std::vector<std::shared_ptr<StatvfsQuestion>> questions;
    std::atomic<std::size_t> answers{0};
    void ask_all();
  };

  std::shared_ptr<Round> round_;
  Quarantine quarantine_;
  bool began_before_ = false;
  std::size_t answers_before_ = 0;
  std::chrono::nanoseconds waited_{0};
  unsigned grid_points_waited_ = 0;
};

}  // namespace headroom::agent
