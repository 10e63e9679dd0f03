#include "cli/api.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <grp.h>
#include <sys/stat.h>

#include "cli/text_width.h"

namespace headroom::cli {
namespace {

// The group that may use the socket: the socket's own, or its directory's where that keeps us from
// seeing the socket.
std::string socket_group(const std::string& socket) {
  struct stat found{};
  const std::string directory = std::filesystem::path(socket).parent_path().string();
  if (::stat(socket.c_str(), &found) != 0 && ::stat(directory.c_str(), &found) != 0)
    return "headroom";
  std::array<char, 4096> buffer{};
  group entry{};
  group* result = nullptr;
  if (::getgrgid_r(found.st_gid, &entry, buffer.data(), buffer.size(), &result) != 0 ||
      result == nullptr) {
    return std::to_string(found.st_gid);
  }
  return entry.gr_name;
}

Error connection_error(const Error& error, const std::string& socket) {
  switch (error.code) {
    case ErrorCode::kUnavailable:
      return {error.code, "no aggregator answers: " + error.message +
                              "\nIs headroom-aggregator running? (set --socket or HEADROOM_SOCKET "
                              "if it listens elsewhere)"};
    case ErrorCode::kPermissionDenied: {
      const std::string group = socket_group(socket);
      if (group == "root")
        return {error.code, error.message + "\nOnly root may use it: run this with sudo"};
      return {error.code, error.message + "\nMembers of the group " + group +
                              " may use it: sudo usermod -aG " + group +
                              " \"$USER\", then log in again; or run this with sudo"};
    }
    default:
      return error;
  }
}

ErrorCode code_of(int status) {
  switch (status) {
    case 400:
      return ErrorCode::kInvalidArgument;
    case 401:
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
    case 412:
      return ErrorCode::kAlreadyExists;
    case 413:
    case 422:
    case 429:
      return ErrorCode::kLimitExceeded;
    case 405:
    case 501:
      return ErrorCode::kUnsupported;
    case 499:
      return ErrorCode::kCancelled;
    case 503:
    case 504:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

// RFC 9457: the detail says it in words; the title only names the kind.
Error refusal(const http::Response& response, const std::string& what) {
  const auto problem = parse_json(response.body, what);
  std::string words;
  if (problem) words = text_at(*problem, "detail", text_at(*problem, "title"));
  if (words.empty())
    words = what + " was answered with HTTP status " + std::to_string(response.status);
  return {code_of(response.status), words};
}

}  // namespace

Api::Api(const std::string& socket)
    : socket_(socket), client_([&] {
        http::ClientOptions options;
        options.unix_socket = socket;
        return options;
      }()) {}

Result<Json> Api::exchange(std::string_view method, std::string_view path, const http::Query& query,
                           std::string_view body) {
  const std::string full = std::string(kApiRoot) + std::string(path);
  const std::string what = std::string(method) + " " + full;
  const auto response = client_.request(method, full, query, body);
  if (!response) return fail(connection_error(response.error(), socket_));
  if (response->status < 200 || response->status > 299) return fail(refusal(*response, what));
  if (response->body.empty()) return Json(nullptr);
  auto answer = parse_json(response->body, "the answer to " + what);
  if (!answer)
    answer.error().message +=
        ". Does something other than the aggregator listen at " + socket_ + "?";
  return answer;
}

Result<Json> Api::get(std::string_view path, const http::Query& query) {
  return exchange("GET", path, query, "");
}

Result<Json> Api::send(std::string_view method, std::string_view path, const Json& body,
                       const http::Query& query) {
  const std::string text =
      body.is_null() ? "" : body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return exchange(method, path, query, text);
}

Result<Json> Api::get_all(std::string_view path, const http::Query& query) {
  Json whole;
  std::string page;
  for (std::size_t pages = 0; pages < kPagesMax; ++pages) {
    http::Query asked = query;
    if (!page.empty()) asked.emplace_back("page", page);
    auto answer = get(path, asked);
    if (!answer) return answer;
    const auto items = answer->is_object() ? answer->find("items") : answer->end();
    if (items == answer->end() || !items->is_array()) {
      return fail(
          ErrorCode::kCorruption,
          "the answer to GET " + std::string(kApiRoot) + std::string(path) +
              " holds no list of items. Are the aggregator and this program of one version?");
    }
    // Not text_at: the token must go back byte for byte.
    const Json& next = member(*answer, "next");
    const std::string token = next.is_string() ? next.get<std::string>() : "";
    if (whole.is_null()) {
      whole = std::move(*answer);
      whole.erase("next");
    } else {
      Json& all = whole["items"];
      for (Json& item : *items) all.push_back(std::move(item));
    }
    if (token.empty()) return whole;
    if (token == page) break;
    page = token;
  }
  return fail(ErrorCode::kCorruption,
              "the pages of GET " + std::string(kApiRoot) + std::string(path) + " do not end");
}

std::string path_segment(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";  // RFC 3986,
                                                                             // section 2.3
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHex[byte >> 4];
    encoded += kHex[byte & 15];
  }
  return encoded;
}

}  // namespace headroom::cli
