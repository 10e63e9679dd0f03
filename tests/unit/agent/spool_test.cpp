// The spool with real files: what goes in comes out, whatever happens to the process or the disk.
#include "agent/spool/spool.h"

#include <cmath>
#include <fstream>
#include <map>
#include <zlib.h>

#include "agent/spool/thin.h"
#include "common/codec/column.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace headroom::agent {
namespace {

// A whole minute.
constexpr UnixMs kNoon = 1'795'320'000'000;
static_assert(kNoon % kThinnedStepMs == 0);
constexpr wire::StreamId kStream{1};
constexpr wire::StreamId kOther{2};

LayoutPtr two_series() {
  static const LayoutPtr kLayout = [] {
    auto layout = std::make_shared<wire::Layout>();
    layout->number = 1;
    layout->series = {{"gauge", "1", Kind::kGauge, {{"a", "b"}}},
                      {"counter", "By", Kind::kCounter, {}}};
    return layout;
  }();
  return kLayout;
}

// Five seconds from noon + 5·(sequence - 1): the gauge is the second's number, the counter a
// hundred times it.
Backlog::Item item_of(std::uint64_t sequence, UnixMs shift = 0) {
  Backlog::Item item;
  item.first_sequence = item.last_sequence = sequence;
  item.batch = ClosedBatch{
      two_series(), kNoon + shift + 5000 * (static_cast<UnixMs>(sequence) - 1), 1000, 5, {}};
  for (const double factor : {1.0, 100.0}) {
    std::vector<double> values;
    for (int i = 0; i < 5; ++i)
      values.push_back(factor * (5.0 * (static_cast<double>(sequence) - 1) + i));
    codec::encode_column(values, item.batch->columns);
  }
  return item;
}

std::deque<Backlog::Item> items_of(std::uint64_t first, std::uint64_t last, UnixMs shift = 0) {
  std::deque<Backlog::Item> items;
  for (auto i = first; i <= last; ++i) items.push_back(item_of(i, shift));
  return items;
}

std::map<UnixMs, double> column_of(const std::vector<Backlog::Item>& items, std::size_t index) {
  std::map<UnixMs, double> found;
  for (const Backlog::Item& item : items) {
    if (!item.batch) continue;
    codec::Bytes rest = codec::as_bytes(item.batch->columns);
    std::vector<double> values(item.batch->steps);
    for (std::size_t i = 0; i <= index; ++i)
      rest = rest.subspan(*codec::decode_column(rest, values));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const UnixMs time = item.batch->start + static_cast<UnixMs>(item.batch->step_ms * i);
      REQUIRE(found.count(time) == 0);
      found[time] = values[i];
    }
  }
  return found;
}

struct Folder {
  test::TempFolder folder;
  std::string path = folder.path() + "/spool";

  Spool open(std::uint64_t limit = 1u << 20) {
    auto spool = Spool::open({path, limit, 0});
    if (!spool) FAIL(spool.error().message);
    return std::move(*spool);
  }
  std::vector<std::string> segments() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.path().extension() == ".segment") names.push_back(entry.path().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

// Every item that is still there, oldest first; the spool is empty afterwards.
std::vector<Backlog::Item> drain(Spool& spool) {
  std::vector<Backlog::Item> items;
  while (auto segment = spool.load_oldest()) {
    for (Backlog::Item& item : segment->items) items.push_back(std::move(item));
    spool.done();
  }
  return items;
}

TEST_CASE("what was spooled is there after a restart, in its stream and with its numbers") {
  Folder folder;
  {
    Spool spool = folder.open();
    REQUIRE(spool.append(kStream, items_of(7, 9)));
    REQUIRE(spool.append(kStream, items_of(10, 10)));
    REQUIRE(spool.append(kOther, items_of(1, 2)));
    CHECK(spool.segments() == 2);
  }
  Spool spool = folder.open();
  auto first = spool.load_oldest();
  REQUIRE(first.has_value());
  CHECK(first->header.stream == kStream);
  CHECK(first->header.first_sequence == 7);
  REQUIRE(first->items.size() == 4);
  CHECK(first->items[3].first_sequence == 10);
  CHECK(first->items[0].batch->layout->series == two_series()->series);
  CHECK(first->items[0].batch->columns == item_of(7).batch->columns);
  CHECK(first->items[0].batch->start == item_of(7).batch->start);
  CHECK(first->items[0].attempts == 1);
  spool.done();
  auto second = spool.load_oldest();
  REQUIRE(second.has_value());
  CHECK(second->header.stream == kOther);
  spool.done();
  CHECK(spool.empty());
  CHECK(spool.bytes() == 0);
  CHECK(folder.segments().empty());
}

TEST_CASE("a second process does not get a spool that is in use") {
  Folder folder;
  const Spool first = folder.open();
  const auto second = Spool::open({folder.path, 1u << 20, 0});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("a segment cut at any byte gives the batches before the cut and nothing wrong") {
  Folder folder;
  {
    Spool spool = folder.open();
    REQUIRE(spool.append(kStream, items_of(1, 3)));
  }
  const std::string path = folder.segments().at(0);
  const std::string whole = *read_file(path);
  std::size_t most = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto segment = parse_segment(codec::as_bytes(std::string_view(whole).substr(0, length)));
    CHECK(segment.has_value() == (length >= kSegmentHeaderBytes));
    if (!segment) continue;
    REQUIRE(segment->items.size() < 3);
    REQUIRE(segment->items.size() >= most);  // more bytes never give less
    most = segment->items.size();
    for (std::size_t i = 0; i < most; ++i)
      REQUIRE(segment->items[i].batch->columns == item_of(i + 1).batch->columns);
    REQUIRE(segment->damage.empty() == (segment->good_bytes == length));
  }
  CHECK(most == 2);
}

TEST_CASE("a segment with any byte changed gives a beginning of its batches and nothing wrong") {
  Folder folder;
  {
    Spool spool = folder.open();
    REQUIRE(spool.append(kStream, items_of(1, 3)));
  }
  const std::string whole = *read_file(folder.segments().at(0));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    const auto segment = parse_segment(codec::as_bytes(bytes));
    if (at < kSegmentHeaderBytes) {
      REQUIRE_FALSE(segment.has_value());
      continue;
    }
    REQUIRE(segment.has_value());
    REQUIRE_FALSE(segment->damage.empty());
    REQUIRE(segment->items.size() < 3);
    for (std::size_t i = 0; i < segment->items.size(); ++i)
      REQUIRE(segment->items[i].batch->columns == item_of(i + 1).batch->columns);
  }
}

TEST_CASE("a damaged segment is passed over, counted, and leaves the others") {
  Folder folder;
  {
    Spool spool = folder.open();
    REQUIRE(spool.append(kStream, items_of(1, 2)));
    REQUIRE(spool.append(kOther, items_of(1, 2)));
  }
  std::ofstream(folder.segments().at(0), std::ios::trunc) << "not a segment of anything at all……";
  Spool spool = folder.open();
  const auto items = drain(spool);
  CHECK(items.size() == 2);
  CHECK(spool.counters().segments_damaged == 1);
  CHECK(folder.segments().empty());
}

TEST_CASE("a segment of a later version is left to the version that wrote it") {
  Folder folder;
  {
    Spool spool = folder.open();
    REQUIRE(spool.append(kStream, items_of(1, 2)));
  }
  const std::string path = folder.segments().at(0);
  std::string bytes = *read_file(path);
  bytes[8] = 2;
  const auto checksum = ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), 36);
  for (int i = 0; i < 4; ++i)
    bytes[36 + static_cast<std::size_t>(i)] = static_cast<char>(checksum >> (8 * i));
  std::ofstream(path, std::ios::trunc | std::ios::binary) << bytes;
  Spool spool = folder.open();
  CHECK(spool.empty());
  CHECK_FALSE(spool.load_oldest().has_value());
  REQUIRE(spool.append(kStream, items_of(3, 3)));
  CHECK(drain(spool).size() == 1);
  CHECK(folder.segments() == std::vector<std::string>{path});
}

TEST_CASE("a segment that cannot be read for now is kept") {
  Folder folder;
  Spool spool = folder.open();
  REQUIRE(spool.append(kStream, items_of(1, 2)));
  const std::string path = folder.segments().at(0);
  // A folder in its place is something that cannot be read as a file.
  std::filesystem::rename(path, path + ".kept");
  std::filesystem::create_directory(path);
  CHECK_FALSE(spool.load_oldest().has_value());
  CHECK(spool.segments() == 1);
  std::filesystem::remove(path);
  std::filesystem::rename(path + ".kept", path);
  REQUIRE(spool.load_oldest().has_value());
}

TEST_CASE("over its limit the spool first thins the oldest, then gives it up, and says how much") {
  Folder folder;
  Spool spool = folder.open(128u << 10);
  std::uint64_t appended = 0;
  const auto append = [&](std::uint64_t count) {
    REQUIRE(spool.append(kStream, items_of(appended + 1, appended + count)));
    appended += count;
    REQUIRE(spool.bytes() <= 128u << 10);
  };
  while (spool.counters().samples_thinned == 0) append(20);
  CHECK(spool.counters().samples_dropped == 0);
  while (spool.counters().samples_dropped == 0) append(400);
  append(400);
  const std::uint64_t made = appended * 10;
  const auto items = drain(spool);
  std::uint64_t there = 0;
  std::uint64_t thinned = 0;
  std::uint64_t dropped = 0;
  std::uint64_t next = 1;
  for (const Backlog::Item& item : items) {
    REQUIRE(item.first_sequence == next);  // every sequence is accounted for
    next = item.last_sequence + 1;
    if (item.batch) there += std::uint64_t{item.batch->steps} * 2;
    if (item.batch) continue;
    (item.gap.reason == wire::GapReason::kThinned ? thinned : dropped) += item.gap.samples;
  }
  CHECK(next == appended + 1);
  CHECK(thinned > 0);
  CHECK(dropped > 0);
  CHECK(there + thinned + dropped == made);
}

TEST_CASE("a gauge is thinned to its mean in each minute and a counter to its first value in it") {
  // 12 batches of 5 s are a minute: 0 … 59 with mean 29.5, 60 … 119 with mean 89.5.
  std::vector<Backlog::Item> items;
  for (std::uint64_t i = 1; i <= 24; ++i) items.push_back(item_of(i));
  const Thinned thinned = thin(items);
  CHECK(column_of(thinned.items, 0) ==
        std::map<UnixMs, double>{{kNoon, 29.5}, {kNoon + 60'000, 89.5}});
  CHECK(column_of(thinned.items, 1) ==
        std::map<UnixMs, double>{{kNoon, 0}, {kNoon + 60'000, 6000}});
  REQUIRE(thinned.items.size() == 2);
  const wire::Gap& gap = thinned.items[0].gap;
  CHECK(gap.first_sequence == 1);
  CHECK(gap.last_sequence == 23);
  CHECK(gap.from == kNoon);
  CHECK(gap.to == kNoon + 120'000);
  CHECK(gap.samples == 24 * 5 * 2 - 2 * 2);
  CHECK(gap.reason == wire::GapReason::kThinned);
  CHECK(thinned.items[1].first_sequence == 24);
}

TEST_CASE("parts of a minute that are thinned one after the other get stamps of their own") {
  // 12:00:20 … 12:01:30 and 12:01:30 … 12:02:40, thinned apart.
  std::vector<Backlog::Item> first;
  std::vector<Backlog::Item> second;
  for (std::uint64_t i = 1; i <= 14; ++i) first.push_back(item_of(i, 20'000));
  for (std::uint64_t i = 15; i <= 28; ++i) second.push_back(item_of(i, 20'000));
  auto all = thin(first).items;
  for (Backlog::Item& item : thin(second).items) all.push_back(std::move(item));
  // Seconds 0 … 39 (mean 19.5), 40 … 69 (54.5); 70 … 99 (84.5), 100 … 139 (119.5).
  CHECK(column_of(all, 0) == std::map<UnixMs, double>{{kNoon + 20'000, 19.5},
                                                      {kNoon + 60'000, 54.5},
                                                      {kNoon + 90'000, 84.5},
                                                      {kNoon + 120'000, 119.5}});
}

TEST_CASE("what is not there at any second of a minute is missing in the minute") {
  Backlog::Item item = item_of(1);
  item.batch->columns.clear();
  codec::encode_column(std::vector<double>{missing_value(), 4, missing_value(), 8, 9},
                       item.batch->columns);
  codec::encode_column(std::vector<double>(5, missing_value()), item.batch->columns);
  const Thinned thinned = thin({item});
  CHECK(column_of(thinned.items, 0).at(kNoon) == 7);
  CHECK(is_missing(column_of(thinned.items, 1).at(kNoon)));
}

TEST_CASE("batches that would not get smaller, or cannot be decoded, are not thinned") {
  Backlog::Item slow = item_of(1);
  slow.batch->step_ms = 60'000;
  CHECK(thin({slow}).items[0].batch->columns == slow.batch->columns);
  Backlog::Item broken = item_of(1);
  broken.batch->columns = "\xff\xff";
  const Thinned kept = thin({broken});
  REQUIRE(kept.items.size() == 1);
  CHECK(kept.items[0].batch->columns == broken.batch->columns);
  CHECK(kept.samples_removed == 0);
}

TEST_CASE("a spool that would fill the disk refuses, and takes again when there is room") {
  Folder folder;
  auto spool = Spool::open({folder.path, 1u << 20, std::uint64_t{1} << 60});
  REQUIRE(spool.has_value());
  const Status refused = spool->append(kStream, items_of(1, 1));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kUnavailable);
  CHECK(spool->empty());
  CHECK(spool->counters().write_failures == 1);
}

TEST_CASE("what is being sent is neither thinned nor given up under the sender's hands") {
  Folder folder;
  Spool spool = folder.open(64u << 10);
  REQUIRE(spool.append(kStream, items_of(1, 40)));
  const auto loaded = spool.load_oldest();
  REQUIRE(loaded.has_value());
  std::uint64_t next = 41;
  while (spool.counters().samples_dropped == 0) {
    REQUIRE(spool.append(kStream, items_of(next, next + 399)));
    next += 400;
  }
  spool.release();
  const auto again = spool.load_oldest();
  REQUIRE(again.has_value());
  REQUIRE(again->items.size() == 40);
  CHECK(again->items[0].batch->columns == item_of(1).batch->columns);
}

TEST_CASE("sequences that the spool lost become a gap in the window they are sent from") {
  Backlog window(kStream, 1u << 20);
  window.push_item(item_of(5));
  window.push_item(item_of(9));
  window.push_item(item_of(9));  // a second time: left out
  CHECK(window.first_unacknowledged() == 5);
  const Backlog::Item* hole = window.at_or_after(6);
  REQUIRE(hole != nullptr);
  CHECK_FALSE(hole->batch.has_value());
  CHECK(hole->gap.first_sequence == 6);
  CHECK(hole->gap.last_sequence == 8);
  CHECK(hole->gap.reason == wire::GapReason::kSpoolCorrupt);
  CHECK(window.next_sequence() == 10);
}

}  // namespace
}  // namespace headroom::agent
