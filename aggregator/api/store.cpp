// What administrators ask of the store: how large it is, whether it is whole, and a copy of it.
#include <chrono>
#include <filesystem>

#include "aggregator/api/rooms.h"
#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::api {
namespace {

constexpr std::size_t kBackupNameBytes = 128;

Json family_json(const store::FamilyStats& family) {
  const double per_sample = static_cast<double>(family.bytes) / static_cast<double>(family.samples);
  return Json{{"name", family.name},
              {"bytes", family.bytes},
              {"samples", family.samples},
              {"bytes_per_sample", family.samples > 0 ? number(per_sample) : Json()},
              {"chunks", family.chunks},
              {"windows", family.windows},
              {"runs", family.runs},
              {"oldest", time(family.oldest)}};
}

Json stats_json(const store::StoreStats& stats, const std::string& state) {
  Json families = Json::array();
  for (const store::FamilyStats& family : stats.families) families.push_back(family_json(family));
  const double amplification =
      static_cast<double>(stats.written_bytes) / static_cast<double>(stats.committed_bytes);
  return Json{{"state", state},
              {"cannot_write", stats.cannot_write},
              {"read_only", stats.read_only},
              {"format", stats.format},
              {"series", stats.series},
              {"groups", stats.groups},
              {"streams", stats.streams},
              {"head_batches", stats.head_batches},
              {"head_samples", stats.head_samples},
              {"head_bytes", stats.head_bytes},
              {"dirty_windows", stats.dirty_windows},
              {"disk_bytes", stats.disk_bytes},
              {"wal_bytes", stats.wal_bytes},
              {"disk_free_bytes", stats.disk_free_bytes},
              {"families", std::move(families)},
              {"commits", stats.commits},
              {"commit_failures", stats.commit_failures},
              {"committed_bytes", stats.committed_bytes},
              {"written_bytes", stats.written_bytes},
              {"write_amplification", stats.committed_bytes > 0 ? number(amplification) : Json()},
              {"batches_stored_twice", stats.batches_stored_twice},
              {"recovered_batches", stats.recovered_batches},
              {"recovery_ms", stats.recovery_ms},
              {"samples_expired", stats.samples_expired},
              {"windows_dropped", stats.windows_dropped},
              {"oldest", time(stats.oldest)},
              {"newest", time(stats.newest)}};
}

Result<Answer> cardinality(const Rooms& rooms, const Call& call) {
  const store::CardinalityReport report = rooms.store.cardinality();
  Json capped = Json::array();
  for (const store::CappedHost& host : report.capped) {
    capped.push_back({{"host", host.host},
                      {"series", host.series},
                      {"capped", host.capped},
                      {"example", host.example}});
  }
  Json gone = Json::array();
  for (const auto& [host, since] : report.decommissioned)
    gone.push_back({{"host", host}, {"since", time(since)}});
  return Answer{200, Json{{"time", time(call.now)},
                          {"series", report.series},
                          {"series_max", report.series_max},
                          {"series_per_host_max", report.series_per_host_max},
                          {"capped", std::move(capped)},
                          {"decommissioned", std::move(gone)}}};
}

Json verify_json(const VerifyJob::State& state) {
  Json report;
  if (state.phase == VerifyJob::Phase::kDone) {
    Json problems = Json::array();
    for (const store::VerifyProblem& problem : state.report.problems)
      problems.push_back({{"where", problem.where}, {"what", problem.what}});
    report = Json{{"chunks", state.report.chunks},
                  {"samples", state.report.samples},
                  {"bytes", state.report.bytes},
                  {"journal_batches", state.report.journal_batches},
                  {"problem_count", state.report.problem_count},
                  {"problems", std::move(problems)}};
  }
  return Json{{"state", to_string(state.phase)},
              {"done", state.done},
              {"started", time(state.started)},
              {"ended", time(state.ended)},
              {"error", state.error.empty() ? Json() : Json(state.error)},
              {"report", std::move(report)}};
}

Result<Answer> start_verify(const Rooms& rooms, const Call& call) {
  if (!call.dry_run) {
    if (auto started = rooms.verify.start(); !started) return fail(started.error());
  }
  return Answer{202, verify_json(rooms.verify.state())};
}

Result<Answer> cancel_verify(const Rooms& rooms, const Call& call) {
  const bool runs = rooms.verify.state().phase == VerifyJob::Phase::kRunning;
  if (!runs || (!call.dry_run && !rooms.verify.cancel()))
    return fail(ErrorCode::kNotFound, "no verify is running");
  return Answer{202, verify_json(rooms.verify.state())};
}

Result<Answer> flush(const Rooms& rooms, const Call& call) {
  const auto began = std::chrono::steady_clock::now();
  const store::StoreStats before = rooms.store.stats();
  if (!call.dry_run) {
    if (auto done = rooms.store.flush(); !done) return fail(done.error());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  return Answer{200, Json{{"head_samples", before.head_samples},
                          {"head_bytes", before.head_bytes},
                          {"seconds", took.count()}}};
}

// One folder's name that means the same in every shell and is not hidden.
Status check_name(const std::string& name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (!name.empty() && name.size() <= kBackupNameBytes && name.front() != '.' &&
      name.find_first_not_of(kAllowed) == std::string::npos)
    return {};
  return fail(ErrorCode::kInvalidArgument,
              "name: '" + name + "' must be made of letters, digits, '.', '_' and '-', at most " +
                  std::to_string(kBackupNameBytes) + " of them, and not begin with a dot");
}

// 2026-11-22T05:54:29Z as 20261122T055429Z.
std::string stamp_of(UnixMs now) {
  std::string stamp = format_time(now / 1000 * 1000);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return stamp;
}

std::uint64_t bytes_below(const std::string& path) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(path, error), end; at != end && !error;
       at.increment(error)) {
    if (at->is_regular_file(error)) bytes += at->file_size(error);
  }
  return bytes;
}

Result<std::string> backup_name(const Call& call) {
  if (call.body.is_null()) return stamp_of(call.now);
  if (!call.body.is_object())
    return fail(ErrorCode::kInvalidArgument, "the body must be a JSON object");
  for (const auto& [key, value] : call.body.items()) {
    if (key != "name") return fail(ErrorCode::kInvalidArgument, key + ": is not known here");
    if (!value.is_string()) return fail(ErrorCode::kInvalidArgument, "name: must be a text");
  }
  std::string name = call.body.value("name", stamp_of(call.now));
  if (auto good = check_name(name); !good) return fail(good.error());
  return name;
}

Result<Answer> backup(const Rooms& rooms, const Call& call) {
  const auto name = backup_name(call);
  if (!name) return fail(name.error());
  const std::string path = rooms.backup_path + "/" + *name;
  const auto began = std::chrono::steady_clock::now();
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    return fail(ErrorCode::kAlreadyExists,
                path + " exists already; give the backup another name, or remove that one");
  }
  if (!call.dry_run) {
    if (auto made = make_directories(rooms.backup_path); !made)
      return fail(made.error().within("store.backup_path"));
    if (auto done = rooms.store.backup(path); !done) return fail(done.error());
  }
  const std::uint64_t bytes = call.dry_run ? rooms.store.stats().disk_bytes : bytes_below(path);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  return Answer{call.dry_run ? 200 : 201,
                Json{{"name", *name}, {"path", path}, {"bytes", bytes}, {"seconds", took.count()}}};
}

}  // namespace

void add_store_operations(Operations& operations, const Rooms& rooms) {
  operations.add({"GET", "/api/v1/store/stats", Access::kObserve, {}, [&rooms](const Call&) {
                    const store::StoreStats stats = rooms.store.stats();
                    return Result<Answer>(Answer{200, stats_json(stats, state_of(rooms, stats))});
                  }});
  operations.add(
      {"GET", "/api/v1/store/cardinality", Access::kObserve, {}, [&rooms](const Call& call) {
         return cardinality(rooms, call);
       }});
  operations.add(
      {"POST", "/api/v1/store/flush", Access::kAdminister, {}, [&rooms](const Call& call) {
         return flush(rooms, call);
       }});
  operations.add({"GET", "/api/v1/store/verify", Access::kObserve, {}, [&rooms](const Call&) {
                    return Result<Answer>(Answer{200, verify_json(rooms.verify.state())});
                  }});
  operations.add(
      {"POST", "/api/v1/store/verify", Access::kAdminister, {}, [&rooms](const Call& call) {
         return start_verify(rooms, call);
       }});
  operations.add(
      {"DELETE", "/api/v1/store/verify", Access::kAdminister, {}, [&rooms](const Call& call) {
         return cancel_verify(rooms, call);
       }});
  operations.add({"POST", "/api/v1/backup", Access::kAdminister, {}, [&rooms](const Call& call) {
                    return backup(rooms, call);
                  }});
}

}  // namespace headroom::api
