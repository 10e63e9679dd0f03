// Bodies that are made while they are sent, over a real Unix socket.
#include <atomic>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include "common/http/body_stream.h"
#include "common/http/client.h"
#include "common/http/server.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

using namespace headroom;
using namespace headroom::http;

namespace {

constexpr std::size_t kPiece = 16u << 10;

ServerResponse stream(StreamBody make) {
  ServerResponse response{200, "text/plain", ""};
  response.stream = std::move(make);
  return response;
}

class Door {
 public:
  explicit Door(Server::Handler handler) : path(folder.path() + "/s.sock") {
    auto listening = listen_unix(path, 0600, "");
    REQUIRE(listening.has_value());
    auto started = Server::start(std::move(*listening), {}, std::move(handler));
    REQUIRE(started.has_value());
    server = std::move(*started);
  }

  Result<Response> ask(const std::string& what) const {
    ClientOptions options;
    options.unix_socket = path;
    options.max_body_bytes = 512u << 20;
    Client client(options);
    return client.request("GET", what);
  }

  // A client that has asked and read nothing yet.
  Fd connect(const std::string& what) const {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    const std::string request = "GET " + what + " HTTP/1.1\r\nHost: x\r\n\r\n";
    REQUIRE(::send(fd.get(), request.data(), request.size(), 0) ==
            static_cast<ssize_t>(request.size()));
    return fd;
  }

  test::TempFolder folder;
  std::string path;
  std::unique_ptr<Server> server;
};

bool soon(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("a body in pieces arrives whole, short or long") {
  const Door door([](const ServerRequest& request) {
    return stream([size = std::stoul(request.path.substr(1))](BodyWriter& out) {
      for (std::size_t sent = 0; sent < size; sent += kPiece)
        out.write(std::string(std::min(kPiece, size - sent),
                              static_cast<char>('a' + sent / kPiece % 26)));
      return std::optional<ServerResponse>();
    });
  });
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kStreamHoldBytes - 1,
                                 kStreamHoldBytes, kStreamHoldBytes + 1, std::size_t{5'000'000}}) {
    CAPTURE(size);
    const auto answer = door.ask("/" + std::to_string(size));
    REQUIRE(answer.has_value());
    CHECK(answer->status == 200);
    CHECK(answer->content_type == "text/plain");
    REQUIRE(answer->body.size() == size);
    if (size > 0) CHECK(answer->body.back() == static_cast<char>('a' + (size - 1) / kPiece % 26));
  }
}

TEST_CASE("an error before the first bytes is an answer, one after them cuts the connection") {
  const Door door([](const ServerRequest& request) {
    const std::size_t before = request.path == "/late" ? 100 : 1;
    return stream([before](BodyWriter& out) {
      for (std::size_t i = 0; i < before; ++i) out.write(std::string(kPiece, 'x'));
      return std::optional(ServerResponse{422, "application/problem+json", "{}"});
    });
  });
  const auto early = door.ask("/early");
  REQUIRE(early.has_value());
  CHECK(early->status == 422);
  CHECK(early->body == "{}");
  const auto late = door.ask("/late");
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().message.find("closed the connection before") != std::string::npos);
}

TEST_CASE("a client that goes away ends the making of its answer") {
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
  const Door door([&](const ServerRequest& request) {
    const bool silent = request.path == "/silent";
    return stream([&begun, &ended, silent](BodyWriter& out) {
      ++begun;
      // The one writes until it is refused, the other computes and only looks.
      while (silent ? !out.cancelled() : out.write(std::string(kPiece, 'x')))
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      CHECK(soon([&] { return out.cancelled().load(); }));
      ++ended;
      return std::optional<ServerResponse>();
    });
  });
  {
    const Fd reader = door.connect("/loud");
    std::string some(100'000, ' ');
    REQUIRE(::recv(reader.get(), some.data(), some.size(), MSG_WAITALL) > 0);
  }
  CHECK(soon([&] { return ended == 1; }));
  {
    const Fd waiting = door.connect("/silent");
    CHECK(soon([&] { return begun == 2; }));
  }
  CHECK(soon([&] { return ended == 2; }));
}

TEST_CASE("slow clients hold up nobody, and what waits for them is bounded") {
  std::atomic<std::size_t> written = 0;
  const Door door([&](const ServerRequest& request) {
    if (request.path == "/quick") return ServerResponse{200, "text/plain", "here"};
    return stream([&written](BodyWriter& out) {
      while (out.write(std::string(kPiece, 'x'))) written += kPiece;
      return std::optional<ServerResponse>();
    });
  });
  // More than there are workers, and none reads a byte.
  std::vector<Fd> slow;
  for (int i = 0; i < 12; ++i) slow.push_back(door.connect("/slow"));
  CHECK(soon([&] { return written >= 12 * kStreamQueueBytes; }));
  for (int i = 0; i < 20; ++i) {
    const auto quick = door.ask("/quick");
    REQUIRE(quick.has_value());
    CHECK(quick->body == "here");
  }
  // A queue, a piece, and what the kernel and libmicrohttpd hold for each.
  CHECK(written < 12 * (kStreamQueueBytes + kPiece + (1u << 20)));
}

TEST_CASE("more long answers at once than there may be are refused") {
  std::atomic<bool> go_on = false;
  const Door door([&](const ServerRequest&) {
    return stream([&](BodyWriter& out) {
      CHECK(soon([&] { return go_on || out.cancelled(); }));
      return std::optional<ServerResponse>();
    });
  });
  std::vector<Fd> busy;
  for (std::size_t i = 0; i < kStreams; ++i) busy.push_back(door.connect("/"));
  Result<Response> refused = fail(ErrorCode::kInternal, "");
  CHECK(soon([&] {
    Fd one_more = door.connect("/");
    std::string start(12, ' ');
    // Only a refusal answers at once.
    timeval patience{0, 200'000};
    ::setsockopt(one_more.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return ::recv(one_more.get(), start.data(), start.size(), MSG_WAITALL) == 12 &&
           start == "HTTP/1.1 503";
  }));
  go_on = true;
}

TEST_CASE("an answer of any length takes little memory") {
  constexpr std::size_t kLong = 200u << 20;
  const Door door([](const ServerRequest&) {
    return stream([](BodyWriter& out) {
      const std::string piece(kPiece, 'x');
      for (std::size_t sent = 0; sent < kLong && out.write(piece); sent += kPiece) {
      }
      return std::optional<ServerResponse>();
    });
  });
  const Fd reader = door.connect("/");
  const std::size_t before = resident_bytes();
  std::size_t most = before;
  std::size_t got = 0;
  std::size_t reads = 0;
  std::vector<char> buffer(kPiece);
  while (got < kLong) {
    const ssize_t one = ::recv(reader.get(), buffer.data(), buffer.size(), 0);
    REQUIRE(one > 0);
    got += static_cast<std::size_t>(one);
    if (++reads % 100 == 0) most = std::max(most, resident_bytes());
  }
  CHECK(most - before < (16u << 20));
}

TEST_CASE("a server that stops cuts what is under way") {
  std::atomic<bool> ended = false;
  std::optional<Fd> reader;
  {
    const Door door([&](const ServerRequest&) {
      return stream([&](BodyWriter& out) {
        while (out.write(std::string(kPiece, 'x'))) {
        }
        ended = true;
        return std::optional<ServerResponse>();
      });
    });
    reader = door.connect("/");
    std::string some(100, ' ');
    REQUIRE(::recv(reader->get(), some.data(), some.size(), 0) > 0);
  }
  CHECK(ended);
}
