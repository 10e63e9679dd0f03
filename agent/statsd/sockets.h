// The two sockets that applications write to: a Unix datagram socket and UDP on the loopback.
//
// They are read without blocking, many datagrams a system call, whenever the owner comes by; in
// between they wait in the kernel.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/file.h"
#include "common/base/result.h"

namespace headroom::agent::statsd {

inline constexpr std::size_t kDatagramBytes = 8192;

// Whether it is ADDRESS:PORT with an address of the loopback: 127.x.y.z or [::1]. Anybody who can
// reach the port can write metrics, so no other is listened on.
bool is_loopback(const std::string& text);

class Socket {
 public:
  // kPermissionDenied, kAlreadyExists for a socket that somebody listens on, kUnavailable.
  static Result<Socket> open_unix(const std::string& path);
  static Result<Socket> open_udp(const std::string& address);

  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  struct Received {
    std::size_t datagrams = 0;
    std::size_t truncated = 0;            // longer than kDatagramBytes; not handed on
    std::uint64_t dropped_by_kernel = 0;  // since the last read
  };
  // Hands at most `limit` datagrams to `take`, which must not keep them.
  Result<Received> read(std::size_t limit,
                        const std::function<void(std::string_view datagram)>& take);

  // The UDP port that was given; for port 0.
  std::uint16_t port() const;

 private:
  struct Batch;
  explicit Socket(Fd fd, std::string path);

  Fd fd_;
  std::string path_;  // taken away at the end
  std::unique_ptr<Batch> batch_;
  std::uint32_t kernel_drops_ = 0;
};

}  // namespace headroom::agent::statsd
