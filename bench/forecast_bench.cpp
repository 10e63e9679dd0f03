// Forecasts every series of a CSV file (or stdin) and prints what it cost, so that accuracy and
// speed come from one run:
//   forecast_bench --step 1h --horizon 48 [--level 0.95] [--lower 0] [--repeat N] [FILE|-] >
//   forecasts.csv
// In:  series_id,unix_ts,value (a series' rows stand together, times ascend; an empty value is
// unknown). Out: series_id,step,unix_ts,mean,lo,hi,model; a summary of CPU time goes to stderr.
#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "aggregator/forecast/forecast.h"
#include "common/base/text.h"

namespace {

using namespace headroom;
using forecast::Forecast;
using forecast::History;
using forecast::Request;

struct Options {
  std::chrono::milliseconds step{3'600'000};
  Request request;
  int repeat = 1;
  bool explain = false;
  std::string file = "-";
};

struct NamedSeries {
  std::string id;
  UnixMs start = 0;
  std::vector<double> values;
};

Result<Options> parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--explain") {
      options.explain = true;
      continue;
    }
    if (word.rfind("--", 0) != 0) {
      options.file = word;
      continue;
    }
    if (i + 1 == argc) return fail(ErrorCode::kInvalidArgument, word + " wants a value");
    const std::string value = argv[++i];
    const auto number = parse_double(value);
    if (word == "--step") {
      const auto step = parse_duration(value);
      if (!step) return fail(step.error());
      options.step = *step;
    } else if (!number) {
      return fail(ErrorCode::kInvalidArgument, word + ": '" + value + "' is not a number");
    } else if (word == "--horizon") {
      options.request.horizon = static_cast<std::size_t>(std::max(*number, 0.0));
    } else if (word == "--level") {
      options.request.levels = {*number};
    } else if (word == "--lower") {
      options.request.lower_bound = *number;
    } else if (word == "--repeat") {
      options.repeat = std::max(1, static_cast<int>(*number));
    } else {
      return fail(ErrorCode::kInvalidArgument, "unknown option " + word);
    }
  }
  return options;
}

Result<std::vector<NamedSeries>> read_series(std::istream& in, std::chrono::milliseconds step) {
  std::vector<NamedSeries> all;
  std::string line;
  for (std::size_t row = 1; std::getline(in, line); ++row) {
    const auto fields = split(trim(line), ',');
    if (row == 1 && !fields.empty() && fields[0] == "series_id") continue;
    const auto bad = [&](const std::string& what) {
      return fail(ErrorCode::kInvalidArgument, "row " + std::to_string(row) + ": " + what);
    };
    if (fields.size() != 3) return bad("wants series_id,unix_ts,value");
    const auto time = parse_time(fields[1]);
    if (!time) return bad(time.error().message);
    const double value = parse_double(fields[2]).value_or(std::numeric_limits<double>::quiet_NaN());
    if (all.empty() || all.back().id != fields[0])
      all.push_back({std::string(fields[0]), *time, {}});
    NamedSeries& series = all.back();
    const auto slot = (*time - series.start + step.count() / 2) / step.count();
    if (slot < static_cast<std::int64_t>(series.values.size())) return bad("times must ascend");
    if (slot >= static_cast<std::int64_t>(forecast::kMaxHistory))
      return bad("the series is too long");
    series.values.resize(static_cast<std::size_t>(slot), std::numeric_limits<double>::quiet_NaN());
    series.values.push_back(value);
  }
  return all;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void write(const std::string& id, const Forecast& made) {
  for (std::size_t h = 0; h < made.points.size(); ++h) {
    const auto& point = made.points[h];
    std::cout << id << ',' << h + 1 << ',' << point.time / 1000 << ',' << format_double(point.value)
              << ',' << format_double(point.intervals[0].lower) << ','
              << format_double(point.intervals[0].upper) << ',' << made.model << '\n';
  }
}

Status run(const Options& options) {
  std::ifstream file;
  if (options.file != "-") file.open(options.file);
  std::istream& in = options.file == "-" ? std::cin : file;
  if (!in) return fail(ErrorCode::kNotFound, "cannot read " + options.file);
  const auto all = read_series(in, options.step);
  if (!all) return fail(all.error().within(options.file));

  std::vector<double> costs;
  std::cout << "series_id,step,unix_ts,mean,lo,hi,model\n";
  for (const NamedSeries& series : *all) {
    const History history{series.values, series.start, options.step};
    const double before = cpu_seconds();
    auto made = forecast::forecast(history, options.request);
    for (int i = 1; i < options.repeat; ++i) made = forecast::forecast(history, options.request);
    costs.push_back((cpu_seconds() - before) / options.repeat);
    if (!made) return fail(made.error().within(series.id));
    write(series.id, *made);
    if (options.explain) std::cerr << series.id << ": " << made->reason << '\n';
  }
  if (costs.empty()) return fail(ErrorCode::kInvalidArgument, options.file + " holds no series");
  double total = 0;
  for (const double cost : costs) total += cost;
  std::cerr << costs.size() << " series, CPU per series: mean "
            << 1e3 * total / static_cast<double>(costs.size()) << " ms, most "
            << 1e3 * *std::max_element(costs.begin(), costs.end()) << " ms\n";
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options) {
    std::cerr << "forecast_bench: " << options.error().message << '\n';
    return 2;
  }
  if (const Status status = run(*options); !status) {
    std::cerr << "forecast_bench: " << status.error().message << '\n';
    return 1;
  }
  return 0;
}
