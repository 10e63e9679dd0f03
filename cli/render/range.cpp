// Series over a range of time, and the samples of both kinds of query as CSV.
#include <algorithm>
#include <cmath>
#include <limits>

#include "cli/bar.h"
#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/render/render.h"
#include "cli/table.h"
#include "cli/units.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kSparkColumns = 60;

struct Sample {
  UnixMs time = 0;
  double value = std::numeric_limits<double>::quiet_NaN();  // a NaN is a hole
};

std::vector<Sample> samples_of(const Json& series) {
  std::vector<Sample> samples;
  for (const Json& pair : list_at(series, "samples")) {
    if (!pair.is_array() || pair.size() < 2) continue;
    const auto time = unix_ms_of(pair[0]);
    if (!time) continue;
    Sample sample;
    sample.time = *time;
    if (pair[1].is_number()) sample.value = pair[1].get<double>();
    samples.push_back(sample);
  }
  return samples;
}

// Milliseconds only where one of the times has any.
std::string stamp(UnixMs time, bool with_ms) {
  std::string text = format_stamp(time);
  if (!with_ms) return text;
  const std::string ms = std::to_string((time % 1000 + 1000) % 1000);
  return text + "." + std::string(3 - ms.size(), '0') + ms;
}

std::string block(const Json& series, const Look& look) {
  const std::vector<Sample> samples = samples_of(series);
  const std::string unit = text_at(series, "unit");
  std::string text = paint(series_heading(series), Tone::kStrong, look.colour) + "\n";
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  std::vector<double> values;
  for (const Sample& sample : samples) {
    values.push_back(sample.value);
    if (std::isnan(sample.value)) continue;
    low = std::min(low, sample.value);
    high = std::max(high, sample.value);
  }
  text += counted(static_cast<double>(samples.size()), "sample");
  if (!(low <= high)) return text + (samples.empty() ? ".\n" : ", none with a value.\n");
  text += low == high ? ", all " + format_value(low, unit)
                      : ", " + format_value(low, unit) + " to " + format_value(high, unit);
  if (samples.size() > 2)
    text += "  " + paint(sparkline(values, std::min(kSparkColumns, look.width / 2)), Tone::kNotice,
                         look.colour);
  text += "\n";
  // One scale for the whole column, so that its numbers compare.
  const Scale scale = scale_for(std::max(std::abs(low), std::abs(high)), unit);
  Table table(
      {{"TIME (UTC)", Align::kLeft, 9, 19},
       {scale.suffix.empty() ? "VALUE" : "VALUE (" + scale.suffix + ")", Align::kRight, 9, 12}});
  const bool with_ms = std::any_of(samples.begin(), samples.end(),
                                   [](const Sample& sample) { return sample.time % 1000 != 0; });
  for (const Sample& sample : samples)
    table.add({stamp(sample.time, with_ms), format_scaled(sample.value, scale)});
  return text + table.render(look);
}

}  // namespace

std::string range_table(const Json& answer, const Look& look) {
  const Json& items = list_at(answer, "items");
  if (items.empty())
    return "No series fits, or none has samples in this range. headroom series lists what there "
           "is.\n";
  std::string text;
  for (const Json& series : items) {
    if (!text.empty()) text += "\n";
    text += block(series, look);
  }
  return text;
}

std::string query_csv(const Json& answer) {
  std::string text = csv_line({"metric", "attributes", "unix_ts", "value"});
  for (const Json& series : list_at(answer, "items")) {
    const std::string metric = csv_value(member(series, "metric"));
    const std::string attributes = selector_of(series);
    if (const auto time = time_at(series, "time")) {
      text += csv_line(
          {metric, attributes, csv_unix_seconds(*time), csv_value(member(series, "value"))});
    }
    for (const Json& pair : list_at(series, "samples")) {
      if (!pair.is_array() || pair.size() < 2) continue;
      const auto time = unix_ms_of(pair[0]);
      if (time) text += csv_line({metric, attributes, csv_unix_seconds(*time), csv_value(pair[1])});
    }
  }
  return text;
}

}  // namespace headroom::cli
