// HTTP server: a thin wall around libmicrohttpd. One door is one listening descriptor with one
// polling thread; requests are handled by a pool of workers, so a slow one holds up nobody. A body
// that is too large to be held is made in a thread of its own while it is sent, with a bounded
// queue in between.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "common/base/file.h"
#include "common/base/result.h"

namespace headroom::http {

// Who is at the other end of a Unix socket, by the kernel's word. On other doors nobody is known.
struct Peer {
  bool known = false;
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
};

struct ServerRequest {
  std::string method;
  std::string path;  // decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;
  std::string content_type;
  std::string body;
  Peer peer;

  // The parameter's last value, or empty.
  std::string param(const std::string& name) const;
};

// Takes a body piece by piece.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  // Waits while the client is slower. False: nobody takes the rest, stop.
  virtual bool write(std::string piece) = 0;
  // Becomes true when the client is gone or the server stops. Any thread may look.
  virtual const std::atomic<bool>& cancelled() const = 0;
};

// Makes a whole body, in a thread of its own. What it returns, if anything, is an error to answer
// in the body's place; where part of the body has left already, the connection is cut instead, so
// that the client notices. Must not throw.
struct ServerResponse;
using StreamBody = std::function<std::optional<ServerResponse>(BodyWriter&)>;

struct ServerResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  StreamBody stream = nullptr;  // where set, in place of `body`
};

struct ServerOptions {
  unsigned workers = 4;
  unsigned connections = 256;
  std::size_t body_bytes = 4u << 20;
  std::size_t waiting_requests = 1024;  // beyond it 503
  std::chrono::seconds idle_timeout{
      30};  // of a connection between requests and while one is being received
};

// A listening Unix socket at `path` with these rights. A socket that nobody listens on any more is
// replaced; one that is in use is kAlreadyExists. `group` (may be empty) becomes its group where it
// exists and we may.
Result<Fd> listen_unix(const std::string& path, mode_t mode, const std::string& group);

class Server {
 public:
  // Called on a worker's thread, several at once. Must not throw.
  using Handler = std::function<ServerResponse(const ServerRequest&)>;

  static Result<std::unique_ptr<Server>> start(Fd listening, ServerOptions options,
                                               Handler handler);
  // Answers what is under way, then closes.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  friend struct ServerCallbacks;  // libmicrohttpd's C callbacks
  Server() = default;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace headroom::http
