#include "agent/once.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <thread>

#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "common/model/resource.h"

namespace headroom::agent {
namespace {

// What changes slowly or costs much is looked at every five seconds; in less than that its rate
// would be 0.
constexpr auto kBetweenLooks = std::chrono::seconds(5);
// A worker that asks filesystems or a GPU may need a moment more.
constexpr auto kSettle = std::chrono::milliseconds(100);
constexpr std::size_t kNameWidth = 46;
constexpr std::size_t kAttributesWidth = 44;

std::string printed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

// Three digits or so that mean something: "9.14", "91.4", "914".
std::string short_number(double value) {
  const double size = std::abs(value);
  if (value == std::trunc(value) && size < 100'000) return printed(value, 0);
  return printed(value, size < 10 ? 2 : size < 100 ? 1 : 0);
}

std::string scaled(double value, double base, const std::array<const char*, 6>& prefixes,
                   const std::string& unit) {
  std::size_t step = 0;
  while (std::abs(value) >= base && step + 1 < prefixes.size()) {
    value /= base;
    ++step;
  }
  return short_number(value) + " " + prefixes[step] + unit;
}

// "{connection}" → "", because the metric says what is counted.
std::string amount(double value, const std::string& unit, const std::string& per) {
  static constexpr std::array<const char*, 6> kBinary{"", "Ki", "Mi", "Gi", "Ti", "Pi"};
  static constexpr std::array<const char*, 6> kDecimal{"", "k", "M", "G", "T", "P"};
  if (unit == "By" || unit == "By/s") {
    return scaled(value, 1024, kBinary, (unit == "By/s" ? "B/s" : "B") + per);
  }
  if (unit == "1" && per.empty()) return printed(value * 100, 2) + " %";
  if (unit == "s" && !per.empty()) return printed(value * 100, 2) + " % of the time";
  const std::string plain =
      !unit.empty() && unit.front() == '{' ? std::string() : (unit == "1" ? std::string() : unit);
  std::string text =
      std::abs(value) < 100'000 ? short_number(value) + " " : scaled(value, 1000, kDecimal, "");
  text += plain + per;
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// Yes or no rather than a share.
bool is_flag(const std::string& metric) {
  static constexpr std::array<std::string_view, 4> kEndings{".read_only", ".synchronised",
                                                            ".throttled", ".up"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return metric.ends_with(ending); });
}

std::string value_text(const OnceRow& row) {
  if (is_flag(row.series.metric)) return row.value > 0 ? "yes" : "no";
  if (row.series.kind == Kind::kCounter) return amount(row.rate, row.series.unit, "/s");
  return amount(row.value, row.series.unit, "");
}

std::string attributes_text(const Attributes& attributes) {
  std::string text;
  for (const Attribute& one : attributes) {
    if (!text.empty()) text += ", ";
    // The last word of the key is enough beside the metric's name.
    text += one.key.substr(one.key.rfind('.') + 1) + "=" + one.value;
  }
  return text;
}

// Cut at the front: the end of a path says more than its beginning.
std::string padded(std::string text, std::size_t width) {
  if (text.size() > width) text = "…" + text.substr(text.size() - width + 1);
  const std::size_t columns = text.rfind("…", 0) == 0 ? text.size() - 2 : text.size();
  return text + std::string(width > columns ? width - columns : 0, ' ');
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

bool is_resource(const OnceRow& row) {
  return row.series.metric == kDemandMetric || row.series.metric == kCapacityMetric;
}

// Demand, capacity and utilization side by side; of several services each by itself.
std::string resources_table(const OnceSample& sample) {
  struct Line {
    double demand = std::nan("");
    double capacity = std::nan("");
    std::string unit;
  };
  std::map<std::pair<std::string, std::string>, Line> lines;
  std::vector<std::pair<std::string, std::string>> order;
  for (const OnceRow& row : sample.rows) {
    if (!is_resource(row)) continue;
    const std::string own(attribute(row.series.attributes, kServiceAttribute));
    const std::pair key{own.empty() ? sample.service : own,
                        std::string(attribute(row.series.attributes, kResourceAttribute))};
    if (lines.count(key) == 0) order.push_back(key);
    Line& line = lines[key];
    (row.series.metric == kDemandMetric ? line.demand : line.capacity) = row.value;
    line.unit = row.series.unit;
  }
  if (order.empty()) return {};
  std::string text = padded("RESOURCE", 14) + padded("SERVICE", 22) + right("DEMAND", 14) +
                     right("CAPACITY", 14) + right("UTILIZATION", 13) + "\n";
  for (const auto& key : order) {
    const Line& line = lines[key];
    const auto cell = [&](double value) {
      return std::isnan(value) ? std::string("-") : amount(value, line.unit, "");
    };
    const double share = line.demand / line.capacity;
    text += padded(key.second, 14) + padded(key.first, 22) + right(cell(line.demand), 14) +
            right(cell(line.capacity), 14) +
            right(std::isnan(share) ? "-" : printed(share * 100, 1) + " %", 13) + "\n";
  }
  return text;
}

}  // namespace

OnceSample sample_once(const Clock& clock, const Config& config,
                       std::vector<Sampler::Named> collectors) {
  OnceSample sample;
  sample.service = config.service;
  SampleSheet sheet;
  std::vector<double> before;
  std::vector<std::string> owner;  // collector by slot
  auto last = clock.steady();
  const auto look = [&](bool is_first) {
    const auto now = clock.steady();
    const Tick tick{clock.unix_ms(),
                    is_first ? std::chrono::nanoseconds(0) : std::chrono::nanoseconds(now - last)};
    last = now;
    sheet.clear_values();
    sample.failures.clear();
    for (Sampler::Named& named : collectors) {
      const Status done = named.collector->collect(tick, sheet);
      if (!done) sample.failures.push_back(named.name + ": " + done.error().message);
      owner.resize(sheet.series().size(), named.name);
    }
    sample.time = tick.time;
    return tick.elapsed;
  };
  look(true);
  std::this_thread::sleep_for(kSettle);
  look(false);
  before = sheet.values();
  std::this_thread::sleep_for(kBetweenLooks);
  const auto cpu = usage_of_this_process().cpu;
  const double seconds = std::chrono::duration<double>(look(false)).count();
  sample.cpu = usage_of_this_process().cpu - cpu;
  before.resize(sheet.values().size(), missing_value());
  for (std::size_t slot = 0; slot < sheet.series().size(); ++slot) {
    const Series& series = sheet.series()[slot];
    const double value = sheet.values()[slot];
    if (series.metric.empty() || is_missing(value)) continue;
    const double grown = is_missing(before[slot]) ? 0 : value - before[slot];
    sample.rows.push_back({owner[slot], series, value, std::max(0.0, grown) / seconds});
  }
  const auto rank = [&](const OnceRow& row) {
    return std::find_if(collectors.begin(), collectors.end(),
                        [&](const Sampler::Named& named) { return named.name == row.collector; });
  };
  std::stable_sort(sample.rows.begin(), sample.rows.end(),
                   [&](const OnceRow& a, const OnceRow& b) { return rank(a) < rank(b); });
  return sample;
}

std::string once_table(const OnceSample& sample) {
  std::string text = format_time(sample.time) + "  service " + sample.service + "  " +
                     std::to_string(sample.rows.size()) + " values in " +
                     printed(std::chrono::duration<double, std::milli>(sample.cpu).count(), 1) +
                     " ms of CPU time\n\n" + resources_table(sample);
  std::string collector;
  for (const OnceRow& row : sample.rows) {
    if (is_resource(row)) continue;
    if (row.collector != collector) {
      collector = row.collector;
      text += "\n" + collector + "\n";
    }
    text += "  " + padded(row.series.metric, kNameWidth) + "  " +
            padded(attributes_text(row.series.attributes), kAttributesWidth) +
            right(value_text(row), 16) + "\n";
  }
  for (const std::string& failure : sample.failures) text += "\nfailed: " + failure;
  if (!sample.failures.empty()) text += "\n";
  return text;
}

std::string once_json(const OnceSample& sample) {
  nlohmann::ordered_json series = nlohmann::ordered_json::array();
  for (const OnceRow& row : sample.rows) {
    nlohmann::ordered_json attributes = nlohmann::ordered_json::object();
    for (const Attribute& one : row.series.attributes) attributes[one.key] = one.value;
    nlohmann::ordered_json entry{{"collector", row.collector},
                                 {"metric", row.series.metric},
                                 {"unit", row.series.unit},
                                 {"kind", row.series.kind == Kind::kCounter ? "counter" : "gauge"},
                                 {"attributes", std::move(attributes)},
                                 {"value", row.value}};
    if (row.series.kind == Kind::kCounter) entry["rate"] = row.rate;
    series.push_back(std::move(entry));
  }
  const nlohmann::ordered_json all{{"time", format_time(sample.time)},
                                   {"service", sample.service},
                                   {"series", std::move(series)},
                                   {"failures", sample.failures}};
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace headroom::agent
