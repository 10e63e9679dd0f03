#include "agent/collectors/quarantine.h"

#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <utility>

#include "common/base/result.h"

namespace headroom::agent {
namespace {

// What hangs here are single system calls and libraries of others, a driver's among them, whose
// need is not known. Only what is touched costs memory.
constexpr std::size_t kStackBytes = 1u << 20;

}  // namespace

struct Quarantine::Shared {
  explicit Shared(std::chrono::milliseconds idle_time) : idle(idle_time) {}

  const std::chrono::milliseconds idle;
  std::mutex mutex;
  std::condition_variable changed;
  // All below are guarded by `mutex`.
  std::function<void()> call;  // kept after it ran, for start_again()
  bool pending = false;        // the call waits or runs
  std::chrono::steady_clock::time_point begin;
  bool has_thread = false;
  bool abandoned = false;

  void serve() {
    std::unique_lock lock(mutex);
    while (!abandoned) {
      if (!pending) {
        if (changed.wait_for(lock, idle, [this] { return pending || abandoned; })) continue;
        break;
      }
      lock.unlock();
      call();  // `call` is not touched by anybody else while it is pending
      lock.lock();
      pending = false;
    }
    has_thread = false;
  }

  // With `mutex` held; false without a thread.
  static bool begin_call(const std::shared_ptr<Shared>& self);

  // The thread owns a share of this for as long as it lives.
  static void* run(void* owned) {
    const std::unique_ptr<std::shared_ptr<Shared>> self(
        static_cast<std::shared_ptr<Shared>*>(owned));
    ::pthread_setname_np(::pthread_self(), "quarantine");
    (*self)->serve();
    return nullptr;
  }
};

Quarantine::Quarantine(std::chrono::milliseconds idle) : shared_(std::make_shared<Shared>(idle)) {}

Quarantine::~Quarantine() {
  const std::lock_guard lock(shared_->mutex);
  shared_->abandoned = true;
  shared_->changed.notify_one();
}

bool Quarantine::Shared::begin_call(const std::shared_ptr<Shared>& self) {
  if (!self->has_thread) {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    ::pthread_attr_setstacksize(&attributes, kStackBytes);
    auto owned = std::make_unique<std::shared_ptr<Shared>>(self);
    pthread_t thread{};
    const int failed = ::pthread_create(&thread, &attributes, Shared::run, owned.get());
    ::pthread_attr_destroy(&attributes);
    if (failed != 0) return false;
    static_cast<void>(owned.release());
    self->has_thread = true;
  }
  self->pending = true;
  self->begin = std::chrono::steady_clock::now();
  self->changed.notify_one();
  return true;
}

bool Quarantine::start(std::function<void()> call) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->pending) return false;
  shared_->call = std::move(call);
  return Shared::begin_call(shared_);
}

bool Quarantine::start_again() {
  const std::lock_guard lock(shared_->mutex);
  HEADROOM_ASSERT(shared_->call != nullptr);
  return !shared_->pending && Shared::begin_call(shared_);
}

bool Quarantine::busy() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->pending;
}

std::chrono::nanoseconds Quarantine::busy_for() const {
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->pending) return std::chrono::nanoseconds(0);
  return std::chrono::steady_clock::now() - shared_->begin;
}

}  // namespace headroom::agent
