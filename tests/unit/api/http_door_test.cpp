// The HTTP door over a real Unix socket, with operations of the test's own.
#include "aggregator/api/http_door.h"

#include <atomic>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/http/client.h"
#include "common/http/server.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

using namespace headroom;
using namespace headroom::api;

namespace {

class Door {
 public:
  explicit Door(http::ServerOptions options = {}) : socket(folder.path() + "/a.sock") {
    operations.add({"GET",
                    "/things/{id}",
                    Access::kObserve,
                    {"limit"},
                    [](const Call& call) -> Result<Answer> {
                      if (call.text("id") == "none")
                        return fail(ErrorCode::kNotFound, "there is no thing 'none'");
                      if (call.text("id") == "boom") throw std::runtime_error("boom");
                      return Answer{200, Json{{"id", call.text("id")},
                                              {"limit", *call.whole("limit", 7, 1, 10)}}};
                    }});
    operations.add(
        {"POST", "/things", Access::kOperate, {}, [this](const Call& call) -> Result<Answer> {
           if (call.dry_run) return Answer{200, call.body};
           ++made;
           return Answer{201, Json{{"number", made.load()}}};
         }});
    auto listening = http::listen_unix(socket, 0600, "");
    REQUIRE(listening.has_value());
    auto started = http::Server::start(
        std::move(*listening), options,
        [this](const http::ServerRequest& request) { return serve(operations, clock, request); });
    REQUIRE(started.has_value());
    server = std::move(*started);
  }

  http::Response ask(const std::string& method, const std::string& path,
                     const http::Query& query = {}, const std::string& body = {}) {
    http::ClientOptions options;
    options.unix_socket = socket;
    http::Client client(options);
    auto response = client.request(method, path, query, body);
    if (!response) FAIL(response.error().message);
    return *response;
  }

  // What comes back for these very bytes.
  std::string raw(const std::string& bytes) {
    const Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, socket.c_str());
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
    ::shutdown(fd.get(), SHUT_WR);
    std::string all;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(fd.get(), buffer, sizeof(buffer))) > 0;)
      all.append(buffer, static_cast<std::size_t>(got));
    return all;
  }

  test::TempFolder folder;
  std::string socket;
  SystemClock clock;
  Operations operations;
  std::atomic<int> made = 0;
  std::unique_ptr<http::Server> server;
};

}  // namespace

TEST_CASE("an operation's answer and error come as JSON and as a problem") {
  Door door;
  const auto good = door.ask("GET", "/things/a%20b", {{"limit", "3"}});
  CHECK(good.status == 200);
  CHECK(good.content_type == "application/json");
  CHECK(Json::parse(good.body) == Json{{"id", "a b"}, {"limit", 3}});
  const auto missing = door.ask("GET", "/things/none");
  CHECK(missing.status == 404);
  CHECK(missing.content_type == "application/problem+json");
  CHECK(Json::parse(missing.body)["detail"] == "there is no thing 'none'");
  CHECK(door.ask("GET", "/nothing").status == 404);
  CHECK(door.ask("DELETE", "/things/a").status == 405);
  CHECK(door.ask("GET", "/things/boom").status == 500);
  CHECK(door.ask("GET", "/things/after").status == 200);
}

TEST_CASE("a body that is not JSON and one that is too large are refused") {
  http::ServerOptions options;
  options.body_bytes = 1000;
  Door door(options);
  CHECK(door.ask("POST", "/things", {}, "{").status == 400);
  CHECK(door.ask("POST", "/things", {}, std::string(1001, ' ')).status == 413);
  CHECK(door.ask("POST", "/things", {}, "{}").status == 201);
  CHECK(door.made == 1);
}

TEST_CASE("the same request_id is carried out once, a dry run never") {
  Door door;
  const auto first = door.ask("POST", "/things", {{"request_id", "r1"}}, "{}");
  const auto again = door.ask("POST", "/things", {{"request_id", "r1"}}, "{}");
  CHECK(again.body == first.body);
  CHECK(again.status == 201);
  CHECK(door.made == 1);
  CHECK(door.ask("POST", "/things", {{"dry_run", "true"}, {"request_id", "r2"}}, "{}").status ==
        200);
  CHECK(door.made == 1);
  CHECK(door.ask("POST", "/things", {{"request_id", "r2"}}, "{}").status == 201);
  CHECK(door.made == 2);
}

TEST_CASE("a parameter that is mistyped or not true or false is refused, not passed over") {
  Door door;
  const auto mistyped = door.ask("GET", "/things/a", {{"limt", "3"}});
  CHECK(mistyped.status == 400);
  CHECK(mistyped.body.find("did you mean limit?") != std::string::npos);
  CHECK(door.ask("POST", "/things", {{"dry_run", "1"}}, "{}").status == 400);
  CHECK(door.ask("POST", "/things", {{"dryrun", "true"}}, "{}").status == 400);
  CHECK(door.made == 0);
}

TEST_CASE("a request_id that was used for another request is refused") {
  Door door;
  CHECK(door.ask("POST", "/things", {{"request_id", "r1"}}, "{}").status == 201);
  CHECK(door.ask("POST", "/things", {{"request_id", "r1"}}, "[1]").status == 409);
  CHECK(door.made == 1);
}

TEST_CASE("who may only observe changes nothing") {
  Door door;
  Call call;
  call.now = 1;
  CHECK(door.operations.run("POST", "/things", call, Access::kObserve).error().code ==
        ErrorCode::kPermissionDenied);
  CHECK(door.operations.run("GET", "/things/a", call, Access::kNone).error().code ==
        ErrorCode::kPermissionDenied);
  CHECK(door.operations.run("POST", "/things", call, Access::kOperate).has_value());
  CHECK(access_of({}) == Access::kNone);
  CHECK(access_of({true, ::geteuid(), ::getegid(), 1}) == Access::kAdminister);
  CHECK(access_of({true, 4'000'000'000U, 4'000'000'000U, 1}) == Access::kObserve);
}

TEST_CASE("bytes that are no HTTP get an error or nothing, and the server goes on") {
  http::ServerOptions options;
  options.idle_timeout = std::chrono::seconds(1);  // of the one that promises more than it sends
  Door door(options);
  for (const std::string& bytes :
       {std::string("\x00\xff\xfe garbage\r\n\r\n", 16), std::string("GET\r\n\r\n"),
        std::string("GET /things/a HTTP/9.9\r\n\r\n"),
        "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n",
        std::string("POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n"),
        std::string("POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{}")}) {
    const std::string answer = door.raw(bytes);
    CHECK(answer.find(" 200 ") == std::string::npos);
    CHECK(answer.find(" 201 ") == std::string::npos);
  }
  CHECK(door.made == 0);
  CHECK(door.ask("GET", "/things/a").status == 200);
}

TEST_CASE("a socket in use is not taken over, a dead one is replaced") {
  const test::TempFolder folder;
  const std::string path = folder.path() + "/b.sock";
  {
    const auto first = http::listen_unix(path, 0660, "");
    REQUIRE(first.has_value());
    const auto second = http::listen_unix(path, 0660, "");
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == ErrorCode::kAlreadyExists);
  }
  CHECK(http::listen_unix(path, 0660, "").has_value());
  CHECK(http::listen_unix(folder.path() + "/" + std::string(200, 'x'), 0660, "").error().code ==
        ErrorCode::kInvalidArgument);
}

TEST_CASE("a list is paged until there is no next") {
  Json items = Json::array();
  for (int i = 0; i < 25; ++i) items.push_back(i);
  Call call;
  call.params["limit"] = "10";
  std::size_t seen = 0;
  for (int page = 0; page < 3; ++page) {
    const auto answer = paged(call, items);
    REQUIRE(answer.has_value());
    seen += answer->body["items"].size();
    if (page < 2) {
      REQUIRE(answer->body.contains("next"));
      call.params["page"] = answer->body["next"];
    } else {
      CHECK_FALSE(answer->body.contains("next"));
    }
  }
  CHECK(seen == 25);
  call.params["limit"] = "0";
  CHECK(paged(call, items).error().code == ErrorCode::kInvalidArgument);
}
