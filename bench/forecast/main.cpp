// Forecasts every series of the sets in a folder and prints how right, how honest and how dear that
// was: one line per set, and with --model each one per set and model.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "aggregator/forecast/calendar/builtin.h"
#include "aggregator/forecast/forecast.h"
#include "aggregator/forecast/registry.h"
#include "bench/forecast/dataset.h"
#include "bench/forecast/score.h"
#include "common/base/text.h"

namespace {

using namespace headroom;
using bench::Dataset;
using bench::SeriesScore;
using bench::SeriesToForecast;

struct Options {
  std::string folder;
  std::vector<std::string> sets;
  std::string model = forecast::kAutomatic;
  std::string budget = "5ms";
  std::string calendar;
  std::vector<std::string> parameters;
  double level = 0.95;
  std::size_t points = 0;
  std::size_t horizon = 0;
  std::uint64_t damage = 0;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  std::string forecasts;
  std::string per_series;
  bool json = false;
  bool explain = false;
};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Outcome {
  SeriesScore score;
  double cpu_s = 0;
  std::string model;
  std::string reason;
  std::string problem;  // empty where a forecast was made
  std::vector<forecast::Point> points;
};

Outcome run_one(const SeriesToForecast& series, const Options& options, const std::string& model) {
  forecast::Request request;
  request.horizon = series.test.size();
  request.levels = {options.level};
  request.model = model;
  request.budget = std::chrono::duration_cast<std::chrono::microseconds>(
      parse_duration(options.budget).value_or(std::chrono::milliseconds(5)));
  for (const std::string& word : options.parameters) {
    const auto parts = split(word, '=');
    if (parts.size() != 2) continue;
    request.parameters.emplace_back(parts[0], parse_double(parts[1]).value_or(0));
  }
  request.calendar = forecast::find_builtin_calendar(options.calendar);
  std::vector<double> known;
  for (const double value : series.clean) {
    if (std::isfinite(value)) known.push_back(value);
  }
  if (*std::min_element(known.begin(), known.end()) >= 0) request.lower_bound = 0;
  Outcome outcome;
  const double before = cpu_seconds();
  auto made = forecast::forecast({series.train, series.start, series.step}, request);
  outcome.cpu_s = cpu_seconds() - before;
  if (!made) {
    outcome.problem = made.error().message;
    return outcome;
  }
  bench::Scored scored;
  for (const forecast::Point& point : made->points) {
    scored.mean.push_back(point.value);
    scored.lower.push_back(point.intervals[0].lower);
    scored.upper.push_back(point.intervals[0].upper);
  }
  outcome.score = bench::score(known, series.test, series.season, scored, options.level);
  outcome.model = made->model;
  outcome.reason = made->reason;
  outcome.points = std::move(made->points);
  return outcome;
}

std::vector<Outcome> run_set(const Dataset& set, const Options& options, const std::string& model) {
  std::vector<Outcome> outcomes(set.series.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < outcomes.size(); i = next++) {
      outcomes[i] = run_one(set.series[i], options, model);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < options.threads; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return outcomes;
}

void write_forecasts(const std::string& folder, const Dataset& set,
                     const std::vector<Outcome>& outcomes) {
  std::filesystem::create_directories(folder);
  std::ofstream out(folder + "/" + set.name + ".csv");
  out << "series_id,step,unix_ts,mean,lo,hi,model\n";
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    for (std::size_t h = 0; h < outcomes[i].points.size(); ++h) {
      const auto& point = outcomes[i].points[h];
      out << set.series[i].id << ',' << h + 1 << ',' << point.time / 1000 << ','
          << format_double(point.value) << ',' << format_double(point.intervals[0].lower) << ','
          << format_double(point.intervals[0].upper) << ',' << outcomes[i].model << '\n';
    }
  }
}

void write_per_series(std::ostream& out, const Dataset& set, const std::vector<Outcome>& outcomes) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& one = outcomes[i];
    out << set.name << ',' << set.series[i].id << ',' << one.model << ',' << one.score.relsn << ','
        << one.score.mase << ',' << one.score.msis << ',' << one.score.coverage << ','
        << one.cpu_s * 1e3 << '\n';
  }
}

class Table {
 public:
  explicit Table(bool json) : json_(json) {
    if (!json_) {
      std::printf("%-22s %-28s %6s %7s %7s %7s %7s %8s %9s %9s %9s\n", "set", "model", "series",
                  "carried", "relsn", "OWA", "MASE", "MSIS", "cover", "CPU ms", "most ms");
    }
  }

  void add(const Dataset& set, const std::string& model, const std::vector<Outcome>& outcomes) {
    std::vector<SeriesScore> scores;
    // Series that the model could not forecast from got another one's forecast.
    std::size_t carried = 0;
    double cpu = 0;
    double most = 0;
    for (const Outcome& one : outcomes) {
      if (!one.problem.empty()) continue;
      scores.push_back(one.score);
      carried += model == forecast::kAutomatic || one.model == model ? 1 : 0;
      cpu += one.cpu_s;
      most = std::max(most, one.cpu_s);
    }
    if (scores.empty()) {
      if (!json_)
        std::printf("%-22s %-28s carries none: %s\n", set.name.c_str(), model.c_str(),
                    outcomes.front().problem.c_str());
      return;
    }
    const auto score = bench::summarise(scores);
    const double cpu_ms = 1e3 * cpu / static_cast<double>(scores.size());
    if (json_) {
      rows_.push_back({{"set", set.name},
                       {"model", model},
                       {"series", score.series},
                       {"carried", carried},
                       {"relsn", score.relsn},
                       {"owa", score.owa},
                       {"smape", score.smape},
                       {"mase", score.mase},
                       {"msis", score.msis},
                       {"coverage", score.coverage},
                       {"cpu_ms", cpu_ms},
                       {"cpu_ms_most", 1e3 * most}});
      return;
    }
    std::printf("%-22s %-28s %6zu %7zu %7.3f %7.3f %7.3f %8.2f %8.1f%% %9.2f %9.2f\n",
                set.name.c_str(), model.c_str(), score.series, carried, score.relsn, score.owa,
                score.mase, score.msis, 100 * score.coverage, cpu_ms, 1e3 * most);
    std::fflush(stdout);
  }

  ~Table() {
    if (json_) std::cout << rows_.dump(1) << '\n';
  }

 private:
  bool json_;
  nlohmann::json rows_ = nlohmann::json::array();
};

Status run(const Options& options) {
  auto sets = bench::read_datasets(options.folder, options.sets);
  if (!sets) return fail(sets.error());
  std::vector<std::string> models{options.model};
  if (options.model == "each") {
    models = {forecast::kAutomatic};
    for (const auto* model : forecast::models()) models.emplace_back(model->name());
  }
  std::ofstream per_series(options.per_series);
  Table table(options.json);
  for (Dataset& set : *sets) {
    if (options.points > 0) {
      cut(set, options.points, options.horizon > 0 ? options.horizon : 48);
      if (set.series.empty()) continue;
    }
    if (options.damage > 0) damage(set, options.damage);
    for (const std::string& model : models) {
      const auto outcomes = run_set(set, options, model);
      table.add(set, model, outcomes);
      if (!options.forecasts.empty()) write_forecasts(options.forecasts, set, outcomes);
      if (per_series) write_per_series(per_series, set, outcomes);
      if (!options.explain) continue;
      for (std::size_t i = 0; i < outcomes.size(); ++i) {
        std::cerr << set.series[i].id << ": " << outcomes[i].reason << outcomes[i].problem << '\n';
      }
    }
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"How right, honest and dear the forecasts are, on sets of series"};
  app.add_option("folder", options.folder, "manifest.csv, SET.train.csv[.gz], SET.test.csv[.gz]")
      ->required();
  app.add_option("--set", options.sets, "only this set; may be repeated");
  app.add_option("--model", options.model, "a model's name, auto, or each");
  app.add_option("--param", options.parameters, "NAME=VALUE of the model; may be repeated");
  app.add_option("--budget", options.budget, "of automatic choice per series");
  app.add_option("--calendar", options.calendar, "built-in calendar that the series follow")
      ->check(CLI::IsMember(forecast::builtin_calendar_names()));
  app.add_option("--level", options.level, "of the intervals");
  app.add_option("--points", options.points, "learn from the first so many only");
  app.add_option("--horizon", options.horizon, "with --points; default 48");
  app.add_option("--damage", options.damage, "seed of the damage to do; 0: none");
  app.add_option("--threads", options.threads, "");
  app.add_option("--forecasts", options.forecasts, "folder for SET.csv with every point");
  app.add_option("--per-series", options.per_series, "file for a line per series");
  app.add_flag("--json", options.json, "");
  app.add_flag("--explain", options.explain, "each forecast's reason, to standard error");
  CLI11_PARSE(app, argc, argv);
  if (const Status status = run(options); !status) {
    std::cerr << "forecast_bench: " << status.error().message << '\n';
    return 1;
  }
  return 0;
}
