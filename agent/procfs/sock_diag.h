// The host's TCP sockets by NETLINK_SOCK_DIAG (sock_diag(7)), which is 3 to 30 times cheaper than
// /proc/net/tcp and can be asked for listeners alone.
//
// Only the network namespace of the caller is seen. Nothing here waits: the kernel makes its answer
// while it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "common/base/result.h"

namespace headroom::agent {

// The kernel's numbers (tcp_states.h).
enum class TcpState : std::uint8_t {
  kEstablished = 1,
  kSynSent,
  kSynReceived,
  kFinWait1,
  kFinWait2,
  kTimeWait,
  kClose,
  kCloseWait,
  kLastAck,
  kListen,
  kClosing,
};
inline constexpr std::size_t kTcpStates = 12;  // the first, 0, is none

struct TcpSocket {
  TcpState state = TcpState::kClose;
  std::uint16_t local_port = 0;
  // Of a listener: connections that wait to be accepted, and how many may.
  std::uint32_t waiting = 0;
  std::uint32_t waiting_limit = 0;
};

using TcpSocketVisitor = std::function<void(const TcpSocket&)>;
enum class TcpQuestion : std::uint8_t { kAll, kListeners };

// Visits the sockets of one address family (AF_INET, AF_INET6). kLimitExceeded when there are more
// than kMaxDiagSockets; so many were visited. kUnsupported where the kernel has no such answer or
// does not give it to this process.
using SockDiagFunction =
    std::function<Status(int family, TcpQuestion question, const TcpSocketVisitor& visit)>;

inline constexpr std::size_t kMaxDiagSockets = 200'000;

// The kernel's word on this process's network namespace. For one thread; keeps a netlink socket and
// a buffer.
SockDiagFunction kernel_sock_diag();

// Visits the sockets in one datagram of an answer. False: another datagram follows.
Result<bool> parse_sock_diag(std::string_view datagram, std::uint32_t sequence,
                             const TcpSocketVisitor& visit);

}  // namespace headroom::agent
