#include "agent/statsd/sockets.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include "common/base/text.h"

namespace headroom::agent::statsd {
namespace {

constexpr std::size_t kBatch = 16;
// What waits between two looks. The kernel gives at most net.core.rmem_max of it.
constexpr int kReceiveBufferBytes = 4 << 20;
// Every application of the host may write, as it may to the UDP port.
constexpr mode_t kSocketMode = 0666;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  int family() const { return storage.ss_family; }
};

std::optional<Address> parse_loopback(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto port = parse_int(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return std::nullopt;
  std::string host = text.substr(0, colon);
  Address address;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    auto* const six = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (::inet_pton(AF_INET6, host.c_str(), &six->sin6_addr) != 1) return std::nullopt;
    if (!IN6_IS_ADDR_LOOPBACK(&six->sin6_addr)) return std::nullopt;
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(static_cast<std::uint16_t>(*port));
    address.size = sizeof(sockaddr_in6);
    return address;
  }
  auto* const four = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (::inet_pton(AF_INET, host.c_str(), &four->sin_addr) != 1) return std::nullopt;
  if (ntohl(four->sin_addr.s_addr) >> 24 != 127) return std::nullopt;
  four->sin_family = AF_INET;
  four->sin_port = htons(static_cast<std::uint16_t>(*port));
  address.size = sizeof(sockaddr_in);
  return address;
}

Result<Fd> make_socket(int family) {
  Fd fd(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail(errno_error("socket"));
  const int bytes = kReceiveBufferBytes;
  const int on = 1;
  // Both are for the better only.
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  return fd;
}

Error cannot_listen(const std::string& where) {
  const bool in_use = errno == EADDRINUSE;
  Error error = errno_error("listening on " + where);
  if (in_use) error.code = ErrorCode::kAlreadyExists;
  return error;
}

// A socket that an agent left behind when it was killed: nobody listens on it any more.
void remove_stale(const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  const Fd probe(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int refused =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (refused != 0 && errno == ECONNREFUSED) (void)::unlink(address.sun_path);
}

}  // namespace

bool is_loopback(const std::string& text) { return parse_loopback(text).has_value(); }

struct Socket::Batch {
  std::array<std::array<char, kDatagramBytes>, kBatch> bytes;
  std::array<std::array<char, CMSG_SPACE(sizeof(std::uint32_t))>, kBatch> control;
  std::array<iovec, kBatch> vectors;
  std::array<mmsghdr, kBatch> headers;

  void arm() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      vectors[i] = {bytes[i].data(), bytes[i].size()};
      headers[i] = {};
      headers[i].msg_hdr.msg_iov = &vectors[i];
      headers[i].msg_hdr.msg_iovlen = 1;
      headers[i].msg_hdr.msg_control = control[i].data();
      headers[i].msg_hdr.msg_controllen = control[i].size();
    }
  }

  // How many datagrams the kernel had dropped when this one was queued; nothing while none was.
  std::optional<std::uint32_t> kernel_drops(std::size_t i) {
    msghdr& header = headers[i].msg_hdr;
    for (cmsghdr* at = CMSG_FIRSTHDR(&header); at != nullptr; at = CMSG_NXTHDR(&header, at)) {
      if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SO_RXQ_OVFL) continue;
      std::uint32_t drops = 0;
      std::memcpy(&drops, CMSG_DATA(at), sizeof drops);
      return drops;
    }
    return std::nullopt;
  }
};

Socket::Socket(Fd fd, std::string path)
    : fd_(std::move(fd)), path_(std::move(path)), batch_(std::make_unique<Batch>()) {}

Socket::Socket(Socket&& other) noexcept
    : fd_(std::move(other.fd_)),
      path_(std::exchange(other.path_, {})),
      batch_(std::move(other.batch_)),
      kernel_drops_(other.kernel_drops_) {}

Socket::~Socket() {
  if (!path_.empty()) (void)::unlink(path_.c_str());
}

Result<Socket> Socket::open_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kInvalidArgument, "the path of a socket has at most " +
                                                 std::to_string(sizeof address.sun_path - 1) +
                                                 " bytes: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  auto fd = make_socket(AF_UNIX);
  if (!fd) return fail(fd.error());
  remove_stale(address);
  if (::bind(fd->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(cannot_listen(path));
  }
  Socket socket(std::move(*fd), path);
  if (::chmod(path.c_str(), kSocketMode) != 0) return fail(errno_error("chmod " + path));
  return socket;
}

Result<Socket> Socket::open_udp(const std::string& text) {
  const auto address = parse_loopback(text);
  if (!address) {
    return fail(ErrorCode::kInvalidArgument, text + " is not ADDRESS:PORT on the loopback");
  }
  auto fd = make_socket(address->family());
  if (!fd) return fail(fd.error());
  if (::bind(fd->get(), reinterpret_cast<const sockaddr*>(&address->storage), address->size) != 0) {
    return fail(cannot_listen(text));
  }
  return Socket(std::move(*fd), {});
}

Result<Socket::Received> Socket::read(std::size_t limit,
                                      const std::function<void(std::string_view datagram)>& take) {
  Received received;
  while (received.datagrams + received.truncated < limit) {
    batch_->arm();
    const std::size_t room = limit - received.datagrams - received.truncated;
    const auto wanted = static_cast<unsigned>(std::min(kBatch, room));
    const int count = ::recvmmsg(fd_.get(), batch_->headers.data(), wanted, MSG_DONTWAIT, nullptr);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      return fail(errno_error("reading the StatsD socket"));
    }
    if (count <= 0) break;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      if (const auto drops = batch_->kernel_drops(i)) {
        received.dropped_by_kernel += *drops - kernel_drops_;  // modulo 2^32
        kernel_drops_ = *drops;
      }
      const mmsghdr& header = batch_->headers[i];
      if ((header.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
        ++received.truncated;
        continue;
      }
      ++received.datagrams;
      take({batch_->bytes[i].data(), header.msg_len});
    }
    if (static_cast<unsigned>(count) < wanted) break;
  }
  return received;
}

std::uint16_t Socket::port() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

}  // namespace headroom::agent::statsd
