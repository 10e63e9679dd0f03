#include "cli/units.h"

#include <cmath>
#include <limits>

#include "tests/support/catch.h"

namespace headroom::cli {

// The expected texts are divided out by hand: three significant digits, 1 KiB = 1024 B, 1 k = 1000.
TEST_CASE("values are scaled to their unit") {
  struct Case {
    double value;
    const char* unit;
    const char* text;
  };
  const Case cases[] = {
      {0, "By", "0 B"},
      {512, "By", "512 B"},
      {1023, "By", "1023 B"},
      {1024, "By", "1 KiB"},
      {1536, "By", "1.50 KiB"},
      {1048570, "By", "1.00 MiB"},  // 1023.99 KiB would read as 1024 KiB
      {13206790963.2, "By", "12.3 GiB"},
      {34359738368, "By", "32 GiB"},
      {1e18, "By", "888 PiB"},
      {-2048, "By", "-2 KiB"},
      {10.2e6, "By/s", "9.73 MiB/s"},
      {0.4012, "1", "40.1 %"},
      {1, "1", "100 %"},
      {0.00004, "1", "0.004 %"},
      {1.21, "{cpu}", "1.21 cores"},
      {4, "{cpu}", "4 cores"},
      {9.996, "{cpu}", "10.0 cores"},
      {99.96, "{cpu}", "100 cores"},
      {0.0042, "{cpu}", "0.004 cores"},
      {2.5, "{gpu}", "2.50 GPUs"},
      {61, "{call}/s", "61/s"},
      {12345, "{call}/s", "12.3 k/s"},
      {61.04, "1/s", "61.0/s"},
      {9999, "{item}", "9999"},
      {10000, "{item}", "10 k"},
      {36000, "", "36 k"},
      {1234567, "", "1.23 M"},
      {999999, "", "1.00 M"},
      {0.000002, "s", "2 µs"},
      {0.0153, "s", "15.3 ms"},
      {0.9999, "s", "1.00 s"},
      {90, "s", "90 s"},
      {0, "s", "0 s"},
      {0, "ms", "0 ms"},
      {1500, "ms", "1.50 s"},
      {250, "us", "250 µs"},
      {3.2e9, "Hz", "3.20 GHz"},
      {54.3, "Cel", "54.3 °C"},
      {12.5, "Mol", "12.5 Mol"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.value, one.unit);
    CHECK(format_value(one.value, one.unit) == one.text);
  }
  CHECK(format_value(std::numeric_limits<double>::quiet_NaN(), "By") == "–");
  CHECK(format_value(std::nullopt, "By") == "–");
}

TEST_CASE("a column shares one scale") {
  const Scale scale = scale_for(3.0 * 1024 * 1024 * 1024, "By");
  CHECK(scale.suffix == "GiB");
  CHECK(format_scaled(512.0 * 1024 * 1024, scale) == "0.50");
  CHECK(format_scaled(std::numeric_limits<double>::infinity(), scale) == "∞");
}

TEST_CASE("percents line up with one decimal") {
  CHECK(format_percent(30.25) ==
        "30.2 %");  // the nearest even: printf rounds the exact half that 30.25 is
  CHECK(format_percent(0) == "0.0 %");
  CHECK(format_percent(100) == "100.0 %");
}

TEST_CASE("an age says the largest unit that is precise enough") {
  constexpr UnixMs kNow = 1'795'326'869'000;
  constexpr UnixMs kSecond = 1000;
  CHECK(format_age(kNow, kNow) == "just now");
  CHECK(format_age(kNow - 999, kNow) == "just now");
  CHECK(format_age(kNow - 3 * kSecond, kNow) == "3 s ago");
  CHECK(format_age(kNow - 119 * kSecond, kNow) == "119 s ago");
  CHECK(format_age(kNow - 120 * kSecond, kNow) == "2 min ago");
  CHECK(format_age(kNow - 7199 * kSecond, kNow) == "119 min ago");
  CHECK(format_age(kNow - 7200 * kSecond, kNow) == "2 h ago");
  CHECK(format_age(kNow - 172800 * kSecond, kNow) == "2 d ago");
  CHECK(format_age(kNow + 4 * kSecond, kNow) == "in 4 s");
}

TEST_CASE("a span says its two largest parts") {
  CHECK(format_span(0) == "0 ms");
  CHECK(format_span(250) == "250 ms");
  CHECK(format_span(12'000) == "12 s");
  CHECK(format_span(303'000) == "5 min 3 s");
  CHECK(format_span(300'000) == "5 min");
  CHECK(format_span(3 * 3'600'000 + 59'000) == "3 h");
  CHECK(format_span(273'650'000) == "3 d 4 h");
}

// 1795326869 is Sunday, 2026-11-22 05:54:29 UTC (date -u -d @1795326869).
TEST_CASE("times are written in UTC, near ones without their date") {
  constexpr UnixMs kTime = 1'795'326'869'000;
  constexpr UnixMs kDay = 86'400'000;
  CHECK(format_stamp(kTime) == "2026-11-22 05:54:29");
  CHECK(format_day(kTime) == "Sun 22 Nov");
  CHECK(format_clock(kTime) == "05:54");
  CHECK(format_calendar(kTime, kTime) == "Sun 05:54");
  CHECK(format_calendar(kTime, kTime - 6 * kDay) == "Sun 05:54");
  CHECK(format_calendar(kTime, kTime - 7 * kDay) == "Sun 22 Nov 05:54");
  CHECK(format_calendar(kTime, kTime + 60 * kDay) == "Sun 22 Nov 2026 05:54");
}

}  // namespace headroom::cli
