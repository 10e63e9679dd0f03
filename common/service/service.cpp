#include "common/service/service.h"

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/text.h"

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

// The protocol of sd_notify(3): one datagram to the socket that the service manager names. That
// page says that it is stable and may be spoken without libsystemd, which would bring half a dozen
// compression and cryptography libraries into every agent.
void notify(const std::string& state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length >= sizeof(address.sun_path)) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // a name that is no file
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return;
  // Nobody there is nobody to tell.
  static_cast<void>(::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const ::sockaddr*>(&address),
                             static_cast<::socklen_t>(offsetof(::sockaddr_un, sun_path) + length)));
}

namespace {

// sd_watchdog_enabled(3): meant for this process, or for whichever has the environment.
std::optional<std::chrono::microseconds> watchdog_limit() {
  const auto number = [](const char* name) -> std::optional<std::int64_t> {
    const char* text = std::getenv(name);
    return text == nullptr ? std::nullopt : parse_int(text);
  };
  const auto limit = number("WATCHDOG_USEC");
  if (!limit || *limit <= 0) return std::nullopt;
  if (std::getenv("WATCHDOG_PID") != nullptr && number("WATCHDOG_PID") != ::getpid())
    return std::nullopt;
  return std::chrono::microseconds(*limit);
}

}  // namespace

Watchdog::Watchdog(asio::io_context& loop) : timer_(loop) {
  if (const auto limit = watchdog_limit()) {
    interval_ = *limit / 3;
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
