#include "agent/push/backlog.h"
#include "agent/push/batcher.h"
#include "common/codec/column.h"
#include "tests/support/catch.h"

using namespace headroom;
using namespace headroom::agent;

namespace {

constexpr UnixMs kStart = 1'795'326'869'000;

LayoutPtr layout_of(std::size_t series) {
  auto layout = std::make_shared<wire::Layout>();
  layout->series.resize(series);
  return layout;
}

ClosedBatch batch_of(UnixMs start, std::size_t bytes) {
  return {layout_of(2), start, 1000, 5, std::string(bytes, 'x')};
}

std::vector<double> column(const ClosedBatch& batch, std::size_t index) {
  codec::Bytes rest = codec::as_bytes(batch.columns);
  std::vector<double> values(batch.steps);
  for (std::size_t i = 0; i <= index; ++i) rest = rest.subspan(*codec::decode_column(rest, values));
  return values;
}

}  // namespace

TEST_CASE("grid points of one layout become one batch, column by column") {
  SampleSheet sheet;
  const Slot a = sheet.add_series({"a", "1", Kind::kGauge, {}});
  const Slot b = sheet.add_series({"b", "1", Kind::kGauge, {}});
  Batcher batcher(1000);
  for (int i = 0; i < 3; ++i) {
    sheet.clear_values();
    sheet.set(a, i);
    if (i != 1) sheet.set(b, 10.0 * i);
    CHECK_FALSE(batcher.add(kStart + 1000 * i, sheet).has_value());
  }
  const auto batch = batcher.close();
  REQUIRE(batch.has_value());
  CHECK(batch->start == kStart);
  CHECK(batch->steps == 3);
  CHECK(column(*batch, 0) == std::vector<double>{0, 1, 2});
  CHECK(is_missing(column(*batch, 1)[1]));
  CHECK(column(*batch, 1)[2] == 20);
  CHECK_FALSE(batcher.close().has_value());
}

TEST_CASE("a hole in the grid and a changed set of series each close the batch") {
  SampleSheet sheet;
  sheet.add_series({"a", "1", Kind::kGauge, {}});
  Batcher batcher(1000);
  CHECK_FALSE(batcher.add(kStart, sheet).has_value());
  const auto before_hole = batcher.add(kStart + 3000, sheet);
  REQUIRE(before_hole.has_value());
  CHECK(before_hole->steps == 1);
  const Slot b = sheet.add_series({"b", "1", Kind::kGauge, {}});
  const auto before_change = batcher.add(kStart + 4000, sheet);
  REQUIRE(before_change.has_value());
  CHECK(before_change->start == kStart + 3000);
  CHECK(before_change->layout->series.size() == 1);
  sheet.retire(b);
  const auto wide = batcher.add(kStart + 5000, sheet);
  REQUIRE(wide.has_value());
  CHECK(wide->layout->series.size() == 2);
  CHECK(wide->layout->number != before_change->layout->number);
}

TEST_CASE("acknowledged batches leave the backlog, the others stay in order") {
  Backlog backlog({}, 1 << 20);
  for (int i = 0; i < 5; ++i) backlog.push(batch_of(kStart + 5000 * i, 100));
  CHECK(backlog.first_unacknowledged() == 1);
  backlog.acknowledge(3);
  CHECK(backlog.first_unacknowledged() == 4);
  CHECK(backlog.at_or_after(1)->first_sequence == 4);
  CHECK(backlog.at_or_after(5)->first_sequence == 5);
  CHECK(backlog.at_or_after(6) == nullptr);
  backlog.acknowledge(5);
  CHECK(backlog.empty());
  CHECK(backlog.bytes() == 0);
  CHECK(backlog.first_unacknowledged() == 6);
}

TEST_CASE("a full backlog gives up its oldest batches and says exactly what is missing") {
  Backlog backlog({}, 3000);
  for (int i = 0; i < 10; ++i) backlog.push(batch_of(kStart + 5000 * i, 500));
  const Backlog::Item* first = backlog.at_or_after(1);
  REQUIRE(first != nullptr);
  REQUIRE_FALSE(first->batch.has_value());
  CHECK(first->gap.first_sequence == 1);
  CHECK(first->gap.last_sequence == backlog.batches_given_up());
  CHECK(first->gap.from == kStart);
  CHECK(first->gap.to == kStart + 5000 * static_cast<UnixMs>(backlog.batches_given_up()));
  CHECK(first->gap.samples == 10 * backlog.batches_given_up());
  CHECK(backlog.bytes() <= 3000);
  // What follows the gap is still there.
  const Backlog::Item* next = backlog.at_or_after(first->last_sequence + 1);
  REQUIRE(next != nullptr);
  CHECK(next->batch.has_value());
  CHECK(backlog.next_sequence() == 11);
}

TEST_CASE("the newest batch stays even if it alone is over the limit") {
  Backlog backlog({}, 100);
  backlog.push(batch_of(kStart, 5000));
  CHECK(backlog.at_or_after(1)->batch.has_value());
}

TEST_CASE("a gap of which a part turned out to be stored shrinks to the rest") {
  Backlog backlog({}, 1200);
  for (int i = 0; i < 6; ++i) backlog.push(batch_of(kStart + 5000 * i, 500));
  REQUIRE(backlog.at_or_after(1)->gap.last_sequence >= 3);
  backlog.acknowledge(2);
  CHECK(backlog.first_unacknowledged() == 3);
  CHECK(backlog.at_or_after(1)->gap.first_sequence == 3);
}

TEST_CASE("a batch that the aggregator will never take becomes a gap of its own") {
  Backlog backlog({}, 1 << 20);
  for (int i = 0; i < 3; ++i) backlog.push(batch_of(kStart + 5000 * i, 100));
  backlog.give_up(2, wire::GapReason::kSpoolCorrupt);
  CHECK(backlog.at_or_after(1)->batch.has_value());
  CHECK_FALSE(backlog.at_or_after(2)->batch.has_value());
  CHECK(backlog.at_or_after(2)->gap.reason == wire::GapReason::kSpoolCorrupt);
  CHECK(backlog.at_or_after(3)->batch.has_value());
}
