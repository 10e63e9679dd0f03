// Over real HTTP: a small server of this process stands for the application.
#include <arpa/inet.h>
#include <atomic>
#include <mutex>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "agent/scrape/http.h"
#include "common/base/file.h"
#include "tests/unit/agent/collector_fixture.h"

namespace headroom::agent {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::Looked;

// Answers every request with the same bytes until it is told others.
class Server {
 public:
  Server() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const general = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(fd_.get(), general, size) == 0);
    REQUIRE(::listen(fd_.get(), 8) == 0);
    REQUIRE(::getsockname(fd_.get(), general, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    stop_ = true;
    thread_.join();
  }

  void say(const std::string& body, const std::string& status = "200 OK") {
    const std::lock_guard lock(mutex_);
    answer_ = "HTTP/1.1 " + status +
              "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n" + body;
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/metrics"; }
  std::string instance() const { return "127.0.0.1:" + std::to_string(port_); }
  int served() const { return served_; }

 private:
  void serve() {
    while (!stop_) {
      pollfd ready{fd_.get(), POLLIN, 0};
      if (::poll(&ready, 1, 10) <= 0) continue;
      const Fd client(::accept(fd_.get(), nullptr, nullptr));
      char request[4096];
      if (::recv(client.get(), request, sizeof request, 0) <= 0) continue;
      std::string answer;
      {
        const std::lock_guard lock(mutex_);
        answer = answer_;
      }
      for (std::size_t at = 0; at < answer.size();) {
        const ssize_t sent =
            ::send(client.get(), answer.data() + at, answer.size() - at, MSG_NOSIGNAL);
        if (sent <= 0) break;
        at += static_cast<std::size_t>(sent);
      }
      ++served_;
    }
  }

  Fd fd_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::string answer_;  // guarded by mutex_
  std::atomic<bool> stop_ = false;
  std::atomic<int> served_ = 0;
  std::thread thread_;
};

template <typename Holds>
void collect_until(Looked& scraped, Holds&& holds, std::chrono::nanoseconds elapsed = 0ns) {
  for (int i = 0; i < 10'000; ++i) {
    (void)scraped.at(elapsed);
    if (holds()) return;
    std::this_thread::sleep_for(1ms);
  }
  FAIL("did not come about");
}

CollectorOptions options_for(const Server& server) {
  CollectorOptions options;
  options.scrape.targets = {server.url()};
  return options;
}

constexpr const char* kUp = "headroom.agent.scrape.up";

TEST_CASE("a local endpoint's metrics are on the sheet, and stay there until the next round") {
  Server server;
  server.say("# TYPE calls_total counter\ncalls_total{route=\"/a\"} 12\ndepth NaN\nbroken\n");
  Looked scraped(make_prometheus_collector(options_for(server)));
  collect_until(scraped, [&] { return scraped.has("calls_total"); });
  CHECK(scraped.value("calls_total", {"/a", server.instance()}) == 12);
  CHECK(scraped.missing("depth"));
  CHECK(scraped.value(kUp, {server.instance()}) == 1);
  CHECK(scraped.value("headroom.agent.scrape.dropped", {"malformed"}) == 1);
  server.say("calls_total{route=\"/b\"} 1\n");
  for (int i = 0; i < 14; ++i) {
    REQUIRE(scraped.at(1s));
    CHECK(scraped.value("calls_total", {"/a"}) == 12);
  }
  CHECK(server.served() == 1);
  collect_until(scraped, [&] { return scraped.has("calls_total", {"/b"}); }, 1s);
  CHECK(!scraped.has("calls_total", {"/a"}));
  CHECK(!scraped.has("depth"));
}

TEST_CASE("a target that does not answer has no values, and the others have theirs") {
  Server server;
  Server other;
  server.say("a 1\n");
  other.say("a 2\n");
  CollectorOptions options = options_for(server);
  options.scrape.targets.push_back(other.url());
  Looked scraped(make_prometheus_collector(options));
  collect_until(scraped, [&] { return scraped.has("a", {server.instance()}); });
  server.say("", "500 Oh");
  collect_until(scraped, [&] { return scraped.missing("a", {server.instance()}); }, 1s);
  CHECK(fails_with(scraped.at(0s), ErrorCode::kUnavailable, "answers with status 500"));
  CHECK(scraped.value("a", {other.instance()}) == 2);
  CHECK(scraped.value(kUp, {server.instance()}) == 0);
  CHECK(scraped.value(kUp, {other.instance()}) == 1);
  server.say("a 3\n");
  collect_until(scraped, [&] { return !scraped.missing("a", {server.instance()}); }, 1s);
  CHECK(scraped.value("a", {server.instance()}) == 3);
  CHECK(scraped.at(0s));
}

TEST_CASE("a body beyond the limit is refused") {
  Server server;
  server.say(std::string(scrape::kBodyBytes + 1, 'a'));
  scrape::Http http;
  std::string body;
  CHECK(fails_with(http.get(server.url(), body), ErrorCode::kLimitExceeded, "4 MiB"));
  server.say("a 1\n");
  CHECK(http.get(server.url(), body));
  CHECK(body == "a 1\n");
}

TEST_CASE("an endpoint where nobody listens, and a redirection, are failures that name it") {
  std::string url;
  scrape::Http http;
  std::string body;
  {
    Server server;
    url = server.url();
    server.say("", "302 Found\r\nLocation: http://127.0.0.1:1/");
    CHECK(fails_with(http.get(url, body), ErrorCode::kUnavailable, "status 302"));
  }
  CHECK(fails_with(http.get(url, body), ErrorCode::kUnavailable, url));
}

TEST_CASE("without targets nothing is fetched and nothing shown") {
  Looked scraped(make_prometheus_collector(CollectorOptions{}));
  for (int i = 0; i < 40; ++i) REQUIRE(scraped.at(1s));
  CHECK(scraped.sheet().series().empty());
}

}  // namespace
}  // namespace headroom::agent
