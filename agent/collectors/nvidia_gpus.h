// When NVIDIA's library is asked, and what it answered: each look runs in a quarantine and is
// picked up at the next grid point, so a driver that hangs costs its own values only.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "agent/collectors/cadence.h"
#include "agent/collectors/collector.h"
#include "agent/collectors/quarantine.h"
#include "agent/gpu/device.h"

namespace headroom::agent {

class NvidiaGpus {
 public:
  explicit NvidiaGpus(const CollectorOptions& options);
  ~NvidiaGpus();
  NvidiaGpus(const NvidiaGpus&) = delete;
  NvidiaGpus& operator=(const NvidiaGpus&) = delete;

  // What the look of an earlier grid point brought, valid until ask(); nullptr while it is not
  // over, so that what was known stays known but has no values.
  const std::vector<gpu::Device>* answer() const;
  // Begins the next look if there is a driver and it is time. Hosts without one get no library and
  // no thread.
  void ask(const Tick& tick);
  // After ask(): a driver that does not answer, a library that cannot be opened, a GPU that is
  // lost. The words change seldom, so that the log does not fill.
  Status status() const;

  // From then on a look that is not over is a failure; the first one starts the driver.
  static constexpr std::chrono::seconds kPatience{5};
  // After a failure the library is started anew, at first so late, then after twice the time, at
  // most kLongestBackoff.
  static constexpr std::chrono::seconds kBackoff{10};
  static constexpr std::chrono::seconds kLongestBackoff{600};

 private:
  struct Session;

  bool has_driver() const;
  // Takes note of the last answer; true when the library is to be started anew.
  bool judge(const Tick& tick);
  void start(bool list_anew, bool everything);

  std::string device_file_;
  std::string library_;  // configured; may be empty
  Cadence presence_;
  Cadence listing_;
  Cadence everything_;
  bool present_ = false;
  bool asked_ = false;
  bool failing_ = false;
  std::chrono::nanoseconds unanswered_{0};
  Status last_;
  std::chrono::nanoseconds backoff_ = kBackoff;
  std::chrono::nanoseconds wait_{0};
  std::shared_ptr<Session> session_;
  Quarantine quarantine_;
};

}  // namespace headroom::agent
