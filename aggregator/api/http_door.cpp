#include "aggregator/api/http_door.h"

#include <algorithm>
#include <array>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>
#include <vector>

#include "common/log/log.h"

namespace headroom::api {
namespace {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
      return 409;
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kLimitExceeded:
      return 422;
    case ErrorCode::kUnsupported:
      return 405;
    case ErrorCode::kCancelled:
      return 499;  // as others say it of a client that went away; it is seldom there to read it
    case ErrorCode::kCorruption:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

http::ServerResponse problem(const Error& error) {
  const int status = http_status(error.code);
  const Json body{{"type", "about:blank"},
                  {"title", to_string(error.code)},
                  {"status", status},
                  {"detail", error.message}};
  // Messages may hold bytes that a client sent and that are not UTF-8.
  return {status, "application/problem+json",
          body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

// The request fails, the process goes on.
http::ServerResponse failure_of(const std::string& what, const std::exception& failure) {
  log::error("{}: {}", what, failure.what());
  return problem({ErrorCode::kInternal, "the request could not be answered; the log says why"});
}

http::ServerResponse streamed(const Answer& answer, const http::ServerRequest& request) {
  http::ServerResponse response{answer.status, "application/json", ""};
  response.stream = [make = answer.stream, what = request.method + " " + request.path](
                        http::BodyWriter& out) -> std::optional<http::ServerResponse> {
    try {
      const Status made =
          make([&](std::string piece) { return out.write(std::move(piece)); }, out.cancelled());
      if (made) return std::nullopt;
      if (made.error().code == ErrorCode::kCorruption)
        log::error("{}: {}", what, made.error().message);
      return problem(made.error());
    } catch (const std::exception& failure) {
      return failure_of(what, failure);
    }
  };
  return response;
}

bool member_of(const http::Peer& peer, const char* group_name) {
  std::array<char, 16384> buffer{};
  struct group group{};
  struct group* found = nullptr;
  if (::getgrnam_r(group_name, &group, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr)
    return false;
  const gid_t wanted = group.gr_gid;
  if (peer.gid == wanted) return true;
  struct passwd user{};
  struct passwd* known = nullptr;
  if (::getpwuid_r(peer.uid, &user, buffer.data(), buffer.size(), &known) != 0 || known == nullptr)
    return false;
  std::array<gid_t, 256> groups{};
  int count = static_cast<int>(groups.size());
  if (::getgrouplist(user.pw_name, user.pw_gid, groups.data(), &count) < 0) return false;
  return std::find(groups.begin(), groups.begin() + count, wanted) != groups.begin() + count;
}

}  // namespace

Access access_of(const http::Peer& peer) {
  if (!peer.known) return Access::kNone;
  if (peer.uid == 0 || peer.uid == ::geteuid() || member_of(peer, "headroom-admin"))
    return Access::kAdminister;
  return member_of(peer, "headroom-operate") ? Access::kOperate : Access::kObserve;
}

http::ServerResponse serve(Operations& operations, const Clock& clock,
                           const http::ServerRequest& request) {
  Call call;
  call.now = clock.unix_ms();
  for (const auto& [name, value] : request.query) call.params[name] = value;
  if (!request.body.empty()) {
    call.body = Json::parse(request.body, nullptr, false);
    if (call.body.is_discarded())
      return problem({ErrorCode::kInvalidArgument, "the body is not JSON"});
  }
  try {
    const auto answer =
        operations.run(request.method, request.path, std::move(call), access_of(request.peer));
    if (!answer) return problem(answer.error());
    if (answer->stream) return streamed(*answer, request);
    if (answer->body.is_null()) return {answer->status, "application/json", ""};
    return {answer->status, "application/json",
            answer->body.dump(-1, ' ', false, Json::error_handler_t::replace)};
  } catch (const std::exception& failure) {
    // A library's exception that no room turned into an Error.
    return failure_of(request.method + " " + request.path, failure);
  }
}

}  // namespace headroom::api
