#include "aggregator/store/catalog.h"

#include <atomic>
#include <map>
#include <thread>

#include "tests/support/catalog_fixture.h"
#include "tests/support/catch.h"

using namespace headroom;
using namespace headroom::store;
using namespace headroom::test;

namespace {

constexpr UnixMs kDay = 86'400'000;

Series series_of(const std::string& metric, const std::string& host) {
  if (host.empty()) return {metric, "1", Kind::kGauge, {}};
  return {metric, "1", Kind::kGauge, {{"host.name", host}}};
}

std::vector<Series> layout_of(const std::string& host, int first, int end) {
  std::vector<Series> layout;
  for (int i = first; i < end; ++i) layout.push_back(series_of("m" + std::to_string(i), host));
  return layout;
}

std::vector<SeriesId> ids_of(const Catalog& catalog, const std::string& selector,
                             UnixMs since = Store::kForever) {
  std::vector<SeriesId> ids;
  for (const SeriesInfo& info : catalog.select(*parse_selector(selector), since))
    ids.push_back(info.id);
  return ids;
}

using Ids = std::vector<SeriesId>;
using Columns = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("the catalog's entries come back from their bytes, and cut ones are refused") {
  const Series series{"m", "By", Kind::kCounter, {{"a", "1"}, {"b", "2"}}};
  const std::string bytes = serialize(series);
  CHECK(*parse_series(bytes) == series);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    CHECK_FALSE(parse_series(std::string_view(bytes).substr(0, i)).has_value());
  const std::vector<SeriesId> members{3, 4, 5, 100, 2};
  CHECK(*parse_members(serialize_members(members)) == members);
  // Four varints, as docs/formats/store.md has them: 300 is ac 02.
  const CatalogNumbers numbers{300, 7, 5, 2};
  CHECK(serialize(numbers) == std::string("\xac\x02\x07\x05\x02", 5));
  CHECK(*parse_numbers("\xac\x02\x07\x05\x02") == numbers);
  CHECK_FALSE(parse_numbers("\xac\x02\x07\x05").has_value());
  CHECK_FALSE(parse_numbers(std::string("\x01\x00\x02\x00", 4)).has_value());
  CHECK(serialize_tombstone(258) == std::string("\0\0\0\0\0\0\x01\x02", 8));
  CHECK(*parse_tombstone(serialize_tombstone(kDay)) == kDay);
  CHECK_FALSE(parse_tombstone("1234567").has_value());
}

TEST_CASE("the same layout is the same group, and a series keeps its number in others") {
  Catalog catalog;
  const auto layout = layout_of("h", 0, 3);
  const auto first = define(catalog, layout);
  CHECK(first.group.kept == Columns{0, 1, 2});
  CHECK(first.series.size() == 3);
  CHECK(define(catalog, layout).nothing_to_write());
  const auto turned = define(catalog, {layout[2], layout[0], series_of("m9", "h")});
  CHECK(turned.group.id == 1);
  CHECK(turned.members == Ids{2, 0, 3});
  CHECK(catalog.members(1) == Ids{2, 0, 3});
  CHECK(catalog.columns(1) == 3);
  CHECK(catalog.columns(2) == 0);
  const auto places = catalog.places(2);
  REQUIRE(places.size() == 2);
  CHECK((places[0].group == 0 && places[0].column == 2));
  CHECK((places[1].group == 1 && places[1].column == 0));
  CHECK(catalog.places(1).size() == 1);
  CHECK(catalog.places(99).empty());
}

TEST_CASE("series that differ in unit or kind only are different ones") {
  Catalog catalog;
  const std::vector<Series> layout{
      {"m", "1", Kind::kGauge, {}}, {"m", "By", Kind::kGauge, {}}, {"m", "1", Kind::kCounter, {}}};
  CHECK(define(catalog, layout).members == Ids{0, 1, 2});
  const auto all = catalog.select(*parse_selector("m"));
  REQUIRE(all.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(*all[i].series == layout[i]);
}

TEST_CASE("a series that a layout names twice is kept once") {
  Catalog catalog;
  const auto plan =
      define(catalog, {series_of("a", "h"), series_of("b", "h"), series_of("a", "h")});
  CHECK(plan.group.kept == Columns{0, 1});
  const auto again =
      define(catalog, {series_of("b", "h"), series_of("b", "h"), series_of("c", "h")});
  CHECK(again.group.kept == Columns{0, 2});
  CHECK(again.members == Ids{1, 2});
  CHECK(catalog.report().capped.empty());
  CHECK(catalog.plan({}).error().code == ErrorCode::kInvalidArgument);
}

TEST_CASE("beyond a host's limit its other series are kept, and the report says what was not") {
  Catalog catalog({1000, 3});
  define(catalog, layout_of("other", 0, 3));
  const auto plan = define(catalog, layout_of("h", 0, 5));
  CHECK(plan.group.kept == Columns{0, 1, 2});
  CHECK(catalog.series_count() == 6);
  CHECK(ids_of(catalog, "{host.name=\"h\"}") == Ids{3, 4, 5});
  const auto report = catalog.report();
  CHECK(report.series == 6);
  CHECK(report.series_max == 1000);
  CHECK(report.series_per_host_max == 3);
  REQUIRE(report.capped.size() == 1);
  CHECK(report.capped[0].host == "h");
  CHECK(report.capped[0].series == 3);
  CHECK(report.capped[0].capped == 2);
  CHECK(report.capped[0].example == "m3{host.name=\"h\"}");
}

TEST_CASE("known series are kept at the limit, new ones beside them are not") {
  Catalog catalog({1000, 3});
  define(catalog, layout_of("h", 0, 3));
  auto layout = layout_of("h", 1, 5);  // m1 and m2 are known
  CHECK(define(catalog, layout).group.kept == Columns{0, 1});
  CHECK(catalog.report().capped.at(0).capped == 2);
  // A layout that fits takes the host out of the report.
  define(catalog, layout_of("h", 0, 2));
  CHECK(catalog.report().capped.empty());
}

TEST_CASE("where nothing of a layout fits the error says which limit, how much and what to raise") {
  Catalog by_host({1000, 2});
  define(by_host, layout_of("h", 0, 2));
  const auto refused = by_host.plan(layout_of("h", 5, 7));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kLimitExceeded);
  INFO(refused.error().message);
  CHECK(refused.error().message.find("host h has 2 series and may have 2") != std::string::npos);
  CHECK(refused.error().message.find("raise store.series_per_host_max") != std::string::npos);
  CHECK(by_host.report().capped.at(0).capped == 2);

  Catalog in_all({3, 1000});
  CHECK(define(in_all, layout_of("h", 0, 5)).group.kept == Columns{0, 1, 2});
  const auto full = in_all.plan(layout_of("i", 0, 1));
  REQUIRE_FALSE(full.has_value());
  INFO(full.error().message);
  CHECK(full.error().message.find("the store has 3 series and may have 3") != std::string::npos);
  CHECK(full.error().message.find("raise store.series_max") != std::string::npos);
  const auto report = in_all.report();
  REQUIRE(report.capped.size() == 2);
  CHECK(report.capped[0].host == "h");  // two, and so before the one of i
  CHECK(report.capped[1].series == 0);
}

TEST_CASE("series without a host count for the whole and for no host") {
  Catalog catalog({3, 1});
  CHECK(define(catalog, layout_of("", 0, 4)).group.kept == Columns{0, 1, 2});
  CHECK(catalog.report().capped.at(0).host.empty());
  CHECK_FALSE(catalog.has_host(""));
}

TEST_CASE("a decommissioned host is seen up to its end, and makes room for others") {
  Catalog catalog({3, 1000});
  define(catalog, layout_of("old", 0, 2));
  define(catalog, layout_of("new", 0, 1));
  REQUIRE(catalog.has_host("old"));
  CHECK_FALSE(catalog.has_host("unheard-of"));
  CHECK_FALSE(catalog.has_host("m0"));  // a text, but no host's name
  catalog.decommission("old", kDay);
  CHECK(ids_of(catalog, "{host.name=~\".+\"}") == Ids{2});
  CHECK(ids_of(catalog, "m0", kDay) == Ids{0, 2});
  CHECK(ids_of(catalog, "m0", kDay + 1) == Ids{2});
  CHECK(catalog.series_count() == 3);
  CHECK(catalog.report().series == 1);
  CHECK(catalog.report().decommissioned ==
        std::vector<std::pair<std::string, UnixMs>>{{"old", kDay}});
  CHECK(define(catalog, layout_of("newer", 0, 3)).group.kept == Columns{0, 1});
}

TEST_CASE("a decommissioned host that sends again is back with its series, beyond the limits too") {
  Catalog catalog({3, 1000});
  define(catalog, layout_of("old", 0, 2));
  catalog.decommission("old", kDay);
  define(catalog, layout_of("new", 0, 3));
  const auto plan = define(catalog, layout_of("old", 0, 3));
  CHECK(plan.back_again == std::vector<std::string>{"old"});
  CHECK(plan.group.kept == Columns{0, 1});
  CHECK(ids_of(catalog, "{host.name=\"old\"}") == Ids{0, 1});
  CHECK(catalog.report().series == 5);
  CHECK(catalog.report().decommissioned.empty());
  // Only new ones, none of which fits: it stays gone.
  catalog.decommission("old", kDay);
  CHECK_FALSE(catalog.plan(layout_of("old", 7, 8)).has_value());
  CHECK(catalog.report().decommissioned.size() == 1);
}

TEST_CASE("what expired is forgotten, its numbers are not given again, and a restart agrees") {
  CatalogDisk disk;
  {
    Catalog catalog;
    disk.define(catalog, layout_of("stays", 0, 2));
    disk.define(catalog, layout_of("goes", 0, 2));
    disk.define(catalog, layout_of("goes", 1, 2));
    disk.define(catalog, {series_of("m0", "stays"), series_of("m0", "goes")});
    disk.decommission(catalog, "goes", kDay);
    CHECK(catalog.plan_removal(kDay).nothing_to_write());
    const auto removal = catalog.plan_removal(kDay + 1);
    CHECK(removal.series == Ids{2, 3});
    CHECK(removal.groups == std::vector<GroupId>{1, 2});  // group 3 has one that stays
    CHECK(removal.hosts == std::vector<std::string>{"goes"});
    CHECK(removal.numbers == CatalogNumbers{4, 4, 2, 2});
    disk.remove(catalog, removal);
    CHECK(catalog.series_count() == 2);
    CHECK(catalog.group_count() == 2);
    CHECK(ids_of(catalog, "m0", 0) == Ids{0});
    CHECK(ids_of(catalog, "{host.name=\"goes\"}", 0).empty());
    CHECK(catalog.columns(1) == 0);
    CHECK(catalog.columns(3) == 2);
    CHECK(catalog.places(2).empty());
    CHECK_FALSE(catalog.has_host("goes"));
    CHECK(catalog.report().decommissioned.empty());
  }
  Catalog again;
  REQUIRE(disk.restore(again).has_value());
  CHECK(again.series_count() == 2);
  CHECK(again.places(2).empty());
  CHECK(again.places(0).size() == 2);
  const auto plan = disk.define(again, layout_of("goes", 0, 2));
  CHECK(plan.members == Ids{4, 5});
  CHECK(plan.group.id == 4);
  CHECK(plan.back_again.empty());
  // Holes in the middle now, and the numbers that were written are older than the newest series.
  Catalog third;
  REQUIRE(disk.restore(third).has_value());
  CHECK(third.series_count() == 4);
  CHECK(define(third, layout_of("goes", 0, 2)).nothing_to_write());
}

TEST_CASE("an entry that is lost, twice or out of place is corruption and not a hole") {
  CatalogDisk disk;
  Catalog catalog;
  disk.define(catalog, layout_of("a", 0, 2));
  disk.define(catalog, layout_of("b", 0, 2));
  const auto refused = [](const CatalogDisk& with) {
    Catalog restored;
    const Status done = with.restore(restored);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == ErrorCode::kCorruption);
    return done.error().message;
  };
  CatalogDisk lost = disk;
  lost.series.erase(1);
  CHECK(refused(lost).find("lacks 1 series and should lack 0") != std::string::npos);
  CatalogDisk lost_group = disk;
  lost_group.groups.erase(0);
  CHECK(refused(lost_group).find("lacks 1 groups and should lack 0") != std::string::npos);
  CatalogDisk twice = disk;
  twice.series[2] = twice.series[0];
  CHECK(refused(twice).find("out of order or twice") != std::string::npos);
  CatalogDisk beyond = disk;
  beyond.groups[1] = serialize_members(Ids{3, 4});
  CHECK(refused(beyond).find("names a series that the catalog lacks") != std::string::npos);
  CatalogDisk cut = disk;
  cut.series[3].pop_back();
  CHECK(refused(cut).find("cannot be read") != std::string::npos);
  Catalog backwards;
  REQUIRE(backwards.restore_series(1, disk.series[1]).has_value());
  CHECK_FALSE(backwards.restore_series(0, disk.series[0]).has_value());
}

TEST_CASE("ends of hosts survive a restart") {
  CatalogDisk disk;
  Catalog catalog;
  disk.define(catalog, layout_of("a", 0, 2));
  disk.define(catalog, layout_of("b", 0, 2));
  disk.decommission(catalog, "a", kDay);
  Catalog again;
  REQUIRE(disk.restore(again).has_value());
  CHECK(ids_of(again, "m1") == Ids{3});
  CHECK(again.report().series == 2);
  disk.define(again, layout_of("a", 0, 2));
  Catalog back;
  REQUIRE(disk.restore(back).has_value());
  CHECK(ids_of(back, "m1") == Ids{1, 3});
}

TEST_CASE("readers beside a writer see every layout whole and in order") {
  Catalog catalog;
  constexpr int kHosts = 400;
  constexpr int kSeries = 20;
  std::atomic<int> defined = 0;
  std::thread writer([&] {
    for (int host = 0; host < kHosts; ++host) {
      define(catalog, layout_of("h" + std::to_string(host), 0, kSeries));
      if (host % 10 == 3) catalog.decommission("h" + std::to_string(host), kDay);
      if (host % 50 == 49) catalog.apply(catalog.plan_removal(kDay + 1));
      defined = host + 1;
    }
  });
  const auto read = [&] {
    const Selector all = *parse_selector("{host.name=~\"h.*[0-24-9]\"}");
    const Selector one = *parse_selector("m7");
    bool fine = true;
    while (fine && defined < kHosts) {
      const int before = defined;
      const auto selected = catalog.select(all);
      fine = selected.size() % kSeries == 0 &&
             static_cast<int>(selected.size()) / kSeries >= before * 9 / 10;
      for (std::size_t i = 1; i < selected.size(); ++i)
        fine = fine && selected[i - 1].id < selected[i].id;
      for (const SeriesInfo& info : catalog.select(one)) {
        fine = fine && info.series->metric == "m7" && catalog.places(info.id).size() <= 1;
      }
      static_cast<void>(catalog.report());
    }
    return fine;
  };
  bool other = false;
  std::thread reader([&] { other = read(); });
  const bool mine = read();
  reader.join();
  writer.join();
  CHECK(mine);
  CHECK(other);
  CHECK(catalog.series_count() == kHosts * kSeries * 9 / 10);
}
