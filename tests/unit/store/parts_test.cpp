#include <random>

#include "aggregator/store/aggregate.h"
#include "aggregator/store/chunk.h"
#include "aggregator/store/journal.h"
#include "aggregator/store/merge.h"
#include "aggregator/store/selector.h"
#include "common/codec/column.h"
#include "tests/support/catch.h"
#include "tests/support/seed.h"

using namespace headroom;
using namespace headroom::store;
using headroom::test::test_seed;

namespace {

bool selects(const std::string& text, const Series& series) {
  const auto selector = parse_selector(text);
  INFO(text);
  REQUIRE(selector.has_value());
  return selector->matches(series);
}

}  // namespace

TEST_CASE("a selector matches by name and attributes, absent ones as empty text") {
  const Series series{
      "system.cpu.utilization", "1", Kind::kGauge, {{"cpu.mode", "user"}, {"host.name", "web-1"}}};
  CHECK(selects("system.cpu.utilization", series));
  CHECK(selects(" system.cpu.utilization { host.name = \"web-1\" , cpu.mode=~\"user|system\" } ",
                series));
  CHECK(selects("{host.name!=\"db\"}", series));
  CHECK(selects("{rack=\"\"}", series));
  CHECK(selects("{cpu.mode!~\"sys.*\"}", series));
  CHECK(selects("{__name__=~\"system\\..*\"}", series));
  CHECK_FALSE(selects("system.cpu", series));
  CHECK_FALSE(selects("{cpu.mode=~\"use\"}", series));  // anchored on both sides
  CHECK_FALSE(selects("{rack=~\".+\"}", series));
}

TEST_CASE("a selector that cannot be read says what was expected where") {
  const std::pair<const char*, const char*> cases[] = {{"", "expected"},
                                                       {"{}", "at least one matcher"},
                                                       {"{a}", "one of = != =~ !~"},
                                                       {"{a=b}", "a value in double quotes"},
                                                       {"{a=\"b}", "a closing quote"},
                                                       {"{a=\"b\" c=\"d\"}", "',' or '}'"},
                                                       {"m{a=\"b\"} x", "the end at position 10"},
                                                       {"{a=~\"(\"}", "regular expression '('"}};
  for (const auto& [text, wanted] : cases) {
    const auto selector = parse_selector(text);
    INFO(text);
    REQUIRE_FALSE(selector.has_value());
    INFO(selector.error().message);
    CHECK(selector.error().message.find(wanted) != std::string::npos);
  }
  CHECK(parse_selector(std::string(kSelectorBytes + 1, 'a')).error().code ==
        ErrorCode::kLimitExceeded);
  std::string many = "{";
  for (std::size_t i = 0; i <= kSelectorMatchers; ++i) many += "a=\"b\",";
  CHECK(parse_selector(many + "}").error().code == ErrorCode::kLimitExceeded);
}

TEST_CASE("a regular expression that explodes elsewhere is answered in linear time") {
  const Series series{"m", "1", Kind::kGauge, {{"a", std::string(500, 'a')}}};
  CHECK_FALSE(selects("{a=~\"(a+)+b\"}", series));
}

TEST_CASE("a window's average, extremes, sum, count and last are those of its samples") {
  const std::vector<Sample> samples{{0, 1},      {1000, 2},   {2000, 6},
                                    {10'000, 5}, {19'999, 7}, {20'000, 1}};
  const auto one = [&](Aggregate how) { return aggregate(samples, 0, 10'000, how); };
  CHECK(one(Aggregate::kAvg) == std::vector<Sample>{{0, 3}, {10'000, 6}, {20'000, 1}});
  CHECK(one(Aggregate::kMin) == std::vector<Sample>{{0, 1}, {10'000, 5}, {20'000, 1}});
  CHECK(one(Aggregate::kMax) == std::vector<Sample>{{0, 6}, {10'000, 7}, {20'000, 1}});
  CHECK(one(Aggregate::kSum) == std::vector<Sample>{{0, 9}, {10'000, 12}, {20'000, 1}});
  CHECK(one(Aggregate::kCount) == std::vector<Sample>{{0, 3}, {10'000, 2}, {20'000, 1}});
  CHECK(one(Aggregate::kLast) == std::vector<Sample>{{0, 6}, {10'000, 7}, {20'000, 1}});
}

TEST_CASE("a rate counts through a reset from zero, and begins at the sample before the window") {
  // 0, 10, 30 | reset: 5, 25 | 45: increases 30 in 20 s; 5 + 20 in 20 s; 20 in 10 s.
  const std::vector<Sample> samples{{0, 0},      {10'000, 10}, {20'000, 30},
                                    {30'000, 5}, {40'000, 25}, {50'000, 45}};
  const auto rates = aggregate(samples, 10'000, 20'000, Aggregate::kRate);
  REQUIRE(rates.size() == 3);
  CHECK(rates[0] == Sample{10'000, 1.5});
  CHECK(rates[1] == Sample{30'000, 1.25});
  CHECK(rates[2] == Sample{50'000, 2.0});
}

TEST_CASE("windows before the range give nothing, and holes stay holes") {
  const std::vector<Sample> samples{{5'000, 1}, {45'000, 2}};
  CHECK(aggregate(samples, 10'000, 10'000, Aggregate::kAvg) == std::vector<Sample>{{40'000, 2}});
}

TEST_CASE("a chunk of changed bytes is refused or read, never past its end") {
  const auto seed = test_seed();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::vector<UnixMs> times;
  for (UnixMs i = 0; i < 60; ++i)
    times.push_back(7'200'000 * 1000LL + i * 1000 + (i > 30 ? 500 : 0));
  ChunkBuilder builder(times);
  std::vector<double> values(60);
  for (int column = 0; column < 5; ++column) {
    for (double& value : values) value = static_cast<double>(random() % 1000) / 10;
    builder.add_column(values);
  }
  SketchColumn sketches{2, std::vector<std::string>(60)};
  sketches.sketches[7] = "seven";
  builder.add_sketches(sketches);
  const std::string good = builder.finish();
  {
    const auto view = ChunkView::open(codec::as_bytes(good));
    REQUIRE(view.has_value());
    CHECK(view->runs().size() == 2);
    CHECK(view->sketches()->at(0).sketches[7] == "seven");
  }
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::uint8_t> changed(good.begin(), good.end());
    if (random() % 4 == 0) changed.resize(random() % changed.size());
    for (std::uint64_t i = 0; i <= random() % 4 && !changed.empty(); ++i) {
      changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    }
    const auto view = ChunkView::open(codec::Bytes(changed));
    if (!view) {
      ++refused;
      continue;
    }
    std::vector<Sample> samples;
    for (std::size_t column = 0; column < view->columns() && column < 8; ++column) {
      if (!view->read(column, 0, 4'000'000'000'000, samples)) ++refused;
    }
    if (!view->sketches()) ++refused;
  }
  CHECK(refused > 100);
}

// The example of docs/formats/chunk.md, worked out there by hand: two series, five seconds, and a
// hole of seven seconds between the third and the fourth.
TEST_CASE("the golden chunk of format 2 is still read") {
  const std::vector<std::uint8_t> bytes{0x02, 0x02, 0x80, 0x96, 0xdc, 0x8e, 0xa0, 0x34, 0xe8,
                                        0x07, 0x03, 0x90, 0x4e, 0xe8, 0x07, 0x02, 0x02, 0x05,
                                        0x02, 0x00, 0x13, 0x02, 0x02, 0x00, 0x00, 0x01, 0x54};
  const auto view = ChunkView::open(codec::Bytes(bytes));
  REQUIRE(view.has_value());
  const UnixMs start = 1'795'327'200'000;
  std::vector<Sample> samples;
  REQUIRE(view->read(0, 0, 4'000'000'000'000, samples).has_value());
  CHECK(samples == std::vector<Sample>{{start, 1},
                                       {start + 1000, 2},
                                       {start + 2000, 3},
                                       {start + 10'000, 4},
                                       {start + 11'000, 5}});
  samples.clear();
  REQUIRE(view->read(1, start + 1000, start + 11'000, samples).has_value());
  CHECK(samples ==
        std::vector<Sample>{{start + 1000, 42}, {start + 2000, 42}, {start + 10'000, 42}});
}

TEST_CASE("a journal entry of changed bytes is refused or read, never past its end") {
  const auto seed = test_seed();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::string entry;
  std::string columns;
  codec::encode_column(std::vector<double>{1, 2, 3}, columns);
  append_record({1, 5, 0, 0, 7, 1'795'348'800'000, 1000, 3, codec::as_bytes(columns)}, entry);
  append_record({2, 9, 4, 400, 0, 0, 0, 0, {}}, entry);
  std::vector<JournalRecord> records;
  const auto keep = [&](const JournalRecord& record) -> Status {
    records.push_back(record);
    return {};
  };
  REQUIRE(parse_entry(codec::as_bytes(entry), keep).has_value());
  REQUIRE(records.size() == 2);
  CHECK(records[0].group == 7);
  CHECK(records[0].columns.size() == columns.size());
  CHECK(records[1].lost_samples == 400);
  CHECK(records[1].steps == 0);
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::uint8_t> changed(entry.begin(), entry.end());
    if (random() % 4 == 0) changed.resize(random() % changed.size());
    if (!changed.empty()) changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    std::uint64_t bytes = 0;
    const Status read =
        parse_entry(codec::Bytes(changed), [&](const JournalRecord& record) -> Status {
          bytes += record.columns.size();
          return {};
        });
    CHECK(bytes <= changed.size());
    refused += read ? 0 : 1;
  }
  CHECK(refused > 100);
}

TEST_CASE("pieces merge by time: a later value stays, a missing one takes nothing away") {
  const double none = missing_value();
  std::string first;
  codec::encode_column(std::vector<double>{1, 2, 3}, first);
  std::string second;
  codec::encode_column(std::vector<double>{20, none, 40}, second);
  Merger merger(
      {{{{1000, 1000, 3}}, codec::as_bytes(first)}, {{{2000, 1000, 3}}, codec::as_bytes(second)}});
  CHECK(std::vector<UnixMs>(merger.times().begin(), merger.times().end()) ==
        std::vector<UnixMs>{1000, 2000, 3000, 4000});
  const auto values = merger.next();
  REQUIRE(values.has_value());
  CHECK(std::vector<double>(values->begin(), values->end()) == std::vector<double>{1, 20, 3, 40});
}
