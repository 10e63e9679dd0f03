// Bytes per sample and speed of the column codec on files of series or on series of its own:
//   codec_bench [--json] [--seed N] [FILE.bin|FILE.csv|FILE.csv.gz …]
// Every series is cut into chunks, and each chunk is one column; what is decoded is compared with
// what was encoded. Speeds are values per second of the process's CPU time, best of several runs.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <iostream>
#include <limits>

#include <nlohmann/json.hpp>

#include "bench/codec_data.h"
#include "common/base/text.h"
#include "common/codec/column.h"

namespace {

using namespace headroom;

constexpr std::size_t kChunks[] = {6, 120, 360, 720, 1440};
constexpr int kRuns = 5;

struct Row {
  std::size_t chunk = 0;
  double bytes_per_sample = 0;
  double encode_per_second = 0;
  double decode_per_second = 0;
  double measure_ns_per_column = 0;
};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<std::span<const double>> cut(const bench::DataSet& data, std::size_t chunk) {
  std::vector<std::span<const double>> columns;
  for (const auto& series : data.series) {
    for (std::span<const double> rest = series; !rest.empty();) {
      const std::size_t size = std::min(chunk, rest.size());
      columns.push_back(rest.first(size));
      rest = rest.subspan(size);
    }
  }
  return columns;
}

// CPU seconds of one pass over the columns.
template <typename Pass>
double best_of(const Pass& pass) {
  double best = std::numeric_limits<double>::infinity();
  for (int run = 0; run < kRuns; ++run) {
    const double before = cpu_seconds();
    pass();
    best = std::min(best, cpu_seconds() - before);
  }
  return std::max(best, 1e-9);
}

Result<Row> measure(const bench::DataSet& data, std::size_t chunk) {
  const auto columns = cut(data, chunk);
  std::size_t samples = 0;
  for (const auto& column : columns) samples += column.size();
  std::string bytes;
  const double encode = best_of([&] {
    bytes.clear();
    for (const auto& column : columns) codec::encode_column(column, bytes);
  });
  std::vector<double> values(chunk);
  bool same = true;
  const auto decode_all = [&](bool compare) {
    codec::Bytes rest = codec::as_bytes(bytes);
    for (const auto& column : columns) {
      const std::span<double> out(values.data(), column.size());
      const auto taken = codec::decode_column(rest, out);
      same = same && taken.has_value();
      if (!same) return;
      rest = rest.subspan(*taken);
      if (compare) same = std::memcmp(out.data(), column.data(), out.size_bytes()) == 0;
    }
  };
  decode_all(true);
  if (!same) return fail(ErrorCode::kCorruption, data.name + " does not come back as it was");
  const double decode = best_of([&] { decode_all(false); });
  const double step = best_of([&] {
    codec::Bytes rest = codec::as_bytes(bytes);
    for (const auto& column : columns)
      rest = rest.subspan(codec::measure_column(rest, column.size()).value_or(0));
  });
  const auto count = static_cast<double>(samples);
  return Row{chunk, static_cast<double>(bytes.size()) / count, count / encode, count / decode,
             1e9 * step / static_cast<double>(columns.size())};
}

Status run(const std::vector<bench::DataSet>& all, bool json) {
  auto report = nlohmann::json::array();
  for (const bench::DataSet& data : all) {
    if (!json)
      std::printf("%s\n%8s %14s %12s %12s %14s\n", data.name.c_str(), "chunk", "bytes/sample",
                  "encode M/s", "decode M/s", "measure ns/col");
    for (const std::size_t chunk : kChunks) {
      const auto row = measure(data, chunk);
      if (!row) return fail(row.error());
      report.push_back({{"data", data.name},
                        {"chunk", row->chunk},
                        {"bytes_per_sample", row->bytes_per_sample},
                        {"encode_values_per_cpu_second", row->encode_per_second},
                        {"decode_values_per_cpu_second", row->decode_per_second},
                        {"measure_ns_per_column", row->measure_ns_per_column}});
      if (!json)
        std::printf("%8zu %14.4f %12.1f %12.1f %14.1f\n", row->chunk, row->bytes_per_sample,
                    row->encode_per_second / 1e6, row->decode_per_second / 1e6,
                    row->measure_ns_per_column);
    }
  }
  if (json) std::cout << report.dump(2) << '\n';
  return {};
}

Status load(const std::string& path, std::vector<bench::DataSet>& all) {
  if (path.ends_with(".bin")) {
    auto data = bench::read_fleet(path);
    if (!data) return fail(data.error());
    all.push_back(std::move(*data));
    return {};
  }
  for (const bool derive : {false, true}) {
    auto data = bench::read_trace(path, derive);
    if (!data) return fail(data.error());
    all.push_back(std::move(*data));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::uint64_t seed = 1;
  std::vector<bench::DataSet> all;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--json") {
      json = true;
    } else if (word == "--seed" && i + 1 < argc) {
      seed = static_cast<std::uint64_t>(parse_double(argv[++i]).value_or(1));
    } else if (const Status loaded = load(word, all); !loaded) {
      std::cerr << "codec_bench: " << loaded.error().message << '\n';
      return 2;
    }
  }
  if (all.empty()) all.push_back(bench::make_series(seed));
  if (const Status done = run(all, json); !done) {
    std::cerr << "codec_bench: " << done.error().message << '\n';
    return 1;
  }
  return 0;
}
