// HTTP client: a thin wall around libcurl, for http(s):// and for HTTP over a Unix socket.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"

namespace headroom::http {

struct Response {
  int status = 0;
  std::string content_type;
  std::string body;
};

struct ClientOptions {
  std::string unix_socket;  // when set, connections go there whatever the URL's host
  std::string base_url = "http://headroom";
  std::chrono::milliseconds timeout{30'000};
  std::size_t max_body_bytes = 256u << 20;  // a longer answer is kLimitExceeded
};

using Query = std::vector<std::pair<std::string, std::string>>;  // encoded by the client

// One connection, kept open between requests. Used by one thread at a time.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Of the requests from now on.
  void set_timeout(std::chrono::milliseconds timeout);

  // Errors: kUnavailable where nobody answers, with what to do; kLimitExceeded. An HTTP error
  // status is not an error here.
  Result<Response> request(std::string_view method, std::string_view path, const Query& query = {},
                           std::string_view body = {},
                           std::string_view content_type = "application/json");

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace headroom::http
