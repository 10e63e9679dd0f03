// Damaged files, a full disk, backups: what an administrator meets on a bad day.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>

#include "tests/support/store_fixture.h"

using namespace headroom;
using namespace headroom::test;

namespace {

std::vector<Series> host(const std::string& name) {
  return {{"m", "1", Kind::kGauge, {{"host.name", name}}}};
}

// The largest file with this ending, with one byte changed in the middle.
void damage(const std::string& folder, const std::string& ending) {
  std::filesystem::path largest;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ending) continue;
    if (largest.empty() || entry.file_size() > std::filesystem::file_size(largest))
      largest = entry.path();
  }
  REQUIRE_FALSE(largest.empty());
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(largest) / 3);
  std::fstream file(largest, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(middle);
  const auto byte = static_cast<char>(file.get());
  file.seekp(middle);
  file.put(static_cast<char>(byte ^ 0x55));
}

// Values that do not pack, so that a chunk is large.
std::vector<double> noise(std::size_t count, double scale) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(scale / static_cast<double>(i + 3));
  return values;
}

}  // namespace

TEST_CASE("a damaged chunk makes the store read-only with what to do; the rest can be read") {
  const TempFolder folder;
  const std::string path = folder.path() + "/s";
  {
    const auto store = open_store(path);
    // Two windows, each in a file of its own; the second one is larger.
    commit(*store, append_of("h1", 1, define(*store, host("h1")), kNoon, {noise(600, 1)}));
    commit(*store,
           append_of("h2", 1, define(*store, host("h2")), kNoon + 4 * kHour, {noise(4000, 2)}));
    REQUIRE(store->flush().has_value());
  }
  damage(path, ".sst");
  const auto store = open_store(path);
  const auto good = read_all(*store, "{host.name=\"h1\"}");
  CHECK(good.size() == 600);
  const auto bad = store->read(ids_of(*store, "{host.name=\"h2\"}"), 0, kNoon + kDay,
                               [](store::SeriesId, std::span<const Sample>) { return true; });
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().code == ErrorCode::kCorruption);
  CHECK(bad.error().message.find("capacity_metrics") != std::string::npos);
  CHECK(store->stats().read_only);
  const auto refused = store->commit(
      std::vector{append_of("h1", 2, define(*store, host("h1")), kNoon + kHour, {{1}})});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kUnavailable);
  CHECK(refused.error().message.find("headroom restore") != std::string::npos);
  CHECK(read_all(*store, "{host.name=\"h1\"}") == good);
  const auto report = store->verify({});
  REQUIRE(report.has_value());
  CHECK(report->problem_count >= 1);
  CHECK(report->samples == 600);
}

TEST_CASE("a write-ahead log that is damaged in its middle opens for reading alone") {
  const TempFolder folder;
  const std::string path = folder.path() + "/s";
  {
    const auto store = open_store(path);
    const auto group = define(*store, host("h1"));
    commit(*store, append_of("h1", 1, group, kNoon, {noise(600, 1)}));
    REQUIRE(store->flush().has_value());
    for (std::uint64_t i = 2; i < 40; ++i)
      commit(*store,
             append_of("h1", i, group, kNoon + static_cast<UnixMs>(i) * 600'000, {noise(600, 1)}));
  }
  damage(path, ".log");
  const auto store = open_store(path);
  CHECK(store->stats().read_only);
  CHECK(store->stats().cannot_write.find("headroom restore") != std::string::npos);
  CHECK(read_all(*store, "m", 0, kNoon + 600'000).size() == 600);
  CHECK(store->put(store::Table::kState, "rule/a", "1").error().code == ErrorCode::kUnavailable);
}

TEST_CASE("a backup made beside commits opens as a store of its own and verifies") {
  const TempFolder folder;
  const auto store = open_store(folder.path() + "/s");
  const auto group = define(*store, host("h1"));
  commit(*store, append_of("h1", 1, group, kNoon - 4 * kHour, {noise(600, 1)}));
  REQUIRE(store->flush().has_value());
  commit(*store, append_of("h1", 2, group, kNoon, {noise(600, 1)}));
  REQUIRE(store->put(store::Table::kState, "rule/a", "1").has_value());
  REQUIRE(store->backup(folder.path() + "/b").has_value());
  CHECK_FALSE(store->backup(folder.path() + "/b").has_value());
  commit(*store, append_of("h1", 3, group, kNoon + kHour, {{1, 2, 3}}));
  REQUIRE(store->flush().has_value());
  const auto copy = open_store(folder.path() + "/b");
  CHECK(read_all(*copy, "m").size() == 1200);
  CHECK(copy->cursor(stream_of("h1")).committed == 2);
  CHECK(copy->stats().recovered_batches == 1);
  CHECK(**copy->get(store::Table::kState, "rule/a") == "1");
  const auto report = copy->verify({});
  REQUIRE(report.has_value());
  CHECK(report->problem_count == 0);
  CHECK(report->samples >= 600);
  CHECK(report->journal_batches == 1);
  CHECK(read_all(*store, "m").size() == 1203);
}

TEST_CASE("below its reserve of free disk the store takes nothing, and goes on by itself") {
  const TempFolder folder;
  std::atomic<std::uint64_t> free = 10u << 20;
  auto options = store_options(folder.path() + "/s");
  options.reserve_bytes = 1u << 20;
  options.disk_space = [&] { return store::rocks::DiskSpace{free, 100u << 20}; };
  const auto store = open_store(options);
  const auto group = define(*store, host("h1"));
  commit(*store, append_of("h1", 1, group, kNoon, {{1}}));
  free = 1000;
  CHECK(store->stats().cannot_write.find("store.reserve_mib") != std::string::npos);
  const auto refused = store->commit(std::vector{append_of("h1", 2, group, kNoon + 1000, {{2}})});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kUnavailable);
  // What there is can still be read, and moved into chunks, which takes less room.
  REQUIRE(store->flush().has_value());
  CHECK(read_all(*store, "m").size() == 1);
  free = 2u << 20;
  commit(*store, append_of("h1", 2, group, kNoon + 1000, {{2}}));
  CHECK(store->stats().cannot_write.empty());
  // Of a small disk at most a tenth is kept free.
  store::rocks::DiskWatch small("/", 1u << 30, [] { return store::rocks::DiskSpace{101, 1000}; });
  CHECK(small.full(0).empty());
}

TEST_CASE(
    "a head that cannot be flushed is full at last, and nothing that was acknowledged is lost") {
  const TempFolder folder;
  auto options = store_options(folder.path() + "/s");
  options.head_bytes = 4096;
  auto store = open_store(options);
  const auto group = define(*store, host("h1"));
  std::uint64_t stored = 0;
  Status done;
  while (done && stored < 1000) {
    done = store->commit(std::vector{append_of(
        "h1", stored + 1, group, kNoon + static_cast<UnixMs>(stored) * 60'000, {noise(60, 1)})});
    if (done) ++stored;
  }
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == ErrorCode::kUnavailable);
  CHECK(done.error().message.find("head is full") != std::string::npos);
  REQUIRE(store->flush().has_value());
  commit(*store, append_of("h1", stored + 1, group, kNoon + static_cast<UnixMs>(stored) * 60'000,
                           {noise(60, 1)}));
  store.reset();
  CHECK(read_all(*open_store(options), "m").size() == 60 * (stored + 1));
}
