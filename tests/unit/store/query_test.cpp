// Questions across series, against values worked out by hand and against a plain recomputation.
#include "aggregator/store/query.h"

#include <atomic>
#include <cmath>
#include <map>
#include <random>

#include "aggregator/store/compensated_sum.h"
#include "tests/support/store_fixture.h"

using namespace headroom;
using namespace headroom::store;
using namespace headroom::test;

namespace {

Series load_of(const std::string& host, const std::string& service) {
  return {"load", "1", Kind::kGauge, {{"host.name", host}, {"service.name", service}}};
}

// Four hosts of two services, one value every ten seconds; a NaN is a missing value.
struct Fleet {
  Fleet() : store(open_store(folder.path())) {
    const double gone = missing_value();
    add("a", "web", {1, 2, 3});
    add("b", "web", {3, gone, 9});
    add("c", "web", {5, 6, gone});
    add("d", "db", {10, 20, 30});
  }

  void add(const std::string& host, const std::string& service, const std::vector<double>& values) {
    const auto group = store->define_group(std::vector<Series>{load_of(host, service)});
    REQUIRE(group.has_value());
    const auto append = append_of(host, 1, group->id, kNoon, {values}, 10'000);
    REQUIRE(store->commit(std::vector{append}).has_value());
  }

  std::vector<AcrossRow> ask(AcrossQuery query) const {
    if (query.windows.step_ms == 0) query.windows = {kNoon, kNoon + 30'000, 10'000, {}, 0.5};
    auto rows = query_across(*store, store->select({}), query);
    if (!rows) FAIL(rows.error().message);
    return std::move(*rows);
  }

  TempFolder folder;
  std::unique_ptr<Store> store;
};

std::vector<double> values_of(const AcrossRow& row) {
  std::vector<double> values;
  for (const Sample& sample : row.samples) values.push_back(sample.value);
  return values;
}

AcrossQuery across(Across how, std::vector<std::string> by = {}) {
  AcrossQuery query;
  query.across = how;
  query.by = std::move(by);
  return query;
}

}  // namespace

TEST_CASE("the series of a service are put together, and one without a value does not count") {
  const Fleet fleet;
  const auto rows = fleet.ask(across(Across::kSum, {"service.name"}));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].series.attributes == Attributes{{"service.name", "db"}});
  CHECK(rows[0].members == 1);
  CHECK(values_of(rows[0]) == std::vector<double>{10, 20, 30});
  CHECK(rows[1].members == 3);
  CHECK(values_of(rows[1]) == std::vector<double>{9, 8, 12});
  CHECK(rows[1].samples.front().time == kNoon);
  const auto web = [&](AcrossQuery query) { return values_of(fleet.ask(std::move(query))[1]); };
  CHECK(web(across(Across::kAvg, {"service.name"})) == std::vector<double>{3, 4, 6});
  CHECK(web(across(Across::kMin, {"service.name"})) == std::vector<double>{1, 2, 3});
  CHECK(web(across(Across::kMax, {"service.name"})) == std::vector<double>{5, 6, 9});
  CHECK(web(across(Across::kCount, {"service.name"})) == std::vector<double>{3, 2, 2});
  // R: quantile(c(1, 3, 5), 0.25) is 2, of c(2, 6) it is 3, of c(3, 9) it is 4.5.
  AcrossQuery quantile = across(Across::kQuantile, {"service.name"});
  quantile.across_quantile = 0.25;
  CHECK(web(quantile) == std::vector<double>{2, 3, 4.5});
}

TEST_CASE("without attributes all series of a metric are one group") {
  const Fleet fleet;
  const auto rows = fleet.ask(across(Across::kSum));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].series.attributes.empty());
  CHECK(values_of(rows[0]) == std::vector<double>{19, 28, 42});
}

TEST_CASE("an attribute that a series lacks is the empty text, and metrics never mix") {
  Fleet fleet;
  const auto group = fleet.store->define_group(
      std::vector<Series>{{"load", "1", Kind::kGauge, {{"host.name", "x"}}},
                          {"other", "By", Kind::kGauge, {{"host.name", "x"}}}});
  REQUIRE(fleet.store->commit(std::vector{append_of("x", 1, group->id, kNoon, {{7}, {8}}, 10'000)})
              .has_value());
  const auto rows = fleet.ask(across(Across::kMax, {"service.name"}));
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].series.attributes == Attributes{{"service.name", ""}});
  CHECK(values_of(rows[0]) == std::vector<double>{7});
  CHECK(rows[3].series.metric == "other");
}

TEST_CASE("the highest and the lowest by their mean come in order") {
  const Fleet fleet;
  // Means: a 2, b 6, c 5.5, d 20.
  const auto hosts = [&](AcrossQuery query) {
    std::string names;
    for (const AcrossRow& row : fleet.ask(query))
      names += attribute(row.series.attributes, "host.name");
    return names;
  };
  AcrossQuery top;
  top.top = 2;
  CHECK(hosts(top) == "db");
  top.top = 9;
  CHECK(hosts(top) == "dbca");
  AcrossQuery bottom;
  bottom.bottom = 3;
  CHECK(hosts(bottom) == "acb");
  bottom.bottom = 1;
  CHECK(fleet.ask(bottom)[0].mean == 2);
  AcrossQuery best = across(Across::kAvg, {"service.name"});
  best.top = 1;
  CHECK(fleet.ask(best)[0].series.attributes == Attributes{{"service.name", "db"}});
}

TEST_CASE("a question that cannot be meant or would hold too much is refused before it reads") {
  const Fleet fleet;
  const auto code = [&](const AcrossQuery& query) {
    return query_across(*fleet.store, fleet.store->select({}), query).error().code;
  };
  AcrossQuery query = across(Across::kSum, {"host.name"});
  CHECK(code(query) == ErrorCode::kInvalidArgument);  // no step
  // Four groups of half a million windows are just as many values as may be held.
  query.windows = {0, 500'000'000, 1000, {}, 0.5};
  CHECK(query_across(*fleet.store, fleet.store->select({}), query).has_value());
  query.windows.to += 1000;
  const auto refused = query_across(*fleet.store, fleet.store->select({}), query);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kLimitExceeded);
  CHECK(refused.error().message.find("longer step") != std::string::npos);
  query.top = 1;  // no more than two are held
  CHECK(query_across(*fleet.store, fleet.store->select({}), query).has_value());
  query.bottom = 1;
  CHECK(code(query) == ErrorCode::kInvalidArgument);
  AcrossQuery by_alone;
  by_alone.windows = {kNoon, kNoon + 1000, 1000, {}, 0.5};
  by_alone.by = {"host.name"};
  CHECK(code(by_alone) == ErrorCode::kInvalidArgument);
}

TEST_CASE("series of different units are not ranked") {
  Fleet fleet;
  const auto group =
      fleet.store->define_group(std::vector<Series>{{"other", "By", Kind::kGauge, {}}});
  REQUIRE(group.has_value());
  AcrossQuery query;
  query.windows = {kNoon, kNoon + 30'000, 10'000, {}, 0.5};
  query.top = 1;
  const auto refused = query_across(*fleet.store, fleet.store->select({}), query);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kInvalidArgument);
  CHECK(refused.error().message.find("different units") != std::string::npos);
  query.across = Across::kCount;  // numbers of series compare
  CHECK(query_across(*fleet.store, fleet.store->select({}), query).has_value());
}

TEST_CASE("a question that nobody wants any more ends as cancelled") {
  const Fleet fleet;
  AcrossQuery query = across(Across::kSum);
  query.windows = {kNoon, kNoon + 30'000, 10'000, {}, 0.5};
  const std::atomic<bool> cancelled = true;
  const auto answer = query_across(*fleet.store, fleet.store->select({}), query, {&cancelled, 0});
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == ErrorCode::kCancelled);
}

TEST_CASE("a sum keeps the digits that its order would cost") {
  CompensatedSum sum;  // Neumaier's own example, in which Kahan's sum gives 0
  for (const double term : {1.0, 1e100, 1.0, -1e100}) sum.add(term);
  CHECK(sum.value() == 2);
  CompensatedSum tenths;
  for (int i = 0; i < 1'000'000; ++i) tenths.add(0.1);
  CHECK(tenths.value() == Approx(100'000).epsilon(1e-16));
  CompensatedSum infinite;
  infinite.add(INFINITY);
  infinite.add(1);
  CHECK(std::isinf(infinite.value()));
}

TEST_CASE("whatever is asked, a plain recomputation gives the same") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto upto = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  const TempFolder folder;
  const auto store = open_store(folder.path());
  std::map<std::string, std::map<int, std::vector<double>>> expected;  // service → window → values
  for (int host = 0; host < 40; ++host) {
    const std::string name = "h" + std::to_string(host);
    const std::string service = "s" + std::to_string(upto(4));
    const auto group = store->define_group(std::vector<Series>{load_of(name, service)});
    std::vector<double> column;
    for (int i = 0; i < 60; ++i) {
      const bool there = upto(9) > 2;
      column.push_back(there ? upto(1000) / 8.0 : missing_value());
      if (there) expected[service][i].push_back(column.back());
    }
    REQUIRE(store->commit(std::vector{append_of(name, 1, group->id, kNoon, {column})}).has_value());
  }
  for (const Across how : {Across::kSum, Across::kAvg, Across::kMin, Across::kMax, Across::kCount,
                           Across::kQuantile}) {
    AcrossQuery query = across(how, {"service.name"});
    query.windows = {kNoon, kNoon + 60'000, 1000, {}, 0.5};
    query.across_quantile = upto(100) / 100.0;
    const auto rows = query_across(*store, store->select({}), query);
    REQUIRE(rows.has_value());
    REQUIRE(rows->size() == expected.size());
    for (const AcrossRow& row : *rows) {
      auto& windows = expected[row.series.attributes.front().value];
      REQUIRE(row.samples.size() == windows.size());
      for (const Sample& sample : row.samples) {
        auto& values = windows.at(static_cast<int>((sample.time - kNoon) / 1000));
        std::sort(values.begin(), values.end());
        double plain = 0;
        for (const double value : values) plain += value;
        const double place = query.across_quantile * static_cast<double>(values.size() - 1);
        const auto low = static_cast<std::size_t>(place);
        const double next = values[std::min(low + 1, values.size() - 1)];
        if (how == Across::kAvg) plain /= static_cast<double>(values.size());
        if (how == Across::kMin) plain = values.front();
        if (how == Across::kMax) plain = values.back();
        if (how == Across::kCount) plain = static_cast<double>(values.size());
        if (how == Across::kQuantile)
          plain = values[low] + (place - static_cast<double>(low)) * (next - values[low]);
        CHECK(sample.value == Approx(plain).epsilon(1e-14));
      }
    }
  }
}
