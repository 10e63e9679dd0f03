// Fetches one text from an HTTP server of this host. libcurl is opened at the first use and never
// linked: agents that scrape nothing do not pay for it.
//
// A fetch blocks for at most kTimeout; it belongs in a quarantine. One thread at a time.
#pragma once

#include <chrono>
#include <string>

#include "common/base/result.h"

namespace headroom::agent::scrape {

inline constexpr std::size_t kBodyBytes = 4u << 20;
inline constexpr std::chrono::seconds kTimeout{5};

class Http {
 public:
  Http() = default;
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  // `body` is what the server sent with status 200. kNotFound: no libcurl; kLimitExceeded: a body
  // beyond kBodyBytes; kUnavailable: anything else. Redirections are not followed, proxies not
  // used.
  Status get(const std::string& url, std::string& body);

 private:
  struct Curl;
  Status open();

  const Curl* curl_ = nullptr;
  void* handle_ = nullptr;
};

}  // namespace headroom::agent::scrape
