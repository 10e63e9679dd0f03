#include "bench/codec_data.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>

#include "common/base/text.h"

namespace headroom::bench {
namespace {

template <typename T>
T take(std::istream& in) {
  T value{};
  in.read(reinterpret_cast<char*>(&value), sizeof(value));
  return value;
}

std::string name_of(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

// The whole text of a file, unpacked.
Result<std::string> read_text(const std::string& path) {
  if (!path.ends_with(".gz")) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    if (!in) return fail(ErrorCode::kNotFound, "cannot read " + path);
    return text.str();
  }
  if (path.find('\'') != std::string::npos)
    return fail(ErrorCode::kInvalidArgument, path + " has a quote in its name");
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(("zcat '" + path + "'").c_str(), "r"),
                                                   pclose);
  if (!pipe) return fail(errno_error("zcat " + path));
  std::string text;
  std::vector<char> part(1u << 16);
  while (const std::size_t size = fread(part.data(), 1, part.size(), pipe.get()))
    text.append(part.data(), size);
  return text;
}

}  // namespace

Result<DataSet> read_fleet(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string magic(8, ' ');
  in.read(magic.data(), 8);
  if (!in || magic != "HRFLEET1")
    return fail(ErrorCode::kInvalidArgument, path + " is no fleet file (HRFLEET1)");
  const auto hosts = take<std::uint32_t>(in);
  const auto metrics = take<std::uint32_t>(in);
  take<std::uint32_t>(in);
  const auto steps = take<std::uint32_t>(in);
  take<std::int64_t>(in);
  in.ignore(take<std::uint32_t>(in));
  DataSet data{name_of(path), {}};
  data.series.resize(std::size_t{hosts} * metrics);
  for (auto& series : data.series) series.reserve(steps);
  for (std::uint32_t step = 0; step < steps; ++step) {
    for (std::uint32_t host = 0; host < hosts; ++host) {
      take<std::int64_t>(in);
      for (std::uint32_t metric = 0; metric < metrics; ++metric)
        data.series[std::size_t{host} * metrics + metric].push_back(take<double>(in));
    }
  }
  if (!in) return fail(ErrorCode::kCorruption, path + " ends too early");
  return data;
}

Result<DataSet> read_trace(const std::string& path, bool derive) {
  const auto text = read_text(path);
  if (!text) return fail(text.error());
  DataSet data{name_of(path) + (derive ? ", counters as differences" : ""), {}};
  std::istringstream lines(*text);
  std::string line;
  std::vector<bool> counters;
  std::vector<double> before;
  while (std::getline(lines, line)) {
    const auto fields = split(trim(line), ',');
    if (counters.empty()) {
      for (const auto& field : fields) counters.push_back(field.starts_with("c:"));
      data.series.resize(fields.size() - 1);
      continue;
    }
    if (fields.size() != counters.size())
      return fail(ErrorCode::kInvalidArgument, path + " has a line of another length");
    std::vector<double> now(fields.size());
    for (std::size_t i = 1; i < fields.size(); ++i) {
      now[i] = parse_double(fields[i]).value_or(std::nan(""));
      if (derive && before.empty()) continue;
      data.series[i - 1].push_back(derive && counters[i] ? now[i] - before[i] : now[i]);
    }
    before = std::move(now);
  }
  if (data.series.empty() || data.series[0].empty())
    return fail(ErrorCode::kInvalidArgument, path + " holds no series");
  return data;
}

DataSet make_series(std::uint64_t seed) {
  constexpr std::size_t kSeries = 400;
  constexpr std::size_t kSteps = 1440;
  DataSet data{"made here, seed " + std::to_string(seed), {}};
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise;
  for (std::size_t s = 0; s < kSeries; ++s) {
    const double level = std::exp(3 + 2 * noise(random));
    const double spread = level * std::exp(noise(random) - 3);
    double walk = level;
    double total = std::floor(level * 1000);
    std::vector<double>& series = data.series.emplace_back();
    for (std::size_t step = 0; step < kSteps; ++step) {
      walk = 0.98 * walk + 0.02 * level + spread * noise(random);
      total += std::floor(std::abs(walk));
      switch (s % 8) {
        case 0:
        case 1:
          series.push_back(std::floor(level));
          break;
        case 2:
          series.push_back(std::round(100 * walk) / 100);
          break;
        case 3:
          series.push_back(std::round(walk));
          break;
        case 4:
          series.push_back(total);
          break;
        case 5:
          series.push_back(4096 * std::round(1000 * walk));
          break;
        case 6:  // moves seldom
          series.push_back(series.empty() || random() % 32 == 0 ? std::round(walk) : series.back());
          break;
        default:  // mostly nothing
          series.push_back(random() % 8 == 0 ? std::round(10 * walk) / 10 : 0);
          break;
      }
    }
  }
  return data;
}

}  // namespace headroom::bench
