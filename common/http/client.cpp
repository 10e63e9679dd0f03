#include "common/http/client.h"

#include <cerrno>
#include <cstring>
#include <sys/un.h>
#include <system_error>

#include <curl/curl.h>

namespace headroom::http {
namespace {

// libcurl wants one call before the first handle, made once and by one thread; a function's static
// is both.
bool start_library() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return started;
}

struct Headers {
  curl_slist* list = nullptr;
  Headers() = default;
  Headers(const Headers&) = delete;
  Headers& operator=(const Headers&) = delete;
  ~Headers() { curl_slist_free_all(list); }
  void add(const std::string& line) {
    curl_slist* longer = curl_slist_append(list, line.c_str());
    HEADROOM_ASSERT(longer != nullptr);
    list = longer;
  }
};

struct Received {
  std::string body;
  std::size_t limit = 0;
  bool over_limit = false;
};

// Called by libcurl for every piece of the body. Another count than the piece's size ends the
// transfer.
std::size_t receive(char* data, std::size_t size, std::size_t count, void* user) noexcept {
  auto& received = *static_cast<Received*>(user);
  const std::size_t bytes = size * count;
  if (bytes > received.limit - received.body.size()) {
    received.over_limit = true;
    return 0;
  }
  received.body.append(data, bytes);
  return bytes;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

// A method is sent as it is, so nothing but a plain word may be one.
bool is_method(std::string_view text) {
  return !text.empty() && text.size() <= 16 &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

ErrorCode code_of(CURLcode code, long os_error) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return os_error == EACCES || os_error == EPERM ? ErrorCode::kPermissionDenied
                                                     : ErrorCode::kUnavailable;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return ErrorCode::kUnavailable;
    case CURLE_FILESIZE_EXCEEDED:
      return ErrorCode::kLimitExceeded;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorCode::kInvalidArgument;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return ErrorCode::kCorruption;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
      return ErrorCode::kPermissionDenied;
    default:
      return ErrorCode::kInternal;
  }
}

std::string milliseconds_text(std::chrono::milliseconds time) {
  const auto ms = time.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace

struct Client::Impl {
  ClientOptions options;
  CURL* handle = nullptr;
  char error[CURL_ERROR_SIZE] = {};

  explicit Impl(ClientOptions wanted) : options(std::move(wanted)) {
    while (!options.base_url.empty() && options.base_url.back() == '/') options.base_url.pop_back();
    if (start_library()) handle = curl_easy_init();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (handle != nullptr) curl_easy_cleanup(handle);
  }

  template <typename Value>
  void set(CURLoption option, Value value) {
    HEADROOM_ASSERT(curl_easy_setopt(handle, option, value) == CURLE_OK);
  }

  // Whom an error is about.
  std::string peer() const {
    return options.unix_socket.empty() ? options.base_url : options.unix_socket;
  }

  std::string url(std::string_view path, const Query& query) const;
  void set_connection(Received& received);
  void set_method(const std::string& method, std::string_view body);
  Error error_of(CURLcode code, const Received& received) const;
};

std::string Client::Impl::url(std::string_view path, const Query& query) const {
  std::string text = options.base_url;
  if (!path.starts_with('/')) text += '/';
  text += path;
  char separator = path.find('?') == std::string_view::npos ? '?' : '&';
  const auto append = [&](char before, const std::string& part) {
    char* escaped = curl_easy_escape(handle, part.c_str(), static_cast<int>(part.size()));
    HEADROOM_ASSERT(escaped != nullptr);
    text += before;
    text += escaped;
    curl_free(escaped);
  };
  for (const auto& [key, value] : query) {
    append(separator, key);
    // libcurl takes a length of 0 for "measure it", which is right for an empty text too.
    append('=', value);
    separator = '&';
  }
  return text;
}

void Client::Impl::set_connection(Received& received) {
  set(CURLOPT_NOSIGNAL, 1L);  // time-outs without SIGALRM: the program's threads own its signals
  set(CURLOPT_ERRORBUFFER, error);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PATH_AS_IS, 1L);  // "." and ".." may be somebody's identifier
  set(CURLOPT_USERAGENT, "headroom");
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.timeout.count()));
  if (!options.unix_socket.empty()) {
    set(CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
    set(CURLOPT_PROXY, "");  // http_proxy in the environment is not meant for a local socket
  }
  set(CURLOPT_MAXFILESIZE_LARGE,
      static_cast<curl_off_t>(received.limit));  // refuses what announces itself as longer
  set(CURLOPT_WRITEFUNCTION, &receive);
  set(CURLOPT_WRITEDATA, &received);
}

void Client::Impl::set_method(const std::string& method, std::string_view body) {
  if (method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (method == "GET" && body.empty()) {
    set(CURLOPT_HTTPGET, 1L);
  } else {
    if (!body.empty() || method == "POST" || method == "PUT") {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
      set(CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
    }
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

Error Client::Impl::error_of(CURLcode code, const Received& received) const {
  if (received.over_limit || code == CURLE_FILESIZE_EXCEEDED) {
    return {ErrorCode::kLimitExceeded, "the answer of " + peer() + " is longer than " +
                                           std::to_string(received.limit) +
                                           " bytes; ask for less at once"};
  }
  long os_error = 0;
  curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &os_error);
  const ErrorCode kind = code_of(code, os_error);
  switch (code) {
    case CURLE_COULDNT_CONNECT: {
      const std::string why = os_error != 0
                                  ? std::system_category().message(static_cast<int>(os_error))
                                  : std::string(error);
      return {kind, "connect to " + peer() + ": " + why};
    }
    case CURLE_OPERATION_TIMEDOUT:
      return {kind, peer() + " did not answer within " + milliseconds_text(options.timeout)};
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return {kind, peer() + " closed the connection before its answer was complete"};
    default:
      return {kind, peer() + ": " + (error[0] != '\0' ? error : curl_easy_strerror(code))};
  }
}

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
void Client::set_timeout(std::chrono::milliseconds timeout) { impl_->options.timeout = timeout; }

Client::~Client() = default;

Result<Response> Client::request(std::string_view method, std::string_view path, const Query& query,
                                 std::string_view body, std::string_view content_type) {
  Impl& impl = *impl_;
  if (impl.handle == nullptr) return fail(ErrorCode::kInternal, "libcurl could not be started");
  const std::string verb = upper(method);
  if (!is_method(verb)) {
    return fail(ErrorCode::kInvalidArgument, "'" + std::string(method) + "' is not an HTTP method");
  }
  if (impl.options.unix_socket.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(ErrorCode::kInvalidArgument,
                "the socket path " + impl.options.unix_socket + " is longer than " +
                    std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
  }
  if (content_type.find_first_of("\r\n") != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument, "a content type cannot hold a line break");
  }
  // Everything is set afresh for every request; the connection outlives the reset.
  curl_easy_reset(impl.handle);
  impl.error[0] = '\0';
  Received received;
  received.limit = impl.options.max_body_bytes;
  impl.set_connection(received);
  impl.set_method(verb, body);
  const std::string url = impl.url(path, query);
  impl.set(CURLOPT_URL, url.c_str());
  Headers headers;
  headers.add("Expect:");  // do not wait for "100 Continue" before a long body
  if (!body.empty()) headers.add("Content-Type: " + std::string(content_type));
  impl.set(CURLOPT_HTTPHEADER, headers.list);

  if (const CURLcode code = curl_easy_perform(impl.handle); code != CURLE_OK) {
    return fail(impl.error_of(code, received));
  }
  long status = 0;
  const char* type = nullptr;
  curl_easy_getinfo(impl.handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(impl.handle, CURLINFO_CONTENT_TYPE, &type);
  return Response{static_cast<int>(status), type == nullptr ? "" : type, std::move(received.body)};
}

}  // namespace headroom::http
