#include "aggregator/store/rocks/rocks_store.h"

#include <map>
#include <random>
#include <thread>

#include <rocksdb/db.h>

#include "tests/support/store_fixture.h"

using namespace headroom;
using namespace headroom::test;

namespace {

const std::vector<Series> kTwo{{"a", "1", Kind::kGauge, {{"host.name", "h1"}}},
                               {"b", "By", Kind::kCounter, {{"host.name", "h1"}}}};

}  // namespace

TEST_CASE("what was committed is read back, from memory and after a restart") {
  const TempFolder folder;
  {
    const auto store = open_store(folder.path() + "/s");
    const auto group = store->define_group(kTwo);
    REQUIRE(group.has_value());
    REQUIRE(
        store->commit(std::vector{append_of("h1", 1, group->id, kNoon, {{1, 2, 3}, {10, 20, 30}})})
            .has_value());
    CHECK(read_all(*store, "a") ==
          std::vector<Sample>{{kNoon, 1}, {kNoon + 1000, 2}, {kNoon + 2000, 3}});
  }
  const auto store = open_store(folder.path() + "/s");
  CHECK(read_all(*store, "b") ==
        std::vector<Sample>{{kNoon, 10}, {kNoon + 1000, 20}, {kNoon + 2000, 30}});
  CHECK(store->cursor(stream_of("h1")).committed == 1);
  CHECK(store->cursor(stream_of("h1")).samples == 6);
  CHECK(store->stats().recovered_batches == 1);
  CHECK(store->stats().batches_stored_twice == 0);
}

TEST_CASE("flushing into chunks changes no answer and empties the journal") {
  const TempFolder folder;
  std::vector<Sample> before;
  {
    const auto store = open_store(folder.path() + "/s");
    const auto group = store->define_group(kTwo)->id;
    for (std::uint64_t i = 0; i < 50; ++i) {
      const auto value = static_cast<double>(i);
      REQUIRE(store
                  ->commit(std::vector{append_of("h1", i + 1, group,
                                                 kNoon + static_cast<UnixMs>(i) * 2000,
                                                 {{value, value + 0.5}, {0, missing_value()}})})
                  .has_value());
    }
    before = read_all(*store, "{host.name=\"h1\"}");
    REQUIRE(before.size() == 150);
    REQUIRE(store->flush().has_value());
    CHECK(store->stats().head_batches == 0);
    CHECK(read_all(*store, "{host.name=\"h1\"}") == before);
  }
  const auto store = open_store(folder.path() + "/s");
  CHECK(store->stats().recovered_batches == 0);
  CHECK(read_all(*store, "{host.name=\"h1\"}") == before);
  CHECK(store->stats().oldest == kNoon);
  CHECK(store->stats().newest == kNoon + 99'000);
}

TEST_CASE("samples keep their place across windows, flushes and both ends of a range") {
  const TempFolder folder;
  const auto store = open_store(folder.path() + "/s");
  const auto group = store->define_group(kTwo)->id;
  // 25 hours at one minute, in batches that straddle the two-hour windows; flushed now and then.
  std::map<UnixMs, double> expected;
  std::uint64_t sequence = 0;
  for (int batch = 0; batch < 100; ++batch) {
    std::vector<double> values;
    const UnixMs start = kNoon + batch * 15 * 60'000;
    for (int i = 0; i < 15; ++i) {
      values.push_back(batch * 100 + i);
      expected[start + i * 60'000] = values.back();
    }
    REQUIRE(store
                ->commit(std::vector{
                    append_of("h1", ++sequence, group, start, {values, values}, 60'000)})
                .has_value());
    if (batch % 17 == 3) REQUIRE(store->flush().has_value());
  }
  for (const auto& [from, to] : std::vector<std::pair<UnixMs, UnixMs>>{
           {0, 4'000'000'000'000},
           {kNoon + 60'000, kNoon + 61'000},
           {kNoon + 7'000'000, kNoon + 40'000'000},
           {kNoon, kNoon},
           {kNoon + 200 * 3'600'000LL, kNoon + 300 * 3'600'000LL}}) {
    std::vector<Sample> wanted;
    for (const auto& [time, value] : expected) {
      if (time >= from && time < to) wanted.push_back({time, value});
    }
    CHECK(read_all(*store, "a", from, to) == wanted);
  }
}

TEST_CASE("samples that come late or again are merged, and the one committed later stays") {
  const TempFolder folder;
  const auto store = open_store(folder.path() + "/s");
  const auto group = store->define_group(kTwo)->id;
  REQUIRE(store->commit(std::vector{append_of("h1", 1, group, kNoon + 10'000, {{10, 11}, {0, 0}})})
              .has_value());
  REQUIRE(store->flush().has_value());
  REQUIRE(
      store->commit(std::vector{append_of("h1", 2, group, kNoon, {{1, 2}, {0, 0}})}).has_value());
  REQUIRE(store->commit(std::vector{append_of("h1", 3, group, kNoon + 11'000, {{99}, {0}})})
              .has_value());
  const std::vector<Sample> wanted{
      {kNoon, 1}, {kNoon + 1000, 2}, {kNoon + 10'000, 10}, {kNoon + 11'000, 99}};
  CHECK(read_all(*store, "a") == wanted);
  REQUIRE(store->flush().has_value());
  CHECK(read_all(*store, "a") == wanted);
}

TEST_CASE("a later batch that misses a value does not take away the one that was there") {
  const TempFolder folder;
  const auto store = open_store(folder.path() + "/s");
  const auto group = store->define_group(kTwo)->id;
  const double none = missing_value();
  REQUIRE(store->commit(std::vector{append_of("h1", 1, group, kNoon, {{1, 2, 3}, {0, 0, 0}})})
              .has_value());
  REQUIRE(
      store->commit(std::vector{append_of("h1", 2, group, kNoon, {{none, 20, none}, {0, 0, 0}})})
          .has_value());
  REQUIRE(
      store->commit(std::vector{append_of("h1", 3, group, kNoon, {{none, none, 30}, {0, 0, 0}})})
          .has_value());
  const std::vector<Sample> wanted{{kNoon, 1}, {kNoon + 1000, 20}, {kNoon + 2000, 30}};
  CHECK(read_all(*store, "a") == wanted);
  REQUIRE(store->flush().has_value());
  CHECK(read_all(*store, "a") == wanted);
}

TEST_CASE("a commit is all or nothing, and a batch that does not follow its cursor is refused") {
  const TempFolder folder;
  const auto store = open_store(folder.path() + "/s");
  const auto group = store->define_group(kTwo)->id;
  REQUIRE(store->commit(std::vector{append_of("h1", 1, group, kNoon, {{1}, {1}})}).has_value());
  for (const std::uint64_t wrong : {1ULL, 3ULL}) {
    const Status refused =
        store->commit(std::vector{append_of("h2", 1, group, kNoon, {{7}, {7}}),
                                  append_of("h1", wrong, group, kNoon + 1000, {{2}, {2}})});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kInvalidArgument);
  }
  CHECK(store->cursor(stream_of("h2")).committed == 0);
  CHECK(read_all(*store, "a") == std::vector<Sample>{{kNoon, 1}});
}

TEST_CASE("gaps and batches that an agent no longer has are counted as lost") {
  const TempFolder folder;
  {
    const auto store = open_store(folder.path() + "/s");
    const auto group = store->define_group(kTwo)->id;
    store::Append gap;
    gap.stream = stream_of("h1");
    gap.first_sequence = 1;
    gap.last_sequence = 4;
    gap.lost_samples = 400;
    store::Append after = append_of("h1", 8, group, kNoon, {{1}, {1}});
    after.lost_before = 3;
    REQUIRE(store->commit(std::vector{gap, after}).has_value());
  }
  const auto cursor = open_store(folder.path() + "/s")->cursor(stream_of("h1"));
  CHECK(cursor.committed == 8);
  CHECK(cursor.lost_batches == 7);
  CHECK(cursor.lost_samples == 400);
  CHECK(cursor.batches == 1);
}

TEST_CASE("a second store on the same folder is refused with what to do") {
  const TempFolder folder;
  const auto first = open_store(folder.path() + "/s");
  const auto second = store::rocks::open({folder.path() + "/s"});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == ErrorCode::kAlreadyExists);
  CHECK(second.error().message.find("in use by another process") != std::string::npos);
}

TEST_CASE("a store of another format version is refused with what to do, and not touched") {
  const TempFolder folder;
  const std::string path = folder.path() + "/s";
  {
    const auto store = open_store(path);
  }
  const auto set_format = [&](std::uint64_t format) {
    std::vector<std::string> names;
    REQUIRE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    REQUIRE(rocksdb::DB::Open({}, path, families, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    std::string number;
    codec::put_be(number, format);
    for (auto* handle : handles) {
      if (handle->GetName() == "meta") REQUIRE(db->Put({}, handle, "format", number).ok());
      db->DestroyColumnFamilyHandle(handle);
    }
  };
  set_format(store::rocks::kStoreFormat + 1);
  const auto newer = store::rocks::open({path});
  REQUIRE_FALSE(newer.has_value());
  CHECK(newer.error().code == ErrorCode::kUnsupported);
  CHECK(newer.error().message.find("install the newer version") != std::string::npos);
  set_format(store::rocks::kStoreFormat);
  CHECK(store::rocks::open({path}).has_value());
}

TEST_CASE("the catalog survives restarts and gives the same numbers again") {
  const TempFolder folder;
  store::GroupId first = 0;
  {
    const auto store = open_store(folder.path() + "/s");
    first = store->define_group(kTwo)->id;
    REQUIRE(store->define_group(std::vector<Series>{kTwo[1]}).has_value());
  }
  const auto store = open_store(folder.path() + "/s");
  CHECK(store->define_group(kTwo)->id == first);
  CHECK(store->stats().series == 2);
  CHECK(store->stats().groups == 2);
}

TEST_CASE("a series that moves between groups reads as one") {
  const TempFolder folder;
  const auto store = open_store(folder.path() + "/s");
  const auto both = store->define_group(kTwo)->id;
  const auto alone = store->define_group(std::vector<Series>{kTwo[0]})->id;
  REQUIRE(store->commit(std::vector{append_of("h1", 1, both, kNoon, {{1}, {1}})}).has_value());
  REQUIRE(store->commit(std::vector{append_of("h1", 2, alone, kNoon + 1000, {{2}})}).has_value());
  REQUIRE(store->flush().has_value());
  REQUIRE(
      store->commit(std::vector{append_of("h1", 3, both, kNoon + 2000, {{3}, {3}})}).has_value());
  CHECK(read_all(*store, "a") ==
        std::vector<Sample>{{kNoon, 1}, {kNoon + 1000, 2}, {kNoon + 2000, 3}});
}

TEST_CASE("series beyond the limit are refused, and the ones that are known go on") {
  const TempFolder folder;
  store::rocks::Options options;
  options.path = folder.path() + "/s";
  options.background_flush = false;
  options.series_max = 2;
  const auto store = store::rocks::open(options);
  REQUIRE(store.has_value());
  const auto group = (*store)->define_group(kTwo);
  REQUIRE(group.has_value());
  const auto refused = (*store)->define_group(std::vector<Series>{{"c", "1", Kind::kGauge, {}}});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kLimitExceeded);
  CHECK((*store)->define_group(kTwo)->id == group->id);
  REQUIRE(
      (*store)->commit(std::vector{append_of("h1", 1, group->id, kNoon, {{1}, {2}})}).has_value());
  CHECK((*store)->stats().series == 2);
}

TEST_CASE("small state is kept by table and listed by prefix") {
  const TempFolder folder;
  using store::Table;
  {
    const auto store = open_store(folder.path() + "/s");
    REQUIRE(store->put(Table::kState, "rule/b", "2").has_value());
    REQUIRE(store->put(Table::kState, "rule/a", "1").has_value());
    REQUIRE(store->put(Table::kState, "forecast/x", "3").has_value());
    REQUIRE(store->put(Table::kScalingEvents, "rule/a", "other").has_value());
    REQUIRE(store->erase(Table::kState, "rule/b").has_value());
  }
  const auto store = open_store(folder.path() + "/s");
  const auto rows = store->list(Table::kState, "rule/");
  REQUIRE(rows.has_value());
  CHECK(*rows == std::vector<std::pair<std::string, std::string>>{{"rule/a", "1"}});
  CHECK(store->get(Table::kState, "rule/b")->has_value() == false);
  CHECK(**store->get(Table::kScalingEvents, "rule/a") == "other");
}

TEST_CASE("readers beside commits and flushes see whole batches, each sample once") {
  const TempFolder folder;
  const auto store = open_store(folder.path() + "/s");
  const auto group = store->define_group(kTwo)->id;
  constexpr std::uint64_t kBatches = 400;
  std::atomic<std::uint64_t> committed = 0;
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < kBatches; ++i) {
      const UnixMs start = kNoon + static_cast<UnixMs>(i) * 4000;
      const auto v = static_cast<double>(i);
      const Status done = store->commit(
          std::vector{append_of("h1", i + 1, group, start, {{v, v, v, v}, {0, 0, 0, 0}})});
      HEADROOM_ASSERT(done.has_value());
      committed = i + 1;
      if (i % 25 == 0) HEADROOM_ASSERT(store->flush().has_value());
    }
  });
  bool fine = true;
  while (committed < kBatches) {
    const std::uint64_t before = committed;
    const std::vector<Sample> samples = read_all(*store, "a");
    fine = fine && samples.size() >= before * 4 && samples.size() % 4 == 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      fine = fine && samples[i].time == kNoon + static_cast<UnixMs>(i) * 1000;
    }
  }
  writer.join();
  CHECK(fine);
  CHECK(read_all(*store, "a").size() == kBatches * 4);
}
