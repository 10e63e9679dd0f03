#include "common/base/time_zone.h"

#include <algorithm>
#include <chrono>

#include "common/base/file.h"
#include "common/base/posix_tz.h"
#include "common/base/tzif.h"

namespace headroom {
namespace {

constexpr std::int64_t kCycle = 146'097LL * 86'400;  // 400 Gregorian years
constexpr int kCycleYears = 400;
// No zone is further from UTC (RFC 8536, section 3.2).
constexpr std::int64_t kOffsetMax = 26 * 3600;
constexpr std::size_t kNameBytes = 128;
// Before it no rule of daylight saving is known.
constexpr int kEarliestRuleYear = 1900;
constexpr std::int64_t kLatestChange = 253'402'300'800;  // the year 10000

std::int64_t year_begin(int year) {
  const std::chrono::sys_days day{std::chrono::year{year} / std::chrono::January / 1};
  return std::int64_t{day.time_since_epoch().count()} * 86'400;
}

int year_of(std::int64_t utc_s) {
  const auto day =
      std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds{std::chrono::seconds{utc_s}});
  return static_cast<int>(std::chrono::year_month_day{day}.year());
}

// Appends those after the last one; of two at the same moment the later stands.
void append(std::vector<TimeZone::Span>& spans, const std::vector<TimeZone::Span>& changes) {
  for (const TimeZone::Span& change : changes) {
    if (change.from_s > spans.back().from_s) {
      spans.push_back(change);
    } else if (change.from_s == spans.back().from_s) {
      spans.back().offset_s = change.offset_s;
    }
  }
}

// Leaves out what changes nothing.
void merge(std::vector<TimeZone::Span>& spans) {
  const auto end = std::unique(
      spans.begin(), spans.end(),
      [](const TimeZone::Span& a, const TimeZone::Span& b) { return a.offset_s == b.offset_s; });
  spans.erase(end, spans.end());
}

bool is_zone_name(const std::string& name) {
  if (name.empty() || name.size() > kNameBytes || name.front() == '/') return false;
  if (name.find("..") != std::string::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

}  // namespace

TimeZone::TimeZone(std::string name, std::vector<Span> spans, bool recurs)
    : name_(std::move(name)), spans_(std::move(spans)), recurs_(recurs) {}

Result<TimeZone> TimeZone::from_eras(std::string name, std::span<const Era> eras) {
  if (eras.empty()) return fail(ErrorCode::kInvalidArgument, "a time zone needs a rule");
  std::vector<Span> spans;
  bool recurs = false;
  for (std::size_t i = 0; i < eras.size(); ++i) {
    const auto zone = parse_posix_zone(eras[i].rule);
    if (!zone) return fail(zone.error());
    const bool is_last = i + 1 == eras.size();
    const int last =
        is_last ? std::max(eras[i].from_year, 2000) + kCycleYears : eras[i + 1].from_year - 1;
    if (spans.empty()) spans.push_back({Span{}.from_s, zone->offset_s});
    std::vector<Span> changes;
    if (!zone->saving) changes.push_back({year_begin(eras[i].from_year), zone->offset_s});
    append_changes(*zone, eras[i].from_year, last, changes);
    append(spans, changes);
    recurs = zone->saving.has_value();
  }
  merge(spans);
  return TimeZone(std::move(name), std::move(spans), recurs);
}

Result<TimeZone> TimeZone::from_tzif(std::string name, std::string_view bytes) {
  auto file = parse_tzif(bytes);
  if (!file) return fail(file.error().within("time zone " + name));
  std::vector<Span> spans = std::move(file->spans);
  if (spans.back().from_s >= kLatestChange)
    return fail(ErrorCode::kCorruption, "time zone " + name + ": a change after the year 9999");
  bool recurs = false;
  if (file->rule) {
    const std::int64_t known_until = spans.back().from_s;
    const int first = year_of(std::max(known_until, year_begin(kEarliestRuleYear)));
    std::vector<Span> changes;
    if (!file->rule->saving && spans.size() == 1) spans.back().offset_s = file->rule->offset_s;
    append_changes(*file->rule, first, std::max(first, 2000) + kCycleYears, changes);
    // The last explicit one stays as the file says it.
    std::erase_if(changes, [&](const Span& change) { return change.from_s <= known_until; });
    append(spans, changes);
    recurs = file->rule->saving.has_value();
  }
  merge(spans);
  return TimeZone(std::move(name), std::move(spans), recurs);
}

Result<TimeZone> TimeZone::load(const std::string& name, const std::string& root) {
  if (name == "UTC") return TimeZone();
  if (!is_zone_name(name)) {
    return fail(ErrorCode::kInvalidArgument,
                "'" + name + "' is not a time zone; write for example Europe/London");
  }
  const auto content = read_file(root + "/" + name, kZoneFileBytes);
  if (!content) {
    if (content.error().code != ErrorCode::kNotFound) return fail(content.error());
    return fail(ErrorCode::kNotFound, "time zone '" + name + "' is not in " + root +
                                          "; is it spelt as there, and is the package tzdata "
                                          "installed?");
  }
  return from_tzif(name, *content);
}

std::int32_t TimeZone::offset_at(std::int64_t utc_s) const {
  const std::int64_t end = spans_.back().from_s;
  if (recurs_ && utc_s >= end) utc_s -= ((utc_s - end) / kCycle + 1) * kCycle;
  const auto after =
      std::upper_bound(spans_.begin(), spans_.end(), utc_s,
                       [](std::int64_t time, const Span& span) { return time < span.from_s; });
  return after == spans_.begin() ? after->offset_s : std::prev(after)->offset_s;
}

std::int64_t TimeZone::to_utc(std::int64_t local_s) const {
  const std::int64_t end = spans_.back().from_s - kOffsetMax;
  if (recurs_ && local_s >= end) {
    const std::int64_t back = ((local_s - end) / kCycle + 1) * kCycle;
    return to_utc(local_s - back) + back;
  }
  const auto after =
      std::upper_bound(spans_.begin() + 1, spans_.end(), local_s - kOffsetMax,
                       [](std::int64_t time, const Span& span) { return time < span.from_s; });
  for (auto span = std::prev(after);; ++span) {
    const std::int64_t utc_s = local_s - span->offset_s;
    if (std::next(span) == spans_.end() || utc_s < std::next(span)->from_s)
      return std::max(utc_s, span->from_s);
  }
}

}  // namespace headroom
