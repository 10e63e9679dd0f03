#include "agent/collectors/nvidia_gpus.h"

#include <algorithm>
#include <unistd.h>
#include <utility>

#include "agent/gpu/nvml.h"

namespace headroom::agent {
namespace {

constexpr std::chrono::seconds kPresencePeriod{60};
constexpr std::chrono::seconds kListingPeriod{60};
// Errors, limits and processes: the driver takes about as long for these as for all the rest.
constexpr std::chrono::seconds kEverythingPeriod{10};

bool is_there(const std::string& path) {
  return !path.empty() && ::access(path.c_str(), F_OK) == 0;
}

std::string in_words(std::chrono::nanoseconds time) {
  if (time >= std::chrono::hours(1)) return "an hour";
  if (time >= std::chrono::minutes(10)) return "10 minutes";
  if (time >= std::chrono::minutes(1)) return "a minute";
  return "5 seconds";
}

}  // namespace

// Owned by the quarantine's thread while a look runs, by the collector otherwise.
struct NvidiaGpus::Session {
  explicit Session(std::string library) : nvml(std::move(library)) {}

  gpu::Nvml nvml;
  Status done;
  bool list_anew = false;
  bool everything = false;
  // Set while a look waits or runs, which may outlive the collector. A pointer to itself and not
  // one in the closure, because std::function has room for a plain pointer without allocating.
  std::shared_ptr<Session> self;
};

NvidiaGpus::NvidiaGpus(const CollectorOptions& options)
    : device_file_(options.roots.root + "/dev/nvidiactl"),
      library_(options.nvml_library),
      presence_(kPresencePeriod),
      listing_(kListingPeriod),
      everything_(kEverythingPeriod) {}

NvidiaGpus::~NvidiaGpus() = default;

bool NvidiaGpus::has_driver() const { return is_there(device_file_) || is_there(library_); }

const std::vector<gpu::Device>* NvidiaGpus::answer() const {
  static const std::vector<gpu::Device> kNone;
  if (!session_) return &kNone;
  return !asked_ || quarantine_.busy() ? nullptr : &session_->nvml.devices();
}

void NvidiaGpus::ask(const Tick& tick) {
  const bool listing = listing_.due(tick);
  const bool everything = everything_.due(tick);
  if (!present_) {
    if (presence_.due(tick)) present_ = has_driver();
    if (!present_) return;
  }
  if (!session_) {
    session_ =
        std::make_shared<Session>(library_.empty() ? std::string("libnvidia-ml.so.1") : library_);
  }
  if (quarantine_.busy()) {
    unanswered_ += tick.elapsed;
    return;
  }
  unanswered_ = {};
  const bool again = judge(tick);
  if (again && !has_driver()) {
    present_ = false;
    last_ = {};
    return;
  }
  // Without a library that works there is nothing to ask until it is tried again. With a GPU that
  // is lost the others are asked as ever; listing them would start the library.
  if (!session_->done && !again) return;
  start(again || (listing && !failing_), everything);
}

bool NvidiaGpus::judge(const Tick& tick) {
  wait_ = tick.elapsed < wait_ ? wait_ - tick.elapsed : std::chrono::nanoseconds(0);
  last_ = session_->done ? session_->nvml.problem() : session_->done;
  if (last_) {
    failing_ = false;
    return false;
  }
  if (!std::exchange(failing_, true)) wait_ = backoff_ = kBackoff;
  if (wait_ > std::chrono::nanoseconds(0)) return false;
  backoff_ = std::min<std::chrono::nanoseconds>(backoff_ * 2, kLongestBackoff);
  wait_ = backoff_;
  return true;
}

void NvidiaGpus::start(bool list_anew, bool everything) {
  session_->list_anew = list_anew;
  session_->everything = everything;
  session_->self = session_;
  asked_ = quarantine_.start([session = session_.get()] {
    const std::shared_ptr<Session> keep = std::move(session->self);
    keep->done = keep->nvml.read(keep->list_anew, keep->everything);
  });
  if (!asked_) session_->self.reset();
}

Status NvidiaGpus::status() const {
  if (unanswered_ >= kPatience) {
    return fail(ErrorCode::kUnavailable, "NVIDIA's driver has not answered for more than " +
                                             in_words(unanswered_) +
                                             "; its GPUs have no values until it does");
  }
  return last_;
}

}  // namespace headroom::agent
