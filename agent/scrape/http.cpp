#include "agent/scrape/http.h"

#include <array>
#include <dlfcn.h>

#include <curl/curl.h>

namespace headroom::agent::scrape {
namespace {

constexpr const char* kLibrary = "libcurl.so.4";
constexpr long kConnectTimeoutMs = 2000;
constexpr long kOk = 200;

struct Body {
  std::string& text;
  bool too_long = false;
};

std::size_t append(char* data, std::size_t size, std::size_t count, void* to) {
  Body& body = *static_cast<Body*>(to);
  const std::size_t bytes = size * count;
  body.too_long = bytes > kBodyBytes - body.text.size();
  if (body.too_long) return 0;
  body.text.append(data, bytes);
  return bytes;
}

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

}  // namespace

struct Http::Curl {
  decltype(&::curl_easy_init) init = nullptr;
  decltype(&::curl_easy_cleanup) cleanup = nullptr;
  CURLcode (*setopt)(CURL*, CURLoption, ...) = nullptr;
  decltype(&::curl_easy_perform) perform = nullptr;
  CURLcode (*getinfo)(CURL*, CURLINFO, ...) = nullptr;
  decltype(&::curl_easy_strerror) strerror = nullptr;

  // The library stays loaded; nullptr when there is none.
  static const Curl* load() {
    static const Curl* const loaded = [] {
      static Curl curl;
      void* const library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
      const bool complete = library != nullptr && find(library, "curl_easy_init", curl.init) &&
                            find(library, "curl_easy_cleanup", curl.cleanup) &&
                            find(library, "curl_easy_setopt", curl.setopt) &&
                            find(library, "curl_easy_perform", curl.perform) &&
                            find(library, "curl_easy_getinfo", curl.getinfo) &&
                            find(library, "curl_easy_strerror", curl.strerror);
      return complete ? &curl : nullptr;
    }();
    return loaded;
  }
};

Http::~Http() {
  if (handle_ != nullptr) curl_->cleanup(handle_);
}

Status Http::open() {
  if (handle_ != nullptr) return {};
  curl_ = Curl::load();
  if (curl_ == nullptr) {
    return fail(
        ErrorCode::kNotFound,
        std::string(kLibrary) + " cannot be opened; install libcurl4 or empty scrape.targets");
  }
  handle_ = curl_->init();
  if (handle_ == nullptr) return fail(ErrorCode::kUnavailable, "libcurl does not start");
  const auto set = [&](CURLoption option, auto value) { curl_->setopt(handle_, option, value); };
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_TIMEOUT, static_cast<long>(kTimeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  set(CURLOPT_ACCEPT_ENCODING, static_cast<const char*>(nullptr));
  set(CURLOPT_WRITEFUNCTION, &append);
  return {};
}

Status Http::get(const std::string& url, std::string& body) {
  body.clear();
  if (auto done = open(); !done) return done;
  Body received{body};
  std::array<char, CURL_ERROR_SIZE> why{};
  curl_->setopt(handle_, CURLOPT_URL, url.c_str());
  curl_->setopt(handle_, CURLOPT_WRITEDATA, &received);
  curl_->setopt(handle_, CURLOPT_ERRORBUFFER, why.data());
  const CURLcode code = curl_->perform(handle_);
  curl_->setopt(handle_, CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
  if (received.too_long) {
    return fail(ErrorCode::kLimitExceeded,
                url + " sends more than " + std::to_string(kBodyBytes >> 20) + " MiB");
  }
  if (code != CURLE_OK) {
    return fail(ErrorCode::kUnavailable,
                url + ": " + (why[0] != '\0' ? why.data() : curl_->strerror(code)));
  }
  long status = 0;
  curl_->getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  if (status != kOk) {
    return fail(ErrorCode::kUnavailable, url + " answers with status " + std::to_string(status));
  }
  return {};
}

}  // namespace headroom::agent::scrape
