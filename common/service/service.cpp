#include "common/service/service.h"

#include <csignal>
#include <cstdlib>
#include <cstring>

#include <systemd/sd-daemon.h>

namespace headroom::service {

Signals::Signals(asio::io_context& loop, std::function<void()> stop, std::function<void()> reload)
    : set_(loop, SIGTERM, SIGINT, SIGHUP), stop_(std::move(stop)), reload_(std::move(reload)) {
  wait();
}

void Signals::cancel() { set_.cancel(); }

void Signals::wait() {
  set_.async_wait([this](const asio::error_code& error, int number) {
    if (error) return;
    if (number == SIGHUP) {
      reload_();
    } else if (stopping_) {
      std::_Exit(128 + number);
    } else {
      stopping_ = true;
      stop_();
    }
    wait();
  });
}

SignalsBlocked::SignalsBlocked() {
  static_assert(sizeof(sigset_t) <= sizeof(saved_));
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::memcpy(saved_, &before, sizeof(before));
}

SignalsBlocked::~SignalsBlocked() {
  sigset_t before;
  std::memcpy(&before, saved_, sizeof(before));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void notify(const std::string& state) { sd_notify(0, state.c_str()); }

Watchdog::Watchdog(asio::io_context& loop) : timer_(loop) {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) > 0) {
    interval_ = std::chrono::microseconds(microseconds / 3);
    arm();
  }
}

void Watchdog::cancel() { timer_.cancel(); }

void Watchdog::arm() {
  timer_.expires_after(interval_);
  timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    notify("WATCHDOG=1");
    arm();
  });
}

}  // namespace headroom::service
