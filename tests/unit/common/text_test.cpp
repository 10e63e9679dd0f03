#include "common/base/text.h"

#include <cmath>

#include "tests/support/catch.h"

using namespace headroom;
using std::chrono::milliseconds;

TEST_CASE("durations are read as people write them") {
  const std::pair<const char*, std::int64_t> cases[] = {{"0", 0},
                                                        {"250ms", 250},
                                                        {"15s", 15'000},
                                                        {"5m", 300'000},
                                                        {"1.5h", 5'400'000},
                                                        {"7d", 604'800'000},
                                                        {"2w", 1'209'600'000},
                                                        {"5y", 157'680'000'000},
                                                        {"1h30m", 5'400'000}};
  for (const auto& [text, ms] : cases) {
    INFO(text);
    const auto parsed = parse_duration(text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->count() == ms);
  }
  for (const char* bad :
       {"", "5", "5x", "-5s", "s", "1h 30m", "99999999999999999999d", "1e9s", "nan s"}) {
    INFO(bad);
    const auto parsed = parse_duration(bad);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().message.find("is not a duration") != std::string::npos);
  }
}

TEST_CASE("a formatted duration reads back as itself") {
  for (const std::int64_t ms :
       {1LL, 999LL, 1000LL, 61'000LL, 3'600'000LL, 90'061'001LL, 1'209'600'000LL}) {
    const std::string text = format_duration(milliseconds(ms));
    INFO(text);
    const auto parsed = parse_duration(text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->count() == ms);
  }
  CHECK(format_duration(milliseconds(90'000)) == "1m30s");
  CHECK(format_duration(milliseconds(157'680'000'000)) == "5y");
  CHECK(format_duration(milliseconds(34'560'000'000)) == "400d");
}

TEST_CASE("times are read as RFC 3339 and as Unix seconds") {
  // 2026-11-22T05:54:29Z = 1795326869 by date(1).
  const std::pair<const char*, std::int64_t> cases[] = {
      {"2026-11-22T05:54:29Z", 1'795'326'869'000},
      {"2026-11-22T05:54:29.25Z", 1'795'326'869'250},
      {"2026-11-22T06:54:29+01:00", 1'795'326'869'000},
      {"2026-11-21T23:54:29-06:00", 1'795'326'869'000},
      {"1795326869", 1'795'326'869'000},
      {"1795326869.5", 1'795'326'869'500},
      {"2024-02-29", 1'709'164'800'000},
      {"1970-01-01T00:00:00Z", 0}};
  for (const auto& [text, ms] : cases) {
    INFO(text);
    const auto parsed = parse_time(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == ms);
  }
  for (const char* bad : {"", "2026-13-01", "2026-02-29", "2026-11-22T25:00:00Z", "yesterday",
                          "2026-11-22T05:54:29", "2026-11-22T05:54:29+25:00", "1e300"}) {
    INFO(bad);
    CHECK_FALSE(parse_time(bad).has_value());
  }
}

TEST_CASE("a formatted time is RFC 3339 in UTC") {
  CHECK(format_time(1'795'326'869'000) == "2026-11-22T05:54:29Z");
  CHECK(format_time(1'795'326'869'007) == "2026-11-22T05:54:29.007Z");
  CHECK(format_time(-1000) == "1969-12-31T23:59:59Z");
}

TEST_CASE("numbers are whole texts, finite, and written as short as they read back") {
  CHECK(parse_double("0.1") == 0.1);
  CHECK_FALSE(parse_double("0.1 ").has_value());
  CHECK_FALSE(parse_double("nan").has_value());
  CHECK_FALSE(parse_double("inf").has_value());
  CHECK_FALSE(parse_double("1e999").has_value());
  CHECK(parse_int("-42") == -42);
  CHECK_FALSE(parse_int("42.0").has_value());
  CHECK(format_double(0.1) == "0.1");
  CHECK(format_double(std::nan("")) == "NaN");
}

TEST_CASE("the nearest word is what was probably meant") {
  const std::vector<std::string> words{"retention", "listen", "path"};
  CHECK(nearest("retension", words) == "retention");
  CHECK(nearest("lisen", words) == "listen");
  CHECK(nearest("rete", words) == "retention");
  CHECK_FALSE(nearest("something", words).has_value());
}
