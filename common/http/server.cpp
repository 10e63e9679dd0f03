#include "common/http/server.h"

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <grp.h>
#include <mutex>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <microhttpd.h>

#include "common/http/body_stream.h"

namespace headroom::http {
namespace {

constexpr auto kStopPatience = std::chrono::seconds(3);
constexpr auto kStopPoll = std::chrono::milliseconds(5);
constexpr std::size_t kStreamBlock = 32u << 10;  // of a streamed body, handed over at once

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// True where a process accepts connections at the path.
bool somebody_listens(const std::string& path) {
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = unix_address(path);
  return probe && ::connect(probe.get(), generic(address), sizeof(address)) == 0;
}

}  // namespace

Result<Fd> listen_unix(const std::string& path, mode_t mode, const std::string& group) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(ErrorCode::kInvalidArgument, "socket path " + path + " is longer than " +
                                                 std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                                                 " bytes, which is all the kernel takes");
  }
  if (somebody_listens(path)) {
    return fail(ErrorCode::kAlreadyExists,
                "another process listens on " + path + "; is an aggregator running already?");
  }
  struct stat there{};
  if (::lstat(path.c_str(), &there) == 0 && !S_ISSOCK(there.st_mode)) {
    return fail(ErrorCode::kAlreadyExists,
                path + " exists and is not a socket; it is left as it is");
  }
  ::unlink(path.c_str());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail(errno_error("socket"));
  const sockaddr_un address = unix_address(path);
  // Nobody may connect before the rights are as they should be.
  const mode_t before = ::umask(0777);
  const int bound = ::bind(fd.get(), generic(address), sizeof(address));
  ::umask(before);
  if (bound != 0) return fail(errno_error("bind " + path));
  if (const struct group* found = group.empty() ? nullptr : ::getgrnam(group.c_str());
      found != nullptr) {
    // Where we may not give the socket away it stays ours alone, which is the safer of the two.
    if (::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0)
      mode &= static_cast<mode_t>(~0070);
  }
  if (::chmod(path.c_str(), mode) != 0) return fail(errno_error("chmod " + path));
  if (::listen(fd.get(), SOMAXCONN) != 0) return fail(errno_error("listen on " + path));
  return fd;
}

std::string ServerRequest::param(const std::string& name) const {
  for (auto at = query.rbegin(); at != query.rend(); ++at) {
    if (at->first == name) return at->second;
  }
  return {};
}

// One request from its first header to its answer.
struct Exchange {
  ServerRequest request;
  ServerResponse response;
  MHD_Connection* connection = nullptr;
  bool body_too_large = false;
  bool handed_over = false;
  std::atomic<bool> answered = false;
  std::shared_ptr<BodyStream> stream;  // where the body is made while it is sent
};

namespace {

int descriptor_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == nullptr ? -1 : info->connect_fd;
}

ServerResponse problem(int status, const std::string& title, const std::string& detail) {
  return {status, "application/problem+json",
          "{\"type\":\"about:blank\",\"title\":\"" + title +
              "\",\"status\":" + std::to_string(status) + ",\"detail\":\"" + detail + "\"}"};
}

}  // namespace

struct Server::Impl {
  std::atomic<int> active =
      0;  // exchanges from their first header to the last byte of their answer
  ServerOptions options;
  Handler handler;
  MHD_Daemon* daemon = nullptr;
  Fd listening;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Exchange*> waiting;  // guarded by mutex
  bool stopping = false;          // guarded by mutex
  std::vector<std::thread> workers;
  StreamThreads streams;

  void work() {
    for (;;) {
      Exchange* exchange = nullptr;
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return stopping || !waiting.empty(); });
        if (waiting.empty()) return;
        exchange = waiting.front();
        waiting.pop_front();
      }
      exchange->response = handler(exchange->request);
      if (exchange->response.stream && make_stream(exchange)) continue;
      exchange->answered = true;
      MHD_resume_connection(exchange->connection);
    }
  }

  // True: the exchange now belongs to the connection, and may be over at any time. False where the
  // body cannot be made; the response says why.
  bool make_stream(Exchange* exchange) {
    StreamBody make = std::exchange(exchange->response.stream, nullptr);
    const auto stream =
        std::make_shared<BodyStream>(exchange->connection, descriptor_of(exchange->connection));
    exchange->stream = stream;
    if (streams.start(stream, std::move(make))) return true;
    exchange->stream.reset();
    exchange->response =
        problem(503, "unavailable", "too many long answers are under way; try again in a moment");
    return false;
  }

  // False where too many wait already.
  bool hand_over(Exchange* exchange) {
    {
      const std::lock_guard lock(mutex);
      if (stopping || waiting.size() >= options.waiting_requests) return false;
      exchange->handed_over = true;
      MHD_suspend_connection(exchange->connection);
      waiting.push_back(exchange);
    }
    wake.notify_one();
    return true;
  }
};

namespace {

MHD_Result add_param(void* into, MHD_ValueKind, const char* key, const char* value) {
  static_cast<ServerRequest*>(into)->query.emplace_back(key, value == nullptr ? "" : value);
  return MHD_YES;
}

Peer peer_of(MHD_Connection* connection) {
  Peer peer;
  const int fd = descriptor_of(connection);
  if (fd < 0) return peer;
  sockaddr_storage local{};
  socklen_t local_size = sizeof(local);
  // On TCP SO_PEERCRED answers too, with nonsense: the socket's family decides.
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &local_size) != 0) return peer;
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (local.ss_family != AF_UNIX ||
      ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return peer;
  }
  return {true, credentials.uid, credentials.gid, credentials.pid};
}

MHD_Result queue(MHD_Connection* connection, const ServerResponse& response, MHD_Response* raw) {
  MHD_add_response_header(raw, MHD_HTTP_HEADER_CONTENT_TYPE, response.content_type.c_str());
  MHD_add_response_header(raw, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  const MHD_Result queued =
      MHD_queue_response(connection, static_cast<unsigned>(response.status), raw);
  MHD_destroy_response(raw);
  return queued;
}

MHD_Result answer(MHD_Connection* connection, const ServerResponse& response) {
  MHD_Response* raw = MHD_create_response_from_buffer(
      response.body.size(), const_cast<char*>(response.body.data()), MHD_RESPMEM_MUST_COPY);
  if (raw == nullptr) return MHD_NO;
  return queue(connection, response, raw);
}

MHD_Result answer_stream(MHD_Connection* connection, const Exchange& exchange) {
  // libmicrohttpd's response lives as long as it is being sent; so does its share of the stream.
  auto* shared = new std::shared_ptr<BodyStream>(exchange.stream);
  MHD_Response* raw = MHD_create_response_from_callback(
      MHD_SIZE_UNKNOWN, kStreamBlock,
      [](void* stream, std::uint64_t, char* into, std::size_t most) {
        return (*static_cast<std::shared_ptr<BodyStream>*>(stream))->read(into, most);
      },
      shared, [](void* stream) { delete static_cast<std::shared_ptr<BodyStream>*>(stream); });
  if (raw == nullptr) {
    delete shared;
    return MHD_NO;
  }
  return queue(connection, exchange.response, raw);
}

}  // namespace

// libmicrohttpd's callbacks; they need Server's private part.
struct ServerCallbacks {
  static MHD_Result on_access(void* context, MHD_Connection* connection, const char* path,
                              const char* method, const char*, const char* data,
                              std::size_t* data_size, void** state) {
    auto* impl = static_cast<std::unique_ptr<Server::Impl>*>(context)->get();
    auto* exchange = static_cast<Exchange*>(*state);
    if (exchange == nullptr) {
      exchange = new Exchange();  // freed in on_completed
      ++impl->active;
      *state = exchange;
      exchange->connection = connection;
      exchange->request.method = method;
      exchange->request.path = path;
      return MHD_YES;
    }
    if (exchange->stream && exchange->stream->ready()) {
      const auto whole = exchange->stream->whole(exchange->response);
      return whole ? answer(connection, *whole) : answer_stream(connection, *exchange);
    }
    if (exchange->answered) return answer(connection, exchange->response);
    if (*data_size > 0) {
      if (exchange->request.body.size() + *data_size > impl->options.body_bytes) {
        exchange->body_too_large = true;
      } else {
        exchange->request.body.append(data, *data_size);
      }
      *data_size = 0;
      return MHD_YES;
    }
    if (exchange->handed_over) return MHD_YES;
    if (exchange->body_too_large) {
      return answer(connection, problem(413, "limit_exceeded",
                                        "the body is larger than " +
                                            std::to_string(impl->options.body_bytes) + " bytes"));
    }
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &add_param, &exchange->request);
    const char* type =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
    exchange->request.content_type = type == nullptr ? "" : type;
    exchange->request.peer = peer_of(connection);
    if (!impl->hand_over(exchange)) {
      return answer(connection, problem(503, "unavailable",
                                        "too many requests are waiting; try again in a moment"));
    }
    return MHD_YES;
  }

  static void on_completed(void* context, MHD_Connection*, void** state,
                           MHD_RequestTerminationCode) {
    if (*state == nullptr) return;
    --static_cast<std::unique_ptr<Server::Impl>*>(context)->get()->active;
    auto* exchange = static_cast<Exchange*>(*state);
    if (exchange->stream) exchange->stream->abandon();
    delete exchange;
    *state = nullptr;
  }
};

Result<std::unique_ptr<Server>> Server::start(Fd listening, ServerOptions options,
                                              Handler handler) {
  std::unique_ptr<Server> server(new Server());
  server->impl_ = std::make_unique<Impl>();
  Impl& impl = *server->impl_;
  impl.options = options;
  impl.handler = std::move(handler);
  impl.listening = std::move(listening);
  impl.daemon = MHD_start_daemon(
      MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
      0, nullptr, nullptr, &ServerCallbacks::on_access, &server->impl_, MHD_OPTION_LISTEN_SOCKET,
      impl.listening.get(), MHD_OPTION_NOTIFY_COMPLETED, &ServerCallbacks::on_completed,
      &server->impl_, MHD_OPTION_CONNECTION_LIMIT, options.connections,
      MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(options.idle_timeout.count()),
      MHD_OPTION_END);
  if (impl.daemon == nullptr) return fail(errno_error("start the HTTP server"));
  impl.listening.release();  // libmicrohttpd closes it
  for (unsigned i = 0; i < options.workers; ++i)
    impl.workers.emplace_back([&impl] { impl.work(); });
  return server;
}

Server::~Server() {
  if (!impl_) return;
  if (impl_->daemon != nullptr) {
    // No new connections; what waits is answered before the workers end, and no connection stays
    // suspended.
    const MHD_socket listening = MHD_quiesce_daemon(impl_->daemon);
    if (listening != MHD_INVALID_SOCKET) ::close(listening);
  }
  // What is under way gets its answer; a client that does not take it holds us up only so long.
  const auto deadline = std::chrono::steady_clock::now() + kStopPatience;
  while (impl_->active > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kStopPoll);
  }
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  for (std::thread& worker : impl_->workers) worker.join();
  impl_->streams.stop();
  if (impl_->daemon != nullptr) MHD_stop_daemon(impl_->daemon);
}

}  // namespace headroom::http
