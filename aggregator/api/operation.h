// Operations: what can be asked of the aggregator, without a transport. A door (HTTP) finds the
// operation, checks that the caller may, and translates the answer; nothing else happens there.
//
// Operations run on any thread, several at once.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace headroom::api {

using Json = nlohmann::json;

enum class Access { kNone, kObserve, kOperate, kAdminister };

// One question. Parameters are the query's and, by name, those of the path.
struct Call {
  std::map<std::string, std::string> params;
  Json body;
  UnixMs now = 0;
  bool dry_run = false;

  bool has(const std::string& name) const { return params.count(name) > 0; }
  std::string text(const std::string& name, const std::string& otherwise = {}) const;
  // Errors name the parameter.
  Result<double> share(const std::string& name, double otherwise) const;  // in [0, 1]
  Result<std::int64_t> whole(const std::string& name, std::int64_t otherwise, std::int64_t least,
                             std::int64_t most) const;
  Result<std::optional<std::chrono::milliseconds>> duration(const std::string& name) const;
};

// Takes the next piece of an answer's text; false: nobody wants the rest.
using Write = std::function<bool(std::string piece)>;

struct Answer {
  int status = 200;
  Json body;  // null: none
  // In place of `body`: writes the answer as JSON text, piece by piece, after the operation has
  // returned; `cancelled` becomes true when nobody wants it any more. An error before the first
  // pieces have left is answered like one of the operation itself.
  std::function<Status(const Write& write, const std::atomic<bool>& cancelled)> stream = nullptr;
};

struct Operation {
  std::string method;
  std::string path;  // "/api/v1/rules/{id}"
  Access access = Access::kObserve;
  // Parameters it knows, besides those of the path, and request_id and dry_run where it changes
  // something. Others are refused.
  std::vector<std::string> params;
  std::function<Result<Answer>(const Call&)> run;
};

// The range that `last`, or `from` and `to`, say; [from, to) with to = now where it is not said.
struct Range {
  UnixMs from = 0;
  UnixMs to = 0;
};
Result<Range> range_of(const Call& call, std::optional<std::chrono::milliseconds> otherwise = {});

inline constexpr std::int64_t kPageDefault = 1000;
inline constexpr std::int64_t kPageMost = 100'000;

// Which part of a list the parameters `limit` and `page` ask for.
struct Page {
  std::size_t begin = 0;
  std::size_t limit = 0;
  std::size_t end(std::size_t size) const { return size - begin < limit ? size : begin + limit; }
};
// Begins within a list of `size`, or at its end.
Result<Page> page_of(const Call& call, std::size_t size);

// {"items": one page of `items`, "next": …} by the parameters `limit` and `page`.
Result<Answer> paged(const Call& call, Json items);

// A number as JSON has it; what is not finite is null.
Json number(double value);
Json number(std::optional<double> value);
Json time(UnixMs time);  // RFC 3339; 0 is null

// All operations, and the answers to requests that said request_id, so that the same id is never
// carried out twice.
class Operations {
 public:
  void add(Operation operation) { all_.push_back(std::move(operation)); }
  const std::vector<Operation>& all() const { return all_; }

  // Errors: kNotFound for an unknown path, kUnsupported for a method that the path does not have,
  // kPermissionDenied, and the operation's own.
  Result<Answer> run(const std::string& method, const std::string& path, Call call, Access access);

 private:
  Result<Answer> run_once(const Operation& operation, const std::string& path, const Call& call);

  std::vector<Operation> all_;
  std::mutex mutex_;
  struct Answered {
    std::string request;  // method, path and body
    Answer answer;
  };
  std::map<std::string, Answered> answered_;    // by request_id; guarded by mutex_
  std::vector<std::string> answered_in_order_;  // guarded by mutex_
  std::mutex changes_;                          // one change with a request_id at a time
};

inline constexpr std::size_t kAnswersKept = 1000;

}  // namespace headroom::api
