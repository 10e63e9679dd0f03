// Samples of a fleet in one file, which the load generator and the senders to other systems read
// alike, so that all get the same values. The file is mapped, not read: it may be larger than
// memory.
//
// Layout, little-endian: char[8] "HRFLEET1"; u32 hosts, metrics, interval_s, steps; i64 start_ms;
// u32 name_bytes; as many bytes of metric names, each ended by a newline ("c:" in front of a name
// makes it a counter, "g:" a gauge, which is also the default); then for each step, for each host:
// i64 time_ms and `metrics` f64.
//
// Plain reading after open(): any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/result.h"
#include "common/model/series.h"

namespace headroom::loadgen {

inline constexpr char kMagic[] = "HRFLEET1";
inline constexpr std::uint32_t kHostsMax = 20'000;
inline constexpr std::uint32_t kMetricsMax = 8192;

struct Metric {
  std::string name;
  Kind kind = Kind::kGauge;
};

class Dataset {
 public:
  // Errors: kCorruption for a file that is not one, or is cut off.
  static Result<Dataset> open(const std::string& path);
  // Like open(); the file may be deleted afterwards.
  static Result<Dataset> map(const Fd& file, const std::string& name);

  Dataset(Dataset&& other) noexcept;
  Dataset& operator=(Dataset&&) = delete;
  Dataset(const Dataset&) = delete;
  ~Dataset();

  std::uint32_t hosts() const { return hosts_; }
  std::uint32_t steps() const { return steps_; }
  std::uint32_t step_ms() const { return interval_s_ * 1000; }
  const std::vector<Metric>& metrics() const { return metrics_; }
  UnixMs start() const { return start_; }

  UnixMs time(std::uint32_t step, std::uint32_t host) const;
  double value(std::uint32_t step, std::uint32_t host, std::uint32_t metric) const;

 private:
  Dataset() = default;
  const std::uint8_t* row(std::uint32_t step, std::uint32_t host) const;

  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t rows_at_ = 0;
  std::uint32_t hosts_ = 0;
  std::uint32_t interval_s_ = 0;
  std::uint32_t steps_ = 0;
  UnixMs start_ = 0;
  std::vector<Metric> metrics_;
};

// What a host is called and belongs to, by its place in the file: the same for every system that is
// fed. Names are PREFIX0000, PREFIX0001, …
std::string host_name(const std::string& prefix, std::uint32_t host);
std::string role_of(std::uint32_t host);  // one of five services
std::string data_center_of(std::uint32_t host);

// What to add to every time so that the last sample comes to lie at `end_at` (RFC 3339 or Unix
// seconds), or as little before it as the grid allows; 0 where it is empty.
Result<std::int64_t> shift_to(const Dataset& dataset, const std::string& end_at);

struct Generate {
  std::uint32_t hosts = 200;
  std::uint32_t series = 50;
  std::uint32_t step_s = 10;
  std::uint32_t steps = 720;
  std::uint64_t seed = 42;
  UnixMs start = 1'700'000'000'000;
};

// Writes a dataset of simulated hosts (bench/fleet): the same arguments give the same bytes.
Status generate(const Generate& what, const Fd& file);

}  // namespace headroom::loadgen
