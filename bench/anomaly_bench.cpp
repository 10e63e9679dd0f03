// Anomaly detection on labelled series, and false alarms on normal ones:
//   anomaly_bench [--json] [--false-alarms 1/7d] [--scores FOLDER] FOLDER
// FOLDER holds windows.json ({"family/file.csv": [[first, last], …]}) and data/family/file.csv with
// rows timestamp,value, as the Numenta Anomaly Benchmark does. --scores writes the same tree with
// rows timestamp,anomaly_score, for a scorer of somebody else.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "aggregator/forecast/anomaly/detector.h"
#include "bench/anomaly_peers.h"
#include "bench/nab_score.h"
#include "bench/normal_series.h"
#include "common/base/text.h"

namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

using namespace headroom;
using bench::LabelledSeries;
using forecast::AnomalyDetector;
using forecast::FalseAlarmRate;
using forecast::Verdict;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

struct Options {
  bool json = false;
  std::string wanted = "1/7d";
  std::string scores;
  std::string folder;
};

Result<Options> parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--json") {
      options.json = true;
    } else if (word.rfind("--", 0) != 0) {
      options.folder = word;
    } else if (i + 1 == argc) {
      return fail(ErrorCode::kInvalidArgument, word + " wants a value");
    } else if (word == "--false-alarms") {
      options.wanted = argv[++i];
    } else if (word == "--scores") {
      options.scores = argv[++i];
    } else {
      return fail(ErrorCode::kInvalidArgument, "unknown option " + word);
    }
  }
  if (options.folder.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "which folder? It holds windows.json and data/family/file.csv");
  }
  return options;
}

// "2014-04-01 00:05:00", whatever stands behind the seconds.
Result<UnixMs> parse_stamp(std::string_view stamp) {
  std::string text(stamp.substr(0, 19));
  if (text.size() == 19) text[10] = 'T';
  return parse_time(text + "Z");
}

Result<LabelledSeries> read_series(const std::string& folder, const std::string& name,
                                   const Json& windows) {
  LabelledSeries series;
  series.name = name;
  std::ifstream in(folder + "/data/" + name);
  if (!in) return fail(ErrorCode::kNotFound, "cannot read " + folder + "/data/" + name);
  std::string line;
  std::getline(in, line);
  std::map<UnixMs, std::size_t> first_at;
  for (std::size_t number = 2; std::getline(in, line); ++number) {
    const auto fields = split(trim(line), ',');
    const auto time = parse_stamp(fields[0]);
    const double value = parse_double(fields.back()).value_or(kNotANumber);
    if (fields.size() != 2 || !time || std::isnan(value)) {
      return fail(ErrorCode::kInvalidArgument,
                  name + ":" + std::to_string(number) + ": not a row timestamp,value");
    }
    first_at.emplace(*time, series.times.size());
    series.stamps.emplace_back(fields[0]);
    series.times.push_back(*time);
    series.values.push_back(value);
  }
  for (const Json& window : windows) {
    const auto first = parse_stamp(window.at(0).get<std::string>());
    const auto last = parse_stamp(window.at(1).get<std::string>());
    if (!first || !last || !first_at.contains(*first) || !first_at.contains(*last))
      return fail(ErrorCode::kInvalidArgument, name + ": a window begins or ends at no row");
    series.windows.emplace_back(first_at[*first], first_at[*last]);
  }
  return series;
}

Result<std::vector<LabelledSeries>> read_all(const std::string& folder) {
  std::ifstream in(folder + "/windows.json");
  if (!in) return fail(ErrorCode::kNotFound, "cannot read " + folder + "/windows.json");
  const Json labels = Json::parse(in, nullptr, false);
  if (!labels.is_object())
    return fail(ErrorCode::kCorruption, folder + "/windows.json is not a JSON object");
  std::vector<LabelledSeries> all;
  for (const auto& [name, windows] : labels.items()) {
    auto series = read_series(folder, name, windows);
    if (!series) return fail(series.error());
    all.push_back(std::move(*series));
  }
  return all;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// What one detector made of all series.
struct Run {
  std::string name;
  std::vector<std::vector<double>> scores;
  double cpu_us_per_point = 0;
  bench::NabScore nab;
};

template <typename Judge>
Run run(const std::string& name, const std::vector<LabelledSeries>& all, const Judge& judge) {
  Run made;
  made.name = name;
  std::size_t points = 0;
  const double before = cpu_seconds();
  for (const LabelledSeries& series : all) {
    made.scores.push_back(judge(series));
    points += series.values.size();
  }
  made.cpu_us_per_point =
      1e6 * (cpu_seconds() - before) / static_cast<double>(std::max<std::size_t>(points, 1));
  made.nab = bench::nab_score(all, made.scores);
  return made;
}

// Alarms less than kAlarmMerge apart are one.
struct AlarmCounter {
  std::optional<UnixMs> last;
  bool count(UnixMs time) {
    const bool begins = !last || time - *last >= forecast::kAlarmMerge.count();
    last = time;
    return begins;
  }
};

struct FileAlarms {
  std::size_t found = 0;    // windows with an alarm
  std::size_t outside = 0;  // alarms in no window
};

struct OurRun {
  Run run;
  std::vector<FileAlarms> files;
};

OurRun run_ours(const std::vector<LabelledSeries>& all, FalseAlarmRate wanted) {
  OurRun ours;
  std::vector<std::vector<bool>> alarms;
  ours.run = run("headroom", all, [&](const LabelledSeries& series) {
    AnomalyDetector detector(wanted);
    std::vector<double> scores(series.values.size());
    std::vector<bool> flags(series.values.size());
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const Verdict verdict = detector.observe(series.times[i], series.values[i]);
      scores[i] = verdict.score;
      flags[i] = verdict.anomaly;
    }
    alarms.push_back(std::move(flags));
    return scores;
  });
  for (std::size_t s = 0; s < all.size(); ++s) {
    FileAlarms file;
    AlarmCounter outside;
    for (std::size_t i = 0; i < alarms[s].size(); ++i)
      if (alarms[s][i] && !all[s].inside(i) && outside.count(all[s].times[i])) ++file.outside;
    for (const auto& [first, last] : all[s].windows) {
      const auto begin = alarms[s].begin() + static_cast<std::ptrdiff_t>(first);
      const auto end = alarms[s].begin() + static_cast<std::ptrdiff_t>(last) + 1;
      file.found += std::find(begin, end, true) != end ? 1 : 0;
    }
    ours.files.push_back(file);
  }
  return ours;
}

// Wanted and found on normal series, after their first week.
struct FalseAlarms {
  std::string wanted;
  std::chrono::seconds step{0};
  double wanted_per_week = 0;
  double found_per_week = 0;
  double least = 0;  // of the kinds
  double most = 0;
};

double false_alarms_of(const bench::NormalKind& kind, std::uint64_t seed, std::size_t weeks,
                       std::chrono::seconds step, FalseAlarmRate wanted) {
  constexpr UnixMs kMonday = 1'700'438'400'000;
  const auto per_week = static_cast<std::size_t>(std::chrono::hours(7 * 24) / step);
  const auto values = bench::normal_series(kind, seed, weeks * per_week, step);
  AnomalyDetector detector(wanted);
  AlarmCounter alarms;
  double count = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const UnixMs time = kMonday + static_cast<UnixMs>(i) * step.count() * 1000;
    if (!detector.observe(time, values[i]).anomaly) continue;
    if (alarms.count(time) && i >= per_week) count += 1;
  }
  return count / static_cast<double>(weeks - 1);
}

FalseAlarms count_false_alarms(const std::string& text, std::chrono::seconds step,
                               std::size_t weeks, std::uint64_t seeds) {
  const FalseAlarmRate wanted = forecast::parse_false_alarms(text).value_or(FalseAlarmRate{});
  FalseAlarms result{text, step, 7 * wanted.per_day, 0, 1e9, 0};
  for (const bench::NormalKind& kind : bench::kNormalKinds) {
    double found = 0;
    // Seeds that no constant was chosen on.
    for (std::uint64_t seed = 1; seed <= seeds; ++seed)
      found += false_alarms_of(kind, 900 + seed, weeks, step, wanted) / static_cast<double>(seeds);
    result.found_per_week += found / static_cast<double>(std::size(bench::kNormalKinds));
    result.least = std::min(result.least, found);
    result.most = std::max(result.most, found);
  }
  return result;
}

std::vector<FalseAlarms> count_all_false_alarms() {
  std::vector<FalseAlarms> all;
  for (const char* wanted : {"4/7d", "1/7d", "1/28d"}) {
    all.push_back(count_false_alarms(wanted, std::chrono::seconds(60), 4, 1));
    all.push_back(count_false_alarms(wanted, std::chrono::seconds(300), 8, 3));
    all.push_back(count_false_alarms(wanted, std::chrono::hours(1), 26, 4));
  }
  return all;
}

Status write_scores(const std::string& folder, const std::vector<LabelledSeries>& all,
                    const Run& run) {
  for (std::size_t s = 0; s < all.size(); ++s) {
    const fs::path path = fs::path(folder) / all[s].name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    std::ofstream out(path);
    out << "timestamp,anomaly_score\n";
    for (std::size_t i = 0; i < run.scores[s].size(); ++i)
      out << all[s].stamps[i] << ',' << format_double(run.scores[s][i]) << '\n';
    if (!out.flush()) return fail(ErrorCode::kUnavailable, "cannot write " + path.string());
  }
  return {};
}

void print(const std::vector<LabelledSeries>& all, const OurRun& ours, const std::vector<Run>& runs,
           const std::vector<FalseAlarms>& false_alarms, const std::string& wanted) {
  std::printf("%-52s %7s %8s %6s %14s\n", "series", "points", "windows", "found", "alarms outside");
  FileAlarms total;
  std::size_t windows = 0;
  for (std::size_t s = 0; s < all.size(); ++s) {
    std::printf("%-52s %7zu %8zu %6zu %14zu\n", all[s].name.c_str(), all[s].values.size(),
                all[s].windows.size(), ours.files[s].found, ours.files[s].outside);
    total.found += ours.files[s].found;
    total.outside += ours.files[s].outside;
    windows += all[s].windows.size();
  }
  std::printf("%-52s %7s %8zu %6zu %14zu   at --false-alarms %s\n\n", "all", "", windows,
              total.found, total.outside, wanted.c_str());
  std::printf("%-20s %10s %10s %14s\n", "detector", "NAB score", "threshold", "CPU us/point");
  for (const Run& one : runs)
    std::printf("%-20s %10.2f %10.4f %14.2f\n", one.name.c_str(), one.nab.score, one.nab.threshold,
                one.cpu_us_per_point);
  std::printf("\nfalse alarms per week on %zu kinds of normal series\n",
              std::size(bench::kNormalKinds));
  std::printf("%-8s %8s %8s %8s %8s %8s\n", "wanted", "step s", "wanted", "found", "least", "most");
  for (const FalseAlarms& one : false_alarms)
    std::printf("%-8s %8lld %8.2f %8.2f %8.2f %8.2f\n", one.wanted.c_str(),
                static_cast<long long>(one.step.count()), one.wanted_per_week, one.found_per_week,
                one.least, one.most);
}

Json as_json(const std::vector<LabelledSeries>& all, const OurRun& ours,
             const std::vector<Run>& runs, const std::vector<FalseAlarms>& false_alarms,
             const std::string& wanted) {
  Json json{{"false_alarms", wanted},
            {"series", Json::array()},
            {"detectors", Json::array()},
            {"normal_series", Json::array()}};
  for (std::size_t s = 0; s < all.size(); ++s) {
    json["series"].push_back({{"name", all[s].name},
                              {"points", all[s].values.size()},
                              {"windows", all[s].windows.size()},
                              {"found", ours.files[s].found},
                              {"alarms_outside", ours.files[s].outside}});
  }
  for (const Run& one : runs) {
    json["detectors"].push_back({{"name", one.name},
                                 {"nab_score", one.nab.score},
                                 {"threshold", one.nab.threshold},
                                 {"windows", one.nab.windows},
                                 {"cpu_us_per_point", one.cpu_us_per_point}});
  }
  for (const FalseAlarms& one : false_alarms) {
    json["normal_series"].push_back({{"wanted", one.wanted},
                                     {"step_seconds", one.step.count()},
                                     {"wanted_per_week", one.wanted_per_week},
                                     {"found_per_week", one.found_per_week},
                                     {"least_of_kinds", one.least},
                                     {"most_of_kinds", one.most}});
  }
  return json;
}

Status run_all(const Options& options) {
  const auto wanted = forecast::parse_false_alarms(options.wanted);
  if (!wanted) return fail(wanted.error());
  const auto all = read_all(options.folder);
  if (!all) return fail(all.error());
  const OurRun ours = run_ours(*all, *wanted);
  std::vector<Run> runs{ours.run};
  runs.push_back(run("windowed Gaussian", *all,
                     [](const LabelledSeries& s) { return bench::windowed_gaussian(s.values); }));
  runs.push_back(run("static limit", *all, [](const LabelledSeries& s) {
    return bench::static_limit(s.values, s.probation());
  }));
  const auto false_alarms = count_all_false_alarms();
  if (options.json) {
    std::cout << as_json(*all, ours, runs, false_alarms, options.wanted).dump(2) << '\n';
  } else {
    print(*all, ours, runs, false_alarms, options.wanted);
  }
  return options.scores.empty() ? Status{} : write_scores(options.scores, *all, ours.run);
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options) {
    std::cerr << "anomaly_bench: " << options.error().message << '\n';
    return 2;
  }
  if (const Status status = run_all(*options); !status) {
    std::cerr << "anomaly_bench: " << status.error().message << '\n';
    return 1;
  }
  return 0;
}
