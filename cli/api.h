// The aggregator's HTTP API as verbs see it: JSON in, JSON out, pages joined, and errors that say
// what to do next.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cli/json.h"
#include "common/base/result.h"
#include "common/http/client.h"

namespace headroom::cli {

inline constexpr std::string_view kApiRoot = "/api/v1";
inline constexpr std::size_t kPagesMax =
    100'000;  // a list that does not end by then is an error of the server

// Used by one thread.
class Api {
 public:
  explicit Api(const std::string& socket);

  // How long answers may take from now on; 30 s where nothing is said.
  void set_timeout(std::chrono::milliseconds timeout) { client_.set_timeout(timeout); }

  // Paths are below /api/v1: "/status". Errors: kUnavailable (nobody answers), kPermissionDenied
  // (the socket's group), and what the aggregator refuses: kInvalidArgument, kNotFound,
  // kAlreadyExists …, with its own words.
  Result<Json> get(std::string_view path, const http::Query& query = {});
  // A list with all its pages: {"items": […]} without "next". Other members are those of the first
  // page.
  Result<Json> get_all(std::string_view path, const http::Query& query = {});
  // An empty answer (204) is null.
  Result<Json> send(std::string_view method, std::string_view path, const Json& body = nullptr,
                    const http::Query& query = {});

 private:
  Result<Json> exchange(std::string_view method, std::string_view path, const http::Query& query,
                        std::string_view body);

  std::string socket_;
  http::Client client_;
};

// One segment of a path, percent-encoded: an identifier may hold anything.
std::string path_segment(std::string_view text);

}  // namespace headroom::cli
