#include "agent/procfs/sock_diag.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>
#include <vector>

#include "common/base/file.h"

namespace headroom::agent {
namespace {

constexpr std::size_t kBufferBytes = 32u << 10;  // what the kernel fills at most at once
constexpr std::uint32_t kAllStates = (1u << kTcpStates) - 2;
constexpr std::uint32_t kListenState = 1u << static_cast<unsigned>(TcpState::kListen);

// errno of an answer: a kernel without tcp_diag, a sandbox, an address family that is switched off.
bool says_unsupported(int error) {
  return error == ENOENT || error == EPERM || error == EACCES || error == EOPNOTSUPP ||
         error == EPROTONOSUPPORT || error == EAFNOSUPPORT || error == ENOSYS;
}

Error refused(int error, const char* action) {
  if (says_unsupported(error)) {
    return {ErrorCode::kUnsupported, std::string(action) + ": " + std::strerror(error)};
  }
  errno = error;
  return errno_error(action);
}

template <typename Part>
bool copy_part(std::string_view bytes, std::size_t offset, Part& part) {
  if (bytes.size() < offset + sizeof(Part)) return false;
  std::memcpy(&part, bytes.data() + offset, sizeof(Part));
  return true;
}

TcpSocket socket_of(const inet_diag_msg& message) {
  return {static_cast<TcpState>(message.idiag_state), ntohs(message.id.idiag_sport),
          message.idiag_rqueue, message.idiag_wqueue};
}

Error not_understood() {
  return {ErrorCode::kCorruption, "the kernel's answer about TCP sockets is not understood"};
}

class KernelSockDiag {
 public:
  Status ask(int family, TcpQuestion question, const TcpSocketVisitor& visit) {
    if (!socket_) {
      socket_ =
          Fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
      if (!socket_) return fail(refused(errno, "open a socket for NETLINK_SOCK_DIAG"));
      buffer_.resize(kBufferBytes);
    }
    const Status done = exchange(family, question, visit);
    // What is left of an answer must not be taken for the next one.
    if (!done) socket_.reset();
    return done;
  }

 private:
  Status exchange(int family, TcpQuestion question, const TcpSocketVisitor& visit) {
    if (auto sent = send(family, question); !sent) return sent;
    std::size_t sockets = 0;
    const TcpSocketVisitor counted = [&](const TcpSocket& socket) {
      if (++sockets <= kMaxDiagSockets) visit(socket);
    };
    for (;;) {
      const ssize_t got = ::recv(socket_.get(), buffer_.data(), buffer_.size(), MSG_TRUNC);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(refused(errno, "read the kernel's answer about TCP sockets"));
      if (static_cast<std::size_t>(got) > buffer_.size()) return fail(not_understood());
      const auto done =
          parse_sock_diag({buffer_.data(), static_cast<std::size_t>(got)}, sequence_, counted);
      if (!done) return fail(done.error());
      if (sockets > kMaxDiagSockets) {
        return fail(ErrorCode::kLimitExceeded,
                    "more than " + std::to_string(kMaxDiagSockets) + " TCP sockets");
      }
      if (*done) return {};
    }
  }

  Status send(int family, TcpQuestion question) {
    struct {
      nlmsghdr header;
      inet_diag_req_v2 body;
    } request{};
    request.header.nlmsg_len = sizeof(request);
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.header.nlmsg_seq = ++sequence_;
    request.body.sdiag_family = static_cast<std::uint8_t>(family);
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_states = question == TcpQuestion::kListeners ? kListenState : kAllStates;
    ssize_t put = -1;
    do {
      put = ::send(socket_.get(), &request, sizeof(request), 0);
    } while (put < 0 && errno == EINTR);
    if (put < 0) return fail(refused(errno, "ask the kernel for TCP sockets"));
    return {};
  }

  Fd socket_;
  std::uint32_t sequence_ = 0;
  std::vector<char> buffer_;
};

}  // namespace

Result<bool> parse_sock_diag(std::string_view datagram, std::uint32_t sequence,
                             const TcpSocketVisitor& visit) {
  while (!datagram.empty()) {
    nlmsghdr header{};
    if (!copy_part(datagram, 0, header) || header.nlmsg_len < sizeof(header) ||
        header.nlmsg_len > datagram.size()) {
      return fail(not_understood());
    }
    const std::string_view message = datagram.substr(0, header.nlmsg_len);
    datagram.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), datagram.size()));
    if (header.nlmsg_seq != sequence) continue;
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
      int error = 0;  // negative; kernels before 2.6 leave it out of NLMSG_DONE
      if (!copy_part(message, sizeof(header), error) && header.nlmsg_type == NLMSG_ERROR) {
        return fail(not_understood());
      }
      if (error < 0 && error > -4096) {
        return fail(refused(-error, "ask the kernel for TCP sockets"));
      }
      return true;
    }
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY) continue;
    inet_diag_msg body{};
    if (!copy_part(message, sizeof(header), body)) return fail(not_understood());
    if (body.idiag_state == 0 || body.idiag_state >= kTcpStates) continue;
    visit(socket_of(body));
  }
  return false;
}

SockDiagFunction kernel_sock_diag() {
  auto kernel = std::make_shared<KernelSockDiag>();
  return [kernel](int family, TcpQuestion question, const TcpSocketVisitor& visit) {
    return kernel->ask(family, question, visit);
  };
}

}  // namespace headroom::agent
