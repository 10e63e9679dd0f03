// Time zones, against files of tzdata 2025b (see tests/fixtures/README.md) and the offsets that
// Python 3.11's zoneinfo reads from the same release.
#include "common/base/time_zone.h"

#include <array>

#include "common/base/file.h"
#include "common/base/posix_tz.h"
#include "common/base/text.h"
#include "common/base/tzif.h"
#include "tests/support/catch.h"

namespace headroom {
namespace {

const std::string kRoot = std::string(HEADROOM_FIXTURES) + "/zoneinfo";

std::string recorded(const std::string& name) {
  auto bytes = read_file(kRoot + "/" + name);
  REQUIRE(bytes);
  return *bytes;
}

std::int64_t seconds(const std::string& rfc3339) {
  const auto time = parse_time(rfc3339);
  REQUIRE(time);
  return *time / 1000;
}

TimeZone zone(const std::string& name) {
  auto loaded = TimeZone::load(name, kRoot);
  REQUIRE(loaded);
  return *loaded;
}

// No byte of a damaged file may make more of it than this.
void check_usable(const TimeZone& zone) {
  const auto spans = zone.spans();
  REQUIRE_FALSE(spans.empty());
  for (std::size_t i = 1; i < spans.size(); ++i) REQUIRE(spans[i - 1].from_s < spans[i].from_s);
  for (std::int64_t time = -4'000'000'000; time < 20'000'000'000; time += 1'234'567'890) {
    const std::int64_t offset = zone.offset_at(time);
    REQUIRE(std::abs(offset) < 26 * 3600);
    REQUIRE(std::abs(zone.to_utc(time) - time) <= 26 * 3600);
  }
}

}  // namespace

TEST_CASE("offsets are those of Python's zoneinfo, in the files' years and beyond") {
  struct Case {
    const char* zone;
    const char* time;
    int offset_s;
  };
  const Case cases[] = {
      {"America/New_York", "1883-11-18T17:00:00Z", -18000},
      {"America/New_York", "1918-03-31T06:59:59Z", -18000},
      {"America/New_York", "1918-03-31T07:00:00Z", -14400},
      {"America/New_York", "1942-02-09T07:00:00Z", -14400},
      {"America/New_York", "1974-01-06T07:00:00Z", -14400},
      {"America/New_York", "2006-04-02T07:00:00Z", -14400},
      {"America/New_York", "2007-03-11T06:59:59Z", -18000},
      {"America/New_York", "2007-03-11T07:00:00Z", -14400},
      {"America/New_York", "2026-11-01T05:59:59Z", -14400},
      {"America/New_York", "2026-11-01T06:00:00Z", -18000},
      {"America/New_York", "2100-07-01T00:00:00Z", -14400},
      {"America/New_York", "2399-12-31T00:00:00Z", -18000},
      {"America/New_York", "2999-07-01T00:00:00Z", -14400},
      {"Europe/London", "1970-01-01T00:00:00Z", 3600},
      {"Europe/London", "1971-11-01T00:00:00Z", 0},
      {"Europe/London", "2026-03-29T01:00:00Z", 3600},
      {"Europe/London", "2080-10-27T00:59:59Z", 3600},
      {"Europe/London", "2080-10-27T01:00:00Z", 0},
      {"Europe/Dublin", "2026-01-15T00:00:00Z", 0},  // whose summer is the standard time
      {"Europe/Dublin", "2026-07-15T00:00:00Z", 3600},
      {"Europe/Dublin", "2090-07-15T00:00:00Z", 3600},
      {"Australia/Lord_Howe", "2026-01-15T00:00:00Z", 39600},  // half an hour of saving
      {"Australia/Lord_Howe", "2026-07-15T00:00:00Z", 37800},
      {"Australia/Lord_Howe", "2060-07-15T00:00:00Z", 37800},
      {"Australia/Lord_Howe", "2060-12-15T00:00:00Z", 39600},
      {"Pacific/Apia", "2011-12-30T09:59:59Z", -36000},  // a day that was not
      {"Pacific/Apia", "2011-12-30T10:00:00Z", 50400},
      {"Pacific/Apia", "2050-01-01T00:00:00Z", 46800},
      {"America/Nuuk", "2023-03-25T22:00:00Z", -10800},  // version 3: changes at hour -1
      {"America/Nuuk", "2024-03-31T00:59:59Z", -7200},
      {"America/Nuuk", "2024-03-31T01:00:00Z", -3600},
      {"America/Nuuk", "2060-07-01T00:00:00Z", -3600},
      {"America/Nuuk", "2060-12-01T00:00:00Z", -7200},
      {"Asia/Kathmandu", "1985-12-31T18:29:59Z", 19800},
      {"Asia/Kathmandu", "1985-12-31T18:30:00Z", 20700},
      {"Asia/Kathmandu", "2050-01-01T00:00:00Z", 20700},
  };
  for (const Case& one : cases) {
    CAPTURE(one.zone, one.time);
    const std::int64_t utc = seconds(one.time);
    const TimeZone there = zone(one.zone);
    CHECK(there.offset_at(utc) == one.offset_s);
    // Outside of an hour that is there twice the way back is exact.
    if (there.offset_at(utc - 7200) == one.offset_s)
      CHECK(there.to_utc(there.to_local(utc)) == utc);
  }
}

TEST_CASE("a local time that is skipped is the moment of the change, and a doubled one the first") {
  const TimeZone berlin = zone("Europe/Berlin");
  const std::int64_t spring = seconds("2026-03-29T01:00:00Z");
  CHECK(berlin.to_utc(seconds("2026-03-29T01:59:59Z")) == spring - 1);
  CHECK(berlin.to_utc(seconds("2026-03-29T02:00:00Z")) == spring);
  CHECK(berlin.to_utc(seconds("2026-03-29T02:59:59Z")) == spring);
  CHECK(berlin.to_utc(seconds("2026-03-29T03:00:00Z")) == spring);
  CHECK(berlin.to_utc(seconds("2026-03-29T03:00:01Z")) == spring + 1);
  CHECK(berlin.to_utc(seconds("2026-10-25T02:30:00Z")) == seconds("2026-10-25T00:30:00Z"));
  CHECK(berlin.to_utc(seconds("2026-10-25T03:00:00Z")) == seconds("2026-10-25T02:00:00Z"));
  // All of 30 December 2011 was skipped in Apia.
  const TimeZone apia = zone("Pacific/Apia");
  CHECK(apia.to_utc(seconds("2011-12-30T12:00:00Z")) == seconds("2011-12-30T10:00:00Z"));
  CHECK(apia.to_utc(seconds("2011-12-31T00:00:00Z")) == seconds("2011-12-30T10:00:00Z"));
}

TEST_CASE("local time never runs backwards in UTC, whatever the zone") {
  for (const char* name : {"America/New_York", "Europe/Dublin", "Australia/Lord_Howe",
                           "Pacific/Apia", "America/Nuuk"}) {
    CAPTURE(name);
    const TimeZone there = zone(name);
    std::int64_t before = there.to_utc(seconds("2011-01-01T00:00:00Z"));
    bool ascends = true;
    for (std::int64_t local = seconds("2011-01-01T00:00:00Z");
         local < seconds("2013-01-01T00:00:00Z"); local += 600) {
      const std::int64_t utc = there.to_utc(local);
      ascends = ascends && utc >= before;
      before = utc;
    }
    CHECK(ascends);
  }
}

TEST_CASE("rules by era agree with the recorded file for all of their years") {
  const std::array<TimeZone::Era, 6> eras{{{1967, "EST5EDT,M4.5.0,M10.5.0"},
                                           {1974, "EST5EDT,M1.1.0,M10.5.0"},
                                           {1975, "EST5EDT,M2.4.0,M10.5.0"},
                                           {1976, "EST5EDT,M4.5.0,M10.5.0"},
                                           {1987, "EST5EDT,M4.1.0,M10.5.0"},
                                           {2007, "EST5EDT,M3.2.0,M11.1.0"}}};
  const auto made = TimeZone::from_eras("America/New_York", eras);
  REQUIRE(made);
  const TimeZone recorded_zone = zone("America/New_York");
  std::size_t compared = 0;
  for (const TimeZone::Span& span : recorded_zone.spans()) {
    if (span.from_s < seconds("1967-01-01T00:00:00Z")) continue;
    CHECK(made->offset_at(span.from_s) == span.offset_s);
    CHECK(made->offset_at(span.from_s - 1) == recorded_zone.offset_at(span.from_s - 1));
    ++compared;
  }
  CHECK(compared > 800);
  CHECK(TimeZone::from_eras("x", {}).error().code == ErrorCode::kInvalidArgument);
  const std::array<TimeZone::Era, 1> wrong{{{1967, "EST"}}};
  CHECK(TimeZone::from_eras("x", wrong).error().code == ErrorCode::kInvalidArgument);
}

TEST_CASE("POSIX rules are read, and what is none is refused") {
  const auto rule = [](const char* text) {
    auto parsed = parse_posix_zone(text);
    REQUIRE(parsed);
    return *parsed;
  };
  CHECK(rule("JST-9").offset_s == 9 * 3600);
  CHECK_FALSE(rule("JST-9").saving);
  CHECK(rule("<+0545>-5:45").offset_s == 20'700);
  const auto nuuk = rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
  CHECK(nuuk.offset_s == -7200);
  CHECK(nuuk.saving->offset_s == -3600);
  CHECK(nuuk.saving->begin.time_s == -3600);
  const auto howe = rule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
  CHECK(howe.saving->offset_s == 39'600);
  CHECK(howe.saving->begin.time_s == 7200);
  for (const char* text :
       {"", "E", "EST", "5", "EST5EDT", "EST25", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0",
        "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J365", "EST5EDT,J1,366",
        "EST5EDT,M3.2.0,M11.1.0x", "EST5EDT,M3.2.0/168,M11.1.0", "EST5:60", "<+03-3", "EST5EDT,,",
        "EST99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_posix_zone(text));
  }
}

TEST_CASE("days of the year count with and without the leap day, and saving may last all year") {
  // 1 March is day 60 of the count without 29 February, and day 60 (from 0) of leap years with it.
  const auto julian = parse_posix_zone("AAA0BBB,J60/0,J365/0");
  const auto from_zero = parse_posix_zone("AAA0BBB,60/0,364/0");
  REQUIRE(julian);
  REQUIRE(from_zero);
  std::vector<TimeZone::Span> spans;
  append_changes(*julian, 2024, 2025, spans);
  CHECK(spans[0].from_s == seconds("2024-03-01T00:00:00Z"));
  CHECK(spans[2].from_s == seconds("2025-03-01T00:00:00Z"));
  spans.clear();
  append_changes(*from_zero, 2024, 2025, spans);
  CHECK(spans[0].from_s == seconds("2024-03-01T00:00:00Z"));
  CHECK(spans[2].from_s == seconds("2025-03-02T00:00:00Z"));
  // RFC 8536, section 3.3.1: a zone that is on daylight saving time all the year.
  const std::array<TimeZone::Era, 1> eras{{{2000, "EST5EDT,0/0,J365/25"}}};
  const auto always = TimeZone::from_eras("always", eras);
  REQUIRE(always);
  for (int year = 2001; year < 2900; year += 7)
    CHECK(always->offset_at(seconds(std::to_string(year) + "-01-01T04:59:59Z")) == -4 * 3600);
}

TEST_CASE("a file of version 1 is read, and one that counts leap seconds is refused") {
  std::string bytes = recorded("Asia/Tokyo");
  bytes[4] = '\0';
  const auto first_block = TimeZone::from_tzif("Asia/Tokyo", bytes);
  REQUIRE(first_block);
  CHECK(first_block->offset_at(seconds("1950-08-01T00:00:00Z")) == 10 * 3600);
  CHECK(first_block->offset_at(seconds("2026-08-01T00:00:00Z")) == 9 * 3600);

  // Header, one type, and one leap second with nothing else.
  std::string right(44, '\0');
  right.replace(0, 4, "TZif");
  right[31] = 1;
  right[39] = 1;
  right[43] = 1;
  right += std::string(6 + 1 + 8, '\0');
  const auto refused = TimeZone::from_tzif("right/UTC", right);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kUnsupported);
  CHECK(refused.error().message.find("leap seconds") != std::string::npos);
}

TEST_CASE("a zone file that is cut off anywhere is refused") {
  for (const char* name : {"Asia/Tokyo", "America/Nuuk"}) {
    const std::string bytes = recorded(name);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(name, size);
      const auto cut = TimeZone::from_tzif(name, std::string_view(bytes).substr(0, size));
      REQUIRE_FALSE(cut);
      REQUIRE(cut.error().code == ErrorCode::kCorruption);
    }
  }
}

TEST_CASE("a zone file of which any byte is another is refused or gives times near UTC") {
  const std::string bytes = recorded("America/Nuuk");
  std::size_t refused = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x10, 0x80, 0xff}) {
      CAPTURE(i, flip);
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ flip);
      const auto zone = TimeZone::from_tzif("damaged", damaged);
      if (zone) {
        check_usable(*zone);
      } else {
        ++refused;
      }
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("a zone that cannot be had says why") {
  CHECK(TimeZone::load("UTC", "/nonexistent"));
  CHECK(TimeZone().offset_at(1'795'326'869) == 0);
  for (const char* name : {"", "/etc/passwd", "../fixtures", "Europe/Lon don", "a\nb"}) {
    CAPTURE(name);
    const auto zone = TimeZone::load(name, kRoot);
    REQUIRE_FALSE(zone);
    CHECK(zone.error().code == ErrorCode::kInvalidArgument);
  }
  CHECK(TimeZone::load(std::string(200, 'a'), kRoot).error().code == ErrorCode::kInvalidArgument);
  const auto missing = TimeZone::load("Europe/Lodnon", kRoot);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::kNotFound);
  CHECK(missing.error().message.find("tzdata") != std::string::npos);
  CHECK_FALSE(TimeZone::load("Europe", kRoot));  // a folder
}

}  // namespace headroom
