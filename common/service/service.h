// Being a daemon: signals as events on the loop, and word to systemd about how we are.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

namespace headroom::service {

// SIGTERM and SIGINT ask for a graceful stop (a second one ends the process at once), SIGHUP for a
// reload. Handlers run on the loop's thread. Block the signals in every other thread first:
// block_signals().
class Signals {
 public:
  Signals(asio::io_context& loop, std::function<void()> stop, std::function<void()> reload);
  void cancel();

 private:
  void wait();

  asio::signal_set set_;
  std::function<void()> stop_;
  std::function<void()> reload_;
  bool stopping_ = false;
};

// Blocks every signal in the calling thread; threads started afterwards inherit it. Asio's signal
// handling still works: the kernel delivers to a thread that does not block, so call it around the
// start of helper threads only.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  unsigned char saved_[128];
};

// Tells systemd "READY=1", "STOPPING=1", "STATUS=…"; nothing happens where nobody listens.
void notify(const std::string& state);

// Answers systemd's watchdog from the loop, so that a stuck loop is noticed. Does nothing where
// none is asked for.
class Watchdog {
 public:
  explicit Watchdog(asio::io_context& loop);
  void cancel();

 private:
  void arm();

  asio::steady_timer timer_;
  std::chrono::microseconds interval_{0};
};

}  // namespace headroom::service
