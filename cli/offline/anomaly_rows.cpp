#include "cli/offline/anomaly_rows.h"

#include <charconv>
#include <iterator>

#include "cli/csv.h"
#include "cli/json.h"
#include "cli/offline/recorded_input.h"
#include "cli/render/parts.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "cli/units.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

using forecast::AnomalyPart;

constexpr std::size_t kVerdictBytes = 40;

template <typename Number>
void append_number(std::string& text, Number value) {
  char digits[32];
  text.append(digits, std::to_chars(std::begin(digits), std::end(digits), value).ptr);
}

std::string spoken(AnomalyPart part) {
  switch (part) {
    case AnomalyPart::kRange:
      return "outside the range";
    case AnomalyPart::kSamePhase:
      return "unlike this time of day";
    case AnomalyPart::kShape:
      return "unlike any stretch before";
    case AnomalyPart::kShift:
      return "the level has shifted";
    case AnomalyPart::kNone:
      break;
  }
  return "";
}

// Alarms of a series that are one to whoever looks at them.
struct Episode {
  const SeriesRow* first = nullptr;
  UnixMs last = 0;
  const RowVerdict* verdict = nullptr;
};

std::vector<Episode> episodes_of(const SeriesFile& file, std::size_t series,
                                 const std::vector<RowVerdict>& verdicts) {
  std::vector<Episode> episodes;
  for (const std::uint32_t index : file.rows_of(series)) {
    if (verdicts[index].part == AnomalyPart::kNone) continue;
    const SeriesRow& row = file.rows[index];
    if (episodes.empty() || row.time - episodes.back().last >= forecast::kAlarmMerge.count())
      episodes.push_back({&row, row.time, &verdicts[index]});
    episodes.back().last = std::max(episodes.back().last, row.time);
  }
  return episodes;
}

// The row as it stands, but for a date in its second field, of which its Unix seconds are written.
void append_row(std::string& csv, std::string_view line, UnixMs time) {
  const std::size_t value = line.rfind(',');
  const std::size_t begin = line.rfind(',', value - 1) + 1;
  // Only dates have dashes or colons; a number with a negative exponent may as well be written out.
  if (line.substr(begin, value - begin).find_first_of("-:", 1) == std::string_view::npos) {
    csv += line;
    return;
  }
  csv += line.substr(0, begin);
  csv += csv_unix_seconds(time);
  csv += line.substr(value);
}

}  // namespace

std::string anomalies_csv(std::string_view text, const SeriesFile& file,
                          const std::vector<RowVerdict>& verdicts) {
  std::string csv = "series_id,unix_ts,value,expected,score,anomaly\n";
  csv.reserve(text.size() + verdicts.size() * kVerdictBytes);
  NumberedLines lines(text);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    append_row(csv, lines.line(file.rows[i].line), file.rows[i].time);
    csv += ',';
    append_number(csv, verdicts[i].expected);
    csv += ',';
    append_number(csv, verdicts[i].score);
    csv += verdicts[i].part == AnomalyPart::kNone ? ",0\n" : ",1\n";
  }
  return csv;
}

std::string anomalies_json(const SeriesFile& file, const std::vector<RowVerdict>& verdicts) {
  Json list = Json::array();
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i].part == AnomalyPart::kNone) continue;
    const SeriesRow& row = file.rows[i];
    list.push_back({{"series_id", file.ids[row.series]},
                    {"time", format_time(row.time)},
                    {"value", row.value},
                    {"expected", verdicts[i].expected},
                    {"score", verdicts[i].score},
                    {"part", forecast::to_string(verdicts[i].part)}});
  }
  return pretty(list);
}

std::string anomalies_table(const SeriesFile& file, const std::vector<RowVerdict>& verdicts,
                            const Look& look) {
  Table table({{"SERIES"},
               {"BEGIN (UTC)"},
               {"LASTS", Align::kRight},
               {"VALUE", Align::kRight},
               {"EXPECTED", Align::kRight},
               {"SCORE", Align::kRight},
               {"WHY"}});
  std::size_t count = 0;
  std::size_t struck = 0;
  for (std::size_t series = 0; series < file.ids.size(); ++series) {
    const auto episodes = episodes_of(file, series, verdicts);
    struck += episodes.empty() ? 0 : 1;
    count += episodes.size();
    for (const Episode& one : episodes) {
      const std::int64_t span = one.last - one.first->time;
      table.add({clean(file.ids[series]), format_stamp(one.first->time),
                 span > 0 ? format_span(span) : "", format_number(one.first->value),
                 format_number(one.verdict->expected),
                 format_number(static_cast<double>(one.verdict->score)),
                 spoken(one.verdict->part)});
    }
  }
  const std::string of = counted(static_cast<double>(file.ids.size()), "series") + ", " +
                         counted(static_cast<double>(file.rows.size()), "point") + ".\n";
  if (count == 0) return "No anomalies in " + of;
  const std::string headline =
      (count == 1 ? "1 anomaly" : format_count(static_cast<double>(count)) + " anomalies") +
      " in " + std::to_string(struck) + " of " + of;
  return headline + "\n" + table.render(look);
}

}  // namespace headroom::cli
