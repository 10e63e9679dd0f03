#include "aggregator/store/query.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "aggregator/store/compensated_sum.h"

namespace headroom::store {
namespace {

constexpr std::array<std::pair<std::string_view, Across>, 6> kNames{
    {{"sum", Across::kSum},
     {"avg", Across::kAvg},
     {"min", Across::kMin},
     {"max", Across::kMax},
     {"count", Across::kCount},
     {"quantile", Across::kQuantile}}};

// Linear between the closest ranks; reorders the values.
double quantile_of(std::span<double> values, double quantile) {
  const double place = quantile * static_cast<double>(values.size() - 1);
  const auto rank = static_cast<std::size_t>(place);
  const auto low = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), low, values.end());
  const double share = place - static_cast<double>(rank);
  if (share == 0) return *low;
  const double high = *std::min_element(low + 1, values.end());
  return *low + share * (high - *low);
}

struct Group {
  Series series;
  std::vector<SeriesId> members;
};

// One value per window of the series that were added.
class Accumulator {
 public:
  Accumulator(const AcrossQuery& query, std::size_t windows)
      : query_(query), cells_(windows), values_(keeps_values() ? windows : 0) {}

  void add(std::span<const Sample> samples) {
    for (const Sample& sample : samples) {
      const std::int64_t index = (sample.time - query_.windows.from) / query_.windows.step_ms;
      if (std::isnan(sample.value) || index < 0 || static_cast<std::size_t>(index) >= cells_.size())
        continue;
      const auto window = static_cast<std::size_t>(index);
      Cell& cell = cells_[window];
      ++cell.count;
      cell.sum.add(sample.value);
      cell.min = std::min(cell.min, sample.value);
      cell.max = std::max(cell.max, sample.value);
      if (keeps_values()) values_[window].push_back(sample.value);
    }
  }

  std::vector<Sample> take() {
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (cells_[i].count == 0) continue;
      samples.push_back(
          {query_.windows.from + static_cast<std::int64_t>(i) * query_.windows.step_ms, value(i)});
    }
    return samples;
  }

 private:
  struct Cell {
    CompensatedSum sum;
    double min = std::numeric_limits<double>::infinity();
    double max = -std::numeric_limits<double>::infinity();
    std::uint32_t count = 0;
  };

  bool keeps_values() const { return query_.across == Across::kQuantile; }

  double value(std::size_t window) {
    const Cell& cell = cells_[window];
    switch (*query_.across) {
      case Across::kSum:
        return cell.sum.value();
      case Across::kAvg:
        return cell.sum.value() / static_cast<double>(cell.count);
      case Across::kMin:
        return cell.min;
      case Across::kMax:
        return cell.max;
      case Across::kCount:
        return static_cast<double>(cell.count);
      case Across::kQuantile:
        return quantile_of(values_[window], query_.across_quantile);
    }
    return std::numeric_limits<double>::quiet_NaN();
  }

  const AcrossQuery& query_;
  std::vector<Cell> cells_;
  std::vector<std::vector<double>> values_;
};

double mean_of(std::span<const Sample> samples) {
  CompensatedSum sum;
  std::size_t count = 0;
  for (const Sample& sample : samples) {
    if (std::isnan(sample.value)) continue;
    sum.add(sample.value);
    ++count;
  }
  return count == 0 ? std::numeric_limits<double>::quiet_NaN()
                    : sum.value() / static_cast<double>(count);
}

bool by_attributes(const AcrossRow& a, const AcrossRow& b) {
  return std::tie(a.series.metric, a.series.unit, a.series.attributes) <
         std::tie(b.series.metric, b.series.unit, b.series.attributes);
}

// The rows that the answer keeps.
class Rows {
 public:
  explicit Rows(const AcrossQuery& query)
      : highest_(query.top > 0), wanted_(std::max(query.top, query.bottom)) {}

  void add(AcrossRow row) {
    row.mean = mean_of(row.samples);
    if (row.samples.empty() || (wanted_ > 0 && std::isnan(row.mean))) return;
    rows_.push_back(std::move(row));
    if (wanted_ > 0 && rows_.size() >= 2 * wanted_) cut();
  }

  std::vector<AcrossRow> take() {
    if (wanted_ > 0 && rows_.size() > wanted_) cut();
    std::sort(rows_.begin(), rows_.end(),
              [this](const AcrossRow& a, const AcrossRow& b) { return before(a, b); });
    return std::move(rows_);
  }

 private:
  bool before(const AcrossRow& a, const AcrossRow& b) const {
    if (wanted_ > 0 && a.mean != b.mean) return highest_ ? a.mean > b.mean : a.mean < b.mean;
    return by_attributes(a, b);
  }
  void cut() {
    std::nth_element(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(wanted_),
                     rows_.end(),
                     [this](const AcrossRow& a, const AcrossRow& b) { return before(a, b); });
    rows_.resize(wanted_);
  }

  bool highest_;
  std::size_t wanted_;
  std::vector<AcrossRow> rows_;
};

std::vector<Group> groups_of(std::span<const SeriesInfo> series, const AcrossQuery& query) {
  std::vector<Group> groups;
  if (!query.across) {
    for (const SeriesInfo& one : series) groups.push_back({*one.series, {one.id}});
    return groups;
  }
  std::map<std::tuple<std::string, std::string, Kind, Attributes>, std::size_t> places;
  for (const SeriesInfo& one : series) {
    Series shared{one.series->metric, one.series->unit, one.series->kind, {}};
    for (const std::string& key : query.by)
      shared.attributes.push_back({key, std::string(attribute(one.series->attributes, key))});
    normalize(shared.attributes);
    const auto [found, is_new] = places.try_emplace(
        {shared.metric, shared.unit, shared.kind, shared.attributes}, groups.size());
    if (is_new) groups.push_back({std::move(shared), {}});
    groups[found->second].members.push_back(one.id);
  }
  return groups;
}

Status check(const AcrossQuery& query) {
  const auto share = [](double value) { return value >= 0 && value <= 1; };
  if (query.windows.step_ms <= 0 || query.windows.to <= query.windows.from)
    return fail(ErrorCode::kInvalidArgument, "a question across series needs a range and a step");
  if (query.top > 0 && query.bottom > 0)
    return fail(ErrorCode::kInvalidArgument, "top: say either top or bottom");
  if (!query.by.empty() && !query.across) {
    return fail(ErrorCode::kInvalidArgument,
                "across: how are the series of a group put together? sum, avg, min, max, count or "
                "quantile");
  }
  if (query.by.size() > kAcrossBy) {
    return fail(ErrorCode::kLimitExceeded,
                "by: at most " + std::to_string(kAcrossBy) + " attributes");
  }
  if (!share(query.across_quantile))
    return fail(ErrorCode::kInvalidArgument, "across_quantile: must be from 0 to 1");
  return {};
}

// Which of two is higher can only be said of one unit.
Status check_units(std::span<const SeriesInfo> series, const AcrossQuery& query) {
  if (query.top == 0 && query.bottom == 0) return {};
  for (const SeriesInfo& one : series) {
    const Series& first = *series.front().series;
    if (one.series->unit == first.unit || query.across == Across::kCount) continue;
    return fail(ErrorCode::kInvalidArgument,
                std::string(query.top > 0 ? "top" : "bottom") +
                    ": the series are measured in different units, such as " + to_string(first) +
                    " in '" + first.unit + "' and " + to_string(*one.series) + " in '" +
                    one.series->unit + "'; select those of one unit");
  }
  return {};
}

// What is held at once, known before the first series is read.
Status check_size(const std::vector<Group>& groups, std::size_t windows, const AcrossQuery& query) {
  const std::size_t kept = std::max(query.top, query.bottom);
  const std::size_t rows = kept == 0 ? groups.size() : std::min(groups.size(), 2 * kept);
  std::size_t largest = 1;
  if (query.across == Across::kQuantile) {
    for (const Group& group : groups) largest = std::max(largest, group.members.size());
  }
  // Divided, not multiplied: the numbers come from the question.
  if (windows <= kAcrossValues / std::max<std::size_t>({rows, largest, 1})) return {};
  return fail(ErrorCode::kLimitExceeded,
              "the question holds " + std::to_string(rows) + " rows of " + std::to_string(windows) +
                  " windows" +
                  (largest > rows ? ", and " + std::to_string(largest) + " series in one group"
                                  : std::string()) +
                  "; at most " + std::to_string(kAcrossValues) +
                  " values are held at once: ask for a longer step, a shorter range, fewer "
                  "attributes in by, or top");
}

}  // namespace

std::optional<Across> parse_across(std::string_view name) {
  for (const auto& [known, across] : kNames) {
    if (known == name) return across;
  }
  return std::nullopt;
}

std::string_view to_string(Across across) {
  for (const auto& [name, known] : kNames) {
    if (known == across) return name;
  }
  return "?";
}

Result<std::vector<AcrossRow>> query_across(const Store& store, std::span<const SeriesInfo> series,
                                            const AcrossQuery& query, const ReadControl& control) {
  if (auto meant = check(query); !meant) return fail(meant.error());
  if (auto comparable = check_units(series, query); !comparable) return fail(comparable.error());
  const std::vector<Group> groups = groups_of(series, query);
  const auto windows = static_cast<std::size_t>(
      (query.windows.to - query.windows.from + query.windows.step_ms - 1) / query.windows.step_ms);
  if (auto small = check_size(groups, windows, query); !small) return fail(small.error());

  // One read for all, in the order of the groups: the store sees how much is wanted of it.
  std::vector<SeriesId> ids;
  for (const Group& group : groups)
    ids.insert(ids.end(), group.members.begin(), group.members.end());
  Rows rows(query);
  std::unique_ptr<Accumulator> accumulator;
  std::size_t group = 0;
  std::size_t seen = 0;  // of the group
  const auto sink = [&](SeriesId, std::span<const Sample> samples) {
    const Group& present = groups[group];
    AcrossRow row;
    if (query.across) {
      if (!accumulator) accumulator = std::make_unique<Accumulator>(query, windows);
      accumulator->add(samples);
      if (++seen < present.members.size()) return true;
      row.samples = std::exchange(accumulator, nullptr)->take();
    } else {
      row.samples.assign(samples.begin(), samples.end());
    }
    row.series = present.series;
    row.members = present.members.size();
    rows.add(std::move(row));
    ++group;
    seen = 0;
    return control.cancelled == nullptr || !*control.cancelled;
  };
  if (auto done = store.read_windows(ids, query.windows, sink, control); !done)
    return fail(done.error());
  if (control.cancelled != nullptr && *control.cancelled)
    return fail(ErrorCode::kCancelled, "the question was cancelled");
  return rows.take();
}

}  // namespace headroom::store
