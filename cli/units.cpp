#include "cli/units.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>

namespace headroom::cli {
namespace {

struct Prefix {
  double divisor;
  std::string_view name;
};

constexpr double kKibi = 1024.0;
constexpr std::array<Prefix, 6> kBinary{{{1, ""},
                                         {kKibi, "Ki"},
                                         {kKibi * kKibi, "Mi"},
                                         {kKibi * kKibi * kKibi, "Gi"},
                                         {kKibi * kKibi * kKibi * kKibi, "Ti"},
                                         {kKibi * kKibi * kKibi * kKibi * kKibi, "Pi"}}};
constexpr std::array<Prefix, 5> kDecimal{
    {{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}}};
// Of a second; whole seconds stay seconds, however many.
constexpr std::array<Prefix, 4> kTime{{{1e-9, "ns"}, {1e-6, "µs"}, {1e-3, "ms"}, {1, "s"}}};

// The largest prefix whose number does not print as 0.…; one that would print as a full next prefix
// ("1024 KiB", "1000 k") moves on to it.
const Prefix& prefix_for(double value, std::span<const Prefix> prefixes) {
  const double size = std::abs(value);
  const Prefix* best = &prefixes.front();
  for (const Prefix& candidate : prefixes) {
    if (size >= candidate.divisor * 0.9995) best = &candidate;
  }
  return *best;
}

bool is_annotation(std::string_view unit) { return unit.starts_with('{') && unit.ends_with('}'); }

// "/s" behind a count: "{call}/s", "1/s".
bool is_rate(std::string_view unit) {
  if (!unit.ends_with("/s")) return false;
  const std::string_view counted = unit.substr(0, unit.size() - 2);
  return counted.empty() || counted == "1" || is_annotation(counted);
}

std::string fixed(double value, int decimals) {
  std::array<char, 400> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
  return {buffer.data(), static_cast<std::size_t>(std::max(length, 0))};
}

Scale joined(const Prefix& prefix, std::string_view unit) {
  return {prefix.divisor, std::string(prefix.name) + std::string(unit), false};
}

std::optional<double> seconds_in(std::string_view unit) {
  if (unit == "s") return 1.0;
  if (unit == "ms") return 1e-3;
  if (unit == "us") return 1e-6;
  if (unit == "ns") return 1e-9;
  return std::nullopt;
}

// Counts below 10 000 are read at a glance as they are.
const Prefix& count_prefix(double value) {
  return std::abs(value) < 9999.5 ? kDecimal.front() : prefix_for(value, kDecimal);
}

}  // namespace

Scale scale_for(double value, std::string_view unit) {
  if (unit == "By") return joined(prefix_for(value, kBinary), "B");
  if (unit == "By/s") return joined(prefix_for(value, kBinary), "B/s");
  if (unit == "1") return {0.01, "%", false};
  if (unit == "%") return {1, "%", false};
  if (unit == "{cpu}") return {1, "cores", false};
  if (unit == "{gpu}") return {1, "GPUs", false};
  if (unit == "Cel") return {1, "°C", false};
  if (unit == "Hz" || unit == "W" || unit == "J" || unit == "V" || unit == "A") {
    return joined(prefix_for(value, kDecimal), unit);
  }
  if (unit == "bit" || unit == "bit/s") return joined(prefix_for(value, kDecimal), unit);
  if (const auto seconds = seconds_in(unit)) {
    if (value == 0) return {1, unit == "us" ? "µs" : std::string(unit), false};
    const Prefix& prefix = prefix_for(value * *seconds, kTime);
    return {prefix.divisor / *seconds, std::string(prefix.name), false};
  }
  if (is_rate(unit)) {
    const Prefix& prefix = count_prefix(value);
    return {prefix.divisor, std::string(prefix.name) + "/s", prefix.name.empty()};
  }
  if (unit.empty() || is_annotation(unit)) return joined(count_prefix(value), "");
  return {1, std::string(unit), false};
}

std::string format_scaled(double value, const Scale& scale) {
  if (std::isnan(value)) return std::string(kNothing);
  if (std::isinf(value)) return value > 0 ? "∞" : "-∞";
  return format_number(value / scale.divisor);
}

std::string format_value(double value, std::string_view unit) {
  if (std::isnan(value)) return std::string(kNothing);
  const Scale scale = scale_for(value, unit);
  std::string text = format_scaled(value, scale);
  if (scale.suffix.empty()) return text;
  if (!scale.close) text += ' ';
  return text + scale.suffix;
}

std::string format_value(std::optional<double> value, std::string_view unit) {
  return value ? format_value(*value, unit) : std::string(kNothing);
}

std::string format_number(double value) {
  const double size = std::abs(value);
  if (size >= 1e15) {
    std::array<char, 32> buffer{};
    const int length = std::snprintf(buffer.data(), buffer.size(), "%.3g", value);
    return {buffer.data(), static_cast<std::size_t>(std::max(length, 0))};
  }
  if (value == std::trunc(value)) return fixed(value == 0 ? 0.0 : value, 0);
  // The bounds lie where rounding would add a digit: 9.996 is "10.0", not "10.00".
  if (size >= 99.95) return fixed(value, 0);
  if (size >= 9.995) return fixed(value, 1);
  if (size >= 0.00995) return fixed(value, 2);
  std::array<char, 32> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.1g", value);
  return {buffer.data(), static_cast<std::size_t>(std::max(length, 0))};
}

std::string format_count(double value) { return format_value(value, ""); }
std::string format_percent(double percent) { return fixed(percent, 1) + " %"; }
std::string format_bytes(double bytes) { return format_value(bytes, "By"); }

std::string format_age(UnixMs time, UnixMs now) {
  const std::int64_t ms = now - time;
  const std::int64_t seconds = (ms < 0 ? -ms : ms) / 1000;
  if (seconds == 0) return "just now";
  constexpr std::int64_t kMinutesShown = 120;
  constexpr std::int64_t kHoursShown = 48;
  // Each unit serves until the next one is precise enough: "119 s ago", then "2 min ago".
  std::string text;
  if (seconds < 120) {
    text = std::to_string(seconds) + " s";
  } else if (seconds < kMinutesShown * 60) {
    text = std::to_string(seconds / 60) + " min";
  } else if (seconds < kHoursShown * 3600) {
    text = std::to_string(seconds / 3600) + " h";
  } else {
    text = std::to_string(seconds / 86400) + " d";
  }
  return ms < 0 ? "in " + text : text + " ago";
}

std::string format_span(std::int64_t ms) {
  if (ms > -1000 && ms < 1000) return std::to_string(ms) + " ms";
  const std::int64_t seconds = (ms < 0 ? -ms : ms) / 1000;
  const std::string sign = ms < 0 ? "-" : "";
  const auto two = [&](std::int64_t large, std::string_view large_unit, std::int64_t small,
                       std::string_view small_unit) {
    std::string text = sign + std::to_string(large) + std::string(large_unit);
    if (small > 0) text += " " + std::to_string(small) + std::string(small_unit);
    return text;
  };
  if (seconds < 60) return sign + std::to_string(seconds) + " s";
  if (seconds < 3600) return two(seconds / 60, " min", seconds % 60, " s");
  if (seconds < 86400) return two(seconds / 3600, " h", seconds % 3600 / 60, " min");
  return two(seconds / 86400, " d", seconds % 86400 / 3600, " h");
}

namespace {

struct Calendar {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned weekday = 0;  // 0 is Sunday
  std::int64_t day_number = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

Calendar calendar_of(UnixMs time) {
  const auto point =
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(time));
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date(day);
  const std::int64_t clock = (point - day).count() / 1000;
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          std::chrono::weekday(day).c_encoding(),
          static_cast<std::int64_t>(day.time_since_epoch().count()),
          static_cast<int>(clock / 3600),
          static_cast<int>(clock / 60 % 60),
          static_cast<int>(clock % 60)};
}

constexpr std::array<const char*, 7> kWeekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string format_stamp(UnixMs time) {
  const Calendar at = calendar_of(time);
  std::array<char, 64> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u %02d:%02d:%02d",
                                   at.year, at.month, at.day, at.hour, at.minute, at.second);
  return {buffer.data(), static_cast<std::size_t>(std::max(length, 0))};
}

std::string format_day(UnixMs time) {
  const Calendar at = calendar_of(time);
  return std::string(kWeekdays[at.weekday]) + " " + std::to_string(at.day) + " " +
         kMonths[at.month - 1];
}

std::string format_clock(UnixMs time) { return format_stamp(time).substr(11, 5); }

std::string format_calendar(UnixMs time, UnixMs now) {
  const Calendar at = calendar_of(time);
  const Calendar today = calendar_of(now);
  const std::int64_t days = at.day_number - today.day_number;
  std::string date = kWeekdays[at.weekday];
  if (days < -6 || days > 6) {
    date = format_day(time);
    if (at.year != today.year) date += " " + std::to_string(at.year);
  }
  return date + " " + format_clock(time);
}

}  // namespace headroom::cli
