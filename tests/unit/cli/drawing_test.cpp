#include <limits>

#include "cli/bar.h"
#include "cli/chart.h"
#include "cli/text_width.h"
#include "common/base/text.h"
#include "tests/support/catch.h"

namespace headroom::cli {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr UnixMs kMonday = 1'795'392'000'000;  // 2026-11-23 00:00 UTC
constexpr UnixMs kHour = 3'600'000;

Look wide(std::size_t width) {
  Look look;
  look.width = width;
  return look;
}

ChartPoint flat(UnixMs time, double value) { return {time, value, value, value, {}, {}}; }

}  // namespace

// A bar of 4 columns has 32 eighths.
TEST_CASE("a bar shows a share to an eighth of a column") {
  CHECK(bar(0, 4) == "····");
  CHECK(bar(1, 4) == "████");
  CHECK(bar(0.5, 4) == "██··");
  CHECK(bar(0.53125, 4) == "██▏·");  // 17 eighths
  CHECK(bar(0.96875, 4) == "███▉");  // 31 eighths
  CHECK(bar(0.0001, 4) == "▏···");   // not nothing
  CHECK(bar(1.7, 4) == "████");
  CHECK(bar(-1, 4) == "····");
  CHECK(bar(kUnknown, 4).empty());
}

TEST_CASE("a sparkline reaches from the smallest to the largest value, and keeps peaks and holes") {
  const std::vector<double> ramp{0, 1, 2, 3, 4, 5, 6, 7};
  CHECK(sparkline(ramp, 20) == "▁▂▃▄▅▆▇█");
  CHECK(sparkline(ramp, 4) == "▁▃▆█");  // the largest of each two: 1, 3, 5, 7 of 1 … 7
  CHECK(sparkline(std::vector<double>{0, kUnknown, 7}, 20) == "▁ █");
  CHECK(sparkline(std::vector<double>{3, 3, 3}, 20) == "▁▁▁");
  CHECK(sparkline({}, 20).empty());
}

// Drawn by hand: one column is an hour and three rows are one core, so the row of a value v,
// counted from the top, is 12 - 3 v, rounded; the line turns in the later of two columns.
TEST_CASE("a chart has round labels, a band, a line and round times") {
  Chart chart;
  chart.unit = "{cpu}";
  chart.band = "95 %";
  // Up from 1 to 3 cores within ten hours, then flat; the band is one core wide on each side.
  for (int hour = 0; hour <= 36; ++hour) {
    const double value = hour < 10 ? 1 + 0.2 * hour : 3;
    chart.points.push_back({kMonday + hour * kHour, value, value - 1, value + 1, {}, {}});
  }
  CHECK(render_chart(chart, wide(40)) ==
        "cores\n"
        "4 ┤          ░░░░░░░░░░░░░░░░░░░░░░░░░░░\n"
        "  │        ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░\n"
        "  │      ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░\n"
        "3 ┤     ░░░░░╭──────────────────────────\n"
        "  │   ░░░░░╭─╯░░░░░░░░░░░░░░░░░░░░░░░░░░\n"
        "  │ ░░░░░╭─╯░░░░░░░░░░░░░░░░░░░░░░░░░░░░\n"
        "2 ┤░░░░░╭╯░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░\n"
        "  │░░░╭─╯░░░░\n"
        "  │░╭─╯░░░░\n"
        "1 ┤─╯░░░░\n"
        "  │░░░░░\n"
        "  │░░░\n"
        "0 ┤░\n"
        "  └┬───────────┬───────────┬───────────┬\n"
        "   Mon 23 Nov         Tue 24 Nov   12:00\n"
        "   ── forecast   ░ 95 % band   times in UTC\n");
}

TEST_CASE("a chart names the capacity and draws it where it is near") {
  Chart chart;
  chart.unit = "By";
  chart.points = {flat(kMonday, 3.0 * (1u << 30)), flat(kMonday + kHour, 3.0 * (1u << 30))};
  chart.capacity = 4.0 * (1u << 30);
  CHECK(render_chart(chart, wide(60)).find("╌ capacity 4 GiB") != std::string::npos);
  chart.capacity = 400.0 * (1u << 30);
  CHECK(render_chart(chart, wide(60)).find("capacity") == std::string::npos);
}

TEST_CASE("a peak of one point is drawn at its height, however many points share its column") {
  Chart chart;
  chart.unit = "{cpu}";
  for (int minute = 0; minute < 1440; ++minute) {
    chart.points.push_back(flat(kMonday + minute * 60'000, minute == 700 ? 8 : 1));
  }
  const std::string text = render_chart(chart, wide(60));
  const std::string_view top = split(text, '\n')[1];
  CHECK(top.find("╭╮") != std::string_view::npos);
}

TEST_CASE(
    "no line of a chart is wider than the terminal, and a chart that cannot fit is left out") {
  Chart chart;
  chart.unit = "By";
  chart.band = "95 %";
  for (int hour = 0; hour < 200; ++hour)
    chart.points.push_back(flat(kMonday + hour * kHour, 1e9 * (hour % 24)));
  for (std::size_t width = 45; width < 200; ++width) {
    CAPTURE(width);
    const std::string text = render_chart(chart, wide(width));
    for (const std::string_view line : split(text, '\n')) CHECK(display_width(line) <= width);
  }
  CHECK(render_chart(chart, wide(30)).empty());
  chart.points.resize(1);
  CHECK(render_chart(chart, wide(80)).empty());
}

}  // namespace headroom::cli
