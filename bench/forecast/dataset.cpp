#include "bench/forecast/dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <zlib.h>

#include "common/base/random.h"
#include "common/base/text.h"

namespace headroom::bench {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// The lines of FILE or of FILE.gz.
Result<std::vector<std::string>> read_lines(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) file = gzopen((path + ".gz").c_str(), "rb");
  if (file == nullptr) return fail(ErrorCode::kNotFound, "cannot read " + path + " or its .gz");
  std::string text;
  std::vector<char> buffer(1 << 20);
  int got = 0;
  while ((got = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  gzclose(file);
  if (got < 0) return fail(ErrorCode::kCorruption, path + " is damaged");
  std::vector<std::string> lines;
  for (const auto line : split(text, '\n')) {
    const auto plain = trim(line);
    if (!plain.empty()) lines.emplace_back(plain);
  }
  return lines;
}

struct Values {
  UnixMs start = 0;
  std::vector<double> values;
};

Result<std::map<std::string, Values, std::less<>>> read_values(const std::string& path) {
  const auto lines = read_lines(path);
  if (!lines) return fail(lines.error());
  std::map<std::string, Values, std::less<>> all;
  for (std::size_t i = 1; i < lines->size(); ++i) {
    const auto fields = split((*lines)[i], ',');
    if (fields.size() != 3) {
      return fail(ErrorCode::kInvalidArgument,
                  path + ", line " + std::to_string(i + 1) + ": wants series_id,unix_ts,value");
    }
    auto& series = all[std::string(fields[0])];
    if (series.values.empty()) {
      series.start = static_cast<UnixMs>(parse_double(fields[1]).value_or(0) * 1000);
    }
    series.values.push_back(parse_double(fields[2]).value_or(kUnknown));
  }
  return all;
}

}  // namespace

Result<std::vector<Dataset>> read_datasets(const std::string& folder,
                                           const std::vector<std::string>& names) {
  const auto manifest = read_lines(folder + "/manifest.csv");
  if (!manifest) return fail(manifest.error());
  std::vector<Dataset> sets;
  const std::set<std::string, std::less<>> wanted(names.begin(), names.end());
  std::map<std::string, Values, std::less<>> train;
  std::map<std::string, Values, std::less<>> test;
  for (std::size_t i = 1; i < manifest->size(); ++i) {
    const auto fields = split((*manifest)[i], ',');
    if (fields.size() < 6)
      return fail(ErrorCode::kInvalidArgument, "manifest.csv: too few columns");
    const std::string name(fields[0]);
    if (!wanted.empty() && wanted.count(name) == 0) continue;
    if (sets.empty() || sets.back().name != name) {
      auto known = read_values(folder + "/" + name + ".train.csv");
      if (!known) return fail(known.error());
      auto truth = read_values(folder + "/" + name + ".test.csv");
      if (!truth) return fail(truth.error());
      train = std::move(*known);
      test = std::move(*truth);
      sets.push_back({name, {}});
    }
    SeriesToForecast series;
    series.id = fields[1];
    series.step = std::chrono::milliseconds(
        static_cast<std::int64_t>(parse_double(fields[2]).value_or(0) * 1000));
    series.season = static_cast<std::size_t>(parse_double(fields[3]).value_or(1));
    const Values& known = train[series.id];
    series.start = known.start;
    series.train = known.values;
    series.clean = known.values;
    series.test = test[series.id].values;
    if (series.train.empty() || series.test.empty() || series.step.count() <= 0) {
      return fail(ErrorCode::kInvalidArgument,
                  name + ": " + series.id + " has no values or no step");
    }
    sets.back().series.push_back(std::move(series));
  }
  if (sets.empty()) return fail(ErrorCode::kNotFound, folder + " holds none of the sets asked for");
  return sets;
}

void damage(Dataset& dataset, std::uint64_t seed) {
  Random random(seed);
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  std::uniform_real_distribution<double> uniform;
  for (SeriesToForecast& series : dataset.series) {
    auto& values = series.train;
    const std::size_t n = values.size();
    const double high = *std::max_element(values.begin(), values.end());
    const double low = *std::min_element(values.begin(), values.end());
    const double last = values.back();
    for (double& value : values) {
      if (uniform(random) < 0.03) value = kUnknown;
    }
    for (int gap = 0; gap < 2; ++gap) {
      const auto length =
          static_cast<std::size_t>(static_cast<double>(n) * (0.01 + 0.03 * uniform(random)));
      const std::size_t at = below(n - length);
      for (std::size_t i = at; i < at + length; ++i) values[i] = kUnknown;
    }
    for (std::size_t spike = 0; spike < std::max<std::size_t>(2, n / 150); ++spike) {
      values[below(n)] = high + (high - low) * (1 + 3 * uniform(random));
    }
    for (int outage = 0; outage < 3; ++outage) {
      const std::size_t length = 1 + below(5);
      const std::size_t at = below(n - length);
      for (std::size_t i = at; i < at + length; ++i) values[i] = 0;
    }
    values.back() = last;
  }
}

void cut(Dataset& dataset, std::size_t points, std::size_t horizon) {
  std::vector<SeriesToForecast> kept;
  for (SeriesToForecast& series : dataset.series) {
    if (series.clean.size() < points + horizon) continue;
    const auto at = [&](std::size_t i) {
      return series.clean.begin() + static_cast<std::ptrdiff_t>(i);
    };
    series.test.assign(at(points), at(points + horizon));
    series.train.resize(points);
    series.clean.resize(points);
    kept.push_back(std::move(series));
  }
  dataset.series = std::move(kept);
}

}  // namespace headroom::bench
