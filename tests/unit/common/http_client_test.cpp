#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/http/client.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temp_folder.h"

namespace headroom::http {
namespace {

using test::Reply;
using test::reply_with;
using test::ScriptedServer;
using test::TempFolder;

ClientOptions over(const ScriptedServer& server) {
  ClientOptions options;
  options.unix_socket = server.path();
  return options;
}

std::vector<std::string> one_byte_each(const std::string& text) {
  std::vector<std::string> pieces;
  for (const char c : text) pieces.emplace_back(1, c);
  return pieces;
}

}  // namespace

TEST_CASE("an answer is read whole, with its status and type") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s",
                              [](const std::string&) { return reply_with(200, "{\"a\":1}"); });
  Client client(over(server));
  const auto answer = client.request("GET", "/api/v1/status");
  REQUIRE(answer.has_value());
  CHECK(answer->status == 200);
  CHECK(answer->content_type == "application/json");
  CHECK(answer->body == "{\"a\":1}");
  CHECK(server.lines().at(0) == "GET /api/v1/status");
}

TEST_CASE("an answer that comes byte by byte is the same answer") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s", [](const std::string&) {
    return Reply{one_byte_each(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello")};
  });
  Client client(over(server));
  const auto answer = client.request("GET", "/");
  REQUIRE(answer.has_value());
  CHECK(answer->body == "hello");
  CHECK(answer->content_type == "text/plain");
}

TEST_CASE("a chunked answer is put together") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s", [](const std::string&) {
    return Reply{{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\nabc\r\n",
                  "A\r\n0123456789\r\n", "0\r\n\r\n"}};
  });
  Client client(over(server));
  const auto answer = client.request("GET", "/");
  REQUIRE(answer.has_value());
  CHECK(answer->body == "abc0123456789");
}

TEST_CASE("names and values of the query are percent-encoded") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s",
                              [](const std::string&) { return reply_with(200, "{}"); });
  Client client(over(server));
  // Encoded by hand after RFC 3986, section 2.1; "ü" is C3 BC in UTF-8.
  REQUIRE(client.request("GET", "/q", {{"match", "a{b=\"c d\"}&x=ü"}, {"e mpty", ""}}).has_value());
  CHECK(server.lines().at(0) == "GET /q?match=a%7Bb%3D%22c%20d%22%7D%26x%3D%C3%BC&e%20mpty=");
}

TEST_CASE("a body is sent with its length, its type and at once") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s",
                              [](const std::string&) { return reply_with(201, "{}"); });
  Client client(over(server));
  const std::string body(3 << 20, 'x');
  REQUIRE(client.request("POST", "/rules", {}, body).has_value());
  const std::string request = server.requests().at(0);
  CHECK(request.starts_with("POST /rules HTTP/1.1\r\n"));
  CHECK(request.find("Content-Type: application/json\r\n") != std::string::npos);
  // A client that asked first would wait a second for nothing.
  CHECK(request.find("Expect:") == std::string::npos);
  CHECK(request.substr(request.find("\r\n\r\n") + 4) == body);
}

TEST_CASE("every method goes out under its own name") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s",
                              [](const std::string&) { return reply_with(200, ""); });
  Client client(over(server));
  for (const char* method : {"PUT", "DELETE", "POST", "PATCH", "get"}) {
    REQUIRE(client.request(method, "/x", {}, std::string_view(method) == "PUT" ? "{}" : "")
                .has_value());
  }
  CHECK(server.lines() ==
        std::vector<std::string>{"PUT /x", "DELETE /x", "POST /x", "PATCH /x", "GET /x"});
  // A method is not a way to smuggle a header in.
  const auto bad = client.request("GET / HTTP/1.1\r\nX:", "/x");
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().code == ErrorCode::kInvalidArgument);
}

TEST_CASE("an error status is an answer, and a redirect is not followed") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s", [](const std::string& request) {
    if (request.starts_with("GET /moved")) {
      return Reply{
          {"HTTP/1.1 302 Found\r\nLocation: http://headroom/elsewhere\r\nContent-Length: "
           "0\r\n\r\n"}};
    }
    return reply_with(404, "{\"detail\":\"no such thing\"}", "application/problem+json");
  });
  Client client(over(server));
  const auto missing = client.request("GET", "/nothing");
  REQUIRE(missing.has_value());
  CHECK(missing->status == 404);
  CHECK(missing->content_type == "application/problem+json");
  const auto moved = client.request("GET", "/moved");
  REQUIRE(moved.has_value());
  CHECK(moved->status == 302);
  CHECK(server.requests().size() == 2);
}

TEST_CASE("a body over the limit is refused while it comes, one at the limit is not") {
  const TempFolder folder;
  const std::string eight = "12345678";
  const ScriptedServer server(folder.path() + "/s", [&](const std::string& request) {
    if (request.starts_with("GET /announced")) return reply_with(200, eight + "9");
    if (request.starts_with("GET /fitting")) return reply_with(200, eight);
    // Endless, were it not for the limit: the chunks never say how many are to come.
    Reply endless{{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}, true};
    for (int i = 0; i < 1000; ++i) endless.pieces.push_back("8\r\n" + eight + "\r\n");
    return endless;
  });
  ClientOptions options = over(server);
  options.max_body_bytes = eight.size();
  Client client(options);
  for (const char* path : {"/announced", "/chunked"}) {
    const auto answer = client.request("GET", path);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == ErrorCode::kLimitExceeded);
    CHECK(answer.error().message.find("longer than 8 bytes") != std::string::npos);
  }
  CHECK(client.request("GET", "/fitting").value().body == eight);
}

TEST_CASE("a server that hangs up early is unavailable, not half an answer") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s", [](const std::string& request) {
    if (request.starts_with("GET /nothing")) return Reply{{}, true};
    if (request.starts_with("GET /half"))
      return Reply{{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}, true};
    return Reply{{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal"}, true};
  });
  Client client(over(server));
  for (const char* path : {"/nothing", "/half", "/chunked"}) {
    const auto answer = client.request("GET", path);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == ErrorCode::kUnavailable);
    CHECK(answer.error().message ==
          server.path() + " closed the connection before its answer was complete");
  }
}

TEST_CASE("where nobody listens the error names the socket and the reason") {
  const TempFolder folder;
  ClientOptions options;
  options.unix_socket = folder.path() + "/absent";
  const auto absent = Client(options).request("GET", "/");
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().code == ErrorCode::kUnavailable);
  CHECK(absent.error().message ==
        "connect to " + options.unix_socket + ": No such file or directory");

  options.unix_socket = folder.path() + "/" + std::string(200, 'x');
  const auto too_long = Client(options).request("GET", "/");
  REQUIRE_FALSE(too_long.has_value());
  CHECK(too_long.error().code == ErrorCode::kInvalidArgument);
}

TEST_CASE("a socket that belongs to others is a permission that is missing") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s",
                              [](const std::string&) { return reply_with(200, "{}"); });
  std::filesystem::permissions(server.path(), std::filesystem::perms::none);
  // Root may connect whatever the permissions say, so a child without its rights tries.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && (::chmod(folder.path().c_str(), 0755) != 0 || ::setuid(kNobody) != 0))
      ::_exit(2);
    const auto answer = Client(over(server)).request("GET", "/");
    ::_exit(!answer && answer.error().code == ErrorCode::kPermissionDenied ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a server that never answers is given up after the time-out") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s", [](const std::string&) { return Reply{}; });
  ClientOptions options = over(server);
  options.timeout = std::chrono::milliseconds(50);
  const auto answer = Client(options).request("GET", "/");
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == ErrorCode::kUnavailable);
  CHECK(answer.error().message == server.path() + " did not answer within 50 ms");
}

TEST_CASE("the connection is kept between requests, and made anew where the server closed it") {
  const TempFolder folder;
  const ScriptedServer server(folder.path() + "/s", [](const std::string& request) {
    Reply reply = reply_with(200, "{}");
    reply.closes = request.starts_with("GET /last");
    return reply;
  });
  Client client(over(server));
  REQUIRE(client.request("GET", "/one").has_value());
  REQUIRE(client.request("GET", "/two").has_value());
  CHECK(server.connections() == 1);
  REQUIRE(client.request("GET", "/last").has_value());
  REQUIRE(client.request("GET", "/three").has_value());
  CHECK(server.connections() == 2);
}

TEST_CASE("only http is spoken, and no proxy stands before a local socket") {
  const TempFolder folder;
  folder.write("secret", "secret");
  ClientOptions options;
  options.base_url = "file://" + folder.path();
  const auto file = Client(options).request("GET", "/secret");
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error().code == ErrorCode::kInvalidArgument);

  const ScriptedServer server(folder.path() + "/s",
                              [](const std::string&) { return reply_with(200, "{}"); });
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  const auto direct = Client(over(server)).request("GET", "/");
  ::unsetenv("http_proxy");
  CHECK(direct.has_value());
}

}  // namespace headroom::http
