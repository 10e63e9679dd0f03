// A place for calls that may hang for ever: statvfs(2) on a dead file server, a GPU driver that
// waits for its card.
//
// A call runs on a thread of its own, which starts with the first call and ends after a while
// without one. Whoever asks goes on at once and picks the answer up at a later grid point. A call
// that never returns costs that one thread and nothing else, not even a stop of the process: the
// thread is left behind.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace headroom::agent {

class Quarantine {
 public:
  // The thread ends after so long without a call.
  explicit Quarantine(std::chrono::milliseconds idle = std::chrono::seconds(30));
  // Waits for nothing: a call that runs goes on by itself, one that has not begun never does.
  ~Quarantine();
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  // Runs `call`, unless the one before it still runs or no thread can be had: false then. `call`
  // may outlive this object and whoever made it, so it must own all that it touches
  // (std::shared_ptr), and it must not throw. What it wrote may be read once busy() is false.
  bool start(std::function<void()> call);
  // The call of the last start() once more, without an allocation. There must have been one.
  bool start_again();
  bool busy() const;
  // How long the present call has been running; zero when there is none.
  std::chrono::nanoseconds busy_for() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace headroom::agent
