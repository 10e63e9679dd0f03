// An HTTP server on a Unix socket that answers, byte for byte, what the test says: well or badly.
// Plain sockets and one thread of its own; one connection at a time.
#pragma once

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <mutex>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "common/base/file.h"
#include "tests/support/catch.h"

namespace headroom::test {

// What goes back over the wire, each piece in a send of its own; then the connection stays open, or
// not.
struct Reply {
  std::vector<std::string> pieces;
  bool closes = false;
};

inline Reply reply_with(int status, const std::string& body,
                        const std::string& type = "application/json") {
  return {{"HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body}};
}

class ScriptedServer {
 public:
  // `answer` gets the request as it came: line, headers, blank line, body. It runs in the server's
  // thread.
  using Answer = std::function<Reply(const std::string& request)>;

  ScriptedServer(std::string path, Answer answer)
      : path_(std::move(path)), answer_(std::move(answer)) {
    listener_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path_.size() < sizeof(address.sun_path));
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
            0);
    REQUIRE(::listen(listener_.get(), 8) == 0);
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    stop_reader_ = Fd(ends[0]);
    stop_writer_ = Fd(ends[1]);
    thread_ = std::thread([this] { serve(); });
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    stop_writer_.reset();
    thread_.join();
    ::unlink(path_.c_str());
  }

  const std::string& path() const { return path_; }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // The first lines of the requests without the protocol: "GET /api/v1/status".
  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const std::string& request : requests())
      lines.push_back(request.substr(0, request.find(" HTTP/")));
    return lines;
  }
  std::size_t connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

 private:
  // Whether `fd` can be read; false once the server is to stop.
  bool wait(int fd) {
    std::array<pollfd, 2> watched{{{fd, POLLIN, 0}, {stop_reader_.get(), POLLIN, 0}}};
    while (::poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
    }
    return watched[1].revents == 0;
  }

  // The next request, or nothing where the client is gone or the server stops.
  std::string read_request(int fd) {
    std::string text;
    for (;;) {
      const std::size_t head = text.find("\r\n\r\n");
      if (head != std::string::npos) {
        const std::size_t length = text.find("Content-Length: ");
        const std::size_t body = length < head ? std::stoul(text.substr(length + 16)) : 0;
        if (text.size() >= head + 4 + body) return text;
      }
      if (!wait(fd)) return "";
      std::array<char, 65536> buffer{};
      const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) return "";
      text.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

  void serve() {
    while (wait(listener_.get())) {
      const Fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection) continue;
      {
        const std::lock_guard lock(mutex_);
        ++connections_;
      }
      for (;;) {
        const std::string request = read_request(connection.get());
        if (request.empty()) break;
        {
          const std::lock_guard lock(mutex_);
          requests_.push_back(request);
        }
        const Reply reply = answer_(request);
        for (const std::string& piece : reply.pieces) {
          // A client that refuses the rest hangs up; that is not this server's business.
          if (::send(connection.get(), piece.data(), piece.size(), MSG_NOSIGNAL) < 0) break;
        }
        if (reply.closes) break;
      }
    }
  }

  std::string path_;
  Answer answer_;
  Fd listener_;
  Fd stop_reader_;
  Fd stop_writer_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::size_t connections_ = 0;
  std::thread thread_;
};

}  // namespace headroom::test
