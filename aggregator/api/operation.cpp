#include "aggregator/api/operation.h"

#include <algorithm>
#include <cmath>

#include "common/base/text.h"

namespace headroom::api {
namespace {

Error bad_param(const std::string& name, const std::string& why) {
  return {ErrorCode::kInvalidArgument, name + ": " + why};
}

// Whether the path fits the pattern; what stands for {name} goes to the parameters.
bool fits(const std::string& pattern, const std::string& path,
          std::map<std::string, std::string>& params) {
  const auto wanted = split(pattern, '/');
  const auto given = split(path, '/');
  if (wanted.size() != given.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const bool name = wanted[i].size() > 2 && wanted[i].front() == '{';
    if (!name && wanted[i] != given[i]) return false;
    if (name && given[i].empty()) return false;
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].size() > 2 && wanted[i].front() == '{') {
      params[std::string(wanted[i].substr(1, wanted[i].size() - 2))] = std::string(given[i]);
    }
  }
  return true;
}

std::string right_of(Access access) {
  if (access == Access::kAdminister) return "administer (root, group headroom-admin)";
  return access == Access::kOperate ? "operate (group headroom-operate)"
                                    : "observe (group headroom)";
}

// A mistyped parameter must not pass for one that was left out.
Status check_params(const Operation& operation, const Call& call) {
  std::vector<std::string> known = operation.params;
  if (operation.method != "GET") known.insert(known.end(), {"request_id", "dry_run"});
  for (const auto& [name, value] : call.params) {
    const bool of_path = operation.path.find("{" + name + "}") != std::string::npos;
    if (of_path || std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto close = nearest(name, known);
    return fail(bad_param(name, "is not a parameter of " + operation.method + " " + operation.path +
                                    (close ? "; did you mean " + *close + "?" : std::string())));
  }
  if (call.has("dry_run") && call.text("dry_run") != "true" && call.text("dry_run") != "false") {
    return fail(bad_param("dry_run", "must be true or false"));
  }
  return {};
}

}  // namespace

std::string Call::text(const std::string& name, const std::string& otherwise) const {
  const auto found = params.find(name);
  return found == params.end() || found->second.empty() ? otherwise : found->second;
}

Result<std::int64_t> Call::whole(const std::string& name, std::int64_t otherwise,
                                 std::int64_t least, std::int64_t most) const {
  if (!has(name)) return otherwise;
  const auto value = parse_int(text(name));
  if (!value || *value < least || *value > most) {
    return fail(bad_param(name, "must be a whole number from " + std::to_string(least) + " to " +
                                    std::to_string(most)));
  }
  return *value;
}

Result<double> Call::share(const std::string& name, double otherwise) const {
  if (!has(name)) return otherwise;
  const auto value = parse_double(text(name));
  if (!value || *value < 0 || *value > 1)
    return fail(bad_param(name, "must be a share from 0 to 1, for example 0.95"));
  return *value;
}

Result<std::optional<std::chrono::milliseconds>> Call::duration(const std::string& name) const {
  if (!has(name)) return std::optional<std::chrono::milliseconds>();
  const auto value = parse_duration(text(name));
  if (!value) return fail(bad_param(name, value.error().message));
  return std::optional(*value);
}

Result<Range> range_of(const Call& call, std::optional<std::chrono::milliseconds> otherwise) {
  const auto last = call.duration("last");
  if (!last) return fail(last.error());
  Range range{0, call.now};
  if (call.has("to")) {
    const auto to = parse_time(call.text("to"));
    if (!to) return fail(bad_param("to", to.error().message));
    range.to = *to;
  }
  if (call.has("from")) {
    if (*last) return fail(bad_param("last", "say either last, or from and to"));
    const auto from = parse_time(call.text("from"));
    if (!from) return fail(bad_param("from", from.error().message));
    range.from = *from;
  } else if (*last || otherwise) {
    range.from = range.to - (*last ? **last : *otherwise).count();
  } else {
    return fail(bad_param("last", "a range is needed: last=1h, or from=… and to=…"));
  }
  if (range.from >= range.to) return fail(bad_param("from", "must be before to"));
  return range;
}

Result<Page> page_of(const Call& call, std::size_t size) {
  const auto limit = call.whole("limit", kPageDefault, 1, kPageMost);
  const auto page = call.whole("page", 0, 0, INT64_MAX);
  if (!limit) return fail(limit.error());
  if (!page) return fail(page.error());
  return Page{std::min(static_cast<std::size_t>(*page), size), static_cast<std::size_t>(*limit)};
}

Result<Answer> paged(const Call& call, Json items) {
  const auto page = page_of(call, items.size());
  if (!page) return fail(page.error());
  const std::size_t end = page->end(items.size());
  Json body{{"items", Json::array()}};
  for (std::size_t i = page->begin; i < end; ++i) body["items"].push_back(std::move(items[i]));
  if (end < items.size()) body["next"] = std::to_string(end);
  return Answer{200, std::move(body)};
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json number(std::optional<double> value) { return value ? number(*value) : Json(); }
Json time(UnixMs time) { return time == 0 ? Json() : Json(format_time(time)); }

Result<Answer> Operations::run(const std::string& method, const std::string& path, Call call,
                               Access access) {
  const Operation* found = nullptr;
  bool path_known = false;
  for (const Operation& one : all_) {
    std::map<std::string, std::string> params;
    if (!fits(one.path, path, params)) continue;
    path_known = true;
    if (one.method != method) continue;
    call.params.merge(params);
    found = &one;
    break;
  }
  if (found == nullptr && path_known)
    return fail(ErrorCode::kUnsupported, method + " cannot be used on " + path);
  if (found == nullptr)
    return fail(ErrorCode::kNotFound, "there is no " + path + "; docs/api.md lists what there is");
  if (access < found->access) {
    return fail(ErrorCode::kPermissionDenied,
                method + " " + path + " needs the right to " + right_of(found->access));
  }
  if (auto known = check_params(*found, call); !known) return fail(known.error());
  call.dry_run = call.text("dry_run") == "true";
  return run_once(*found, path, call);
}

Result<Answer> Operations::run_once(const Operation& operation, const std::string& path,
                                    const Call& call) {
  const std::string request_id = call.text("request_id");
  if (request_id.empty() || operation.method == "GET") return operation.run(call);
  const std::string request = operation.method + " " + path + " " + call.body.dump();
  const std::lock_guard one_change(changes_);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = answered_.find(request_id); found != answered_.end()) {
      if (found->second.request == request) return found->second.answer;
      return fail(ErrorCode::kAlreadyExists,
                  "request_id: '" + request_id + "' was used for another request");
    }
  }
  auto answer = operation.run(call);
  if (!answer || call.dry_run) return answer;
  const std::lock_guard lock(mutex_);
  answered_.emplace(request_id, Answered{request, *answer});
  answered_in_order_.push_back(request_id);
  if (answered_in_order_.size() > kAnswersKept) {
    answered_.erase(answered_in_order_.front());
    answered_in_order_.erase(answered_in_order_.begin());
  }
  return answer;
}

}  // namespace headroom::api
