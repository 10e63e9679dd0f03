#include "bench/loadgen/dataset.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <utility>

#include "common/base/text.h"
#include "common/codec/bytes.h"

namespace headroom::loadgen {
namespace {

constexpr std::size_t kHeaderBytes = 8 + 4 * 4 + 8 + 4;
constexpr std::array<const char*, 5> kRoles{"web", "db", "cache", "batch", "gpu"};
constexpr std::uint32_t kDataCenters = 4;

Error not_a_dataset(const std::string& name, const std::string& why) {
  return {ErrorCode::kCorruption, name + " is not a dataset of the load generator: " + why};
}

Metric parse_metric(std::string_view text) {
  if (text.starts_with("c:")) return {std::string(text.substr(2)), Kind::kCounter};
  if (text.starts_with("g:")) text.remove_prefix(2);
  return {std::string(text), Kind::kGauge};
}

}  // namespace

Result<Dataset> Dataset::open(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file)
    return fail(ErrorCode::kNotFound, "dataset " + path + ": " + std::string(strerror(errno)));
  return map(file, path);
}

Result<Dataset> Dataset::map(const Fd& file, const std::string& name) {
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0)
    return fail(ErrorCode::kInternal, name + ": " + std::string(strerror(errno)));
  Dataset out;
  out.size_ = static_cast<std::size_t>(facts.st_size);
  if (out.size_ < kHeaderBytes) return fail(not_a_dataset(name, "it is too short"));
  void* mapped = ::mmap(nullptr, out.size_, PROT_READ, MAP_SHARED, file.get(), 0);
  if (mapped == MAP_FAILED)
    return fail(ErrorCode::kInternal, "map " + name + ": " + std::string(strerror(errno)));
  out.data_ = static_cast<const std::uint8_t*>(mapped);
  if (std::memcmp(out.data_, kMagic, 8) != 0)
    return fail(not_a_dataset(name, "it does not begin with HRFLEET1"));
  codec::Reader header({out.data_ + 8, out.size_ - 8});
  out.hosts_ = header.le<std::uint32_t>();
  const auto metrics = header.le<std::uint32_t>();
  out.interval_s_ = header.le<std::uint32_t>();
  out.steps_ = header.le<std::uint32_t>();
  out.start_ = header.le<std::int64_t>();
  const codec::Bytes names = header.bytes(header.le<std::uint32_t>());
  if (!header.ok() || out.hosts_ == 0 || out.hosts_ > kHostsMax || metrics == 0 ||
      metrics > kMetricsMax || out.interval_s_ == 0 || out.interval_s_ > 86'400 ||
      out.steps_ == 0) {
    return fail(not_a_dataset(name, "its header cannot be meant"));
  }
  const std::string_view text(reinterpret_cast<const char*>(names.data()), names.size());
  for (const std::string_view one : split(trim(text), '\n'))
    out.metrics_.push_back(parse_metric(one));
  if (out.metrics_.size() != metrics)
    return fail(not_a_dataset(name, "it names " + std::to_string(out.metrics_.size()) + " of " +
                                        std::to_string(metrics) + " metrics"));
  out.rows_at_ = out.size_ - header.left();
  const std::size_t wanted = std::size_t{8} * (metrics + 1) * out.hosts_ * out.steps_;
  if (header.left() < wanted) return fail(not_a_dataset(name, "it is cut off"));
  return out;
}

Dataset::Dataset(Dataset&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(other.size_),
      rows_at_(other.rows_at_),
      hosts_(other.hosts_),
      interval_s_(other.interval_s_),
      steps_(other.steps_),
      start_(other.start_),
      metrics_(std::move(other.metrics_)) {}

Dataset::~Dataset() {
  if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
}

const std::uint8_t* Dataset::row(std::uint32_t step, std::uint32_t host) const {
  const std::size_t index = static_cast<std::size_t>(step) * hosts_ + host;
  return data_ + rows_at_ + index * 8 * (metrics_.size() + 1);
}

UnixMs Dataset::time(std::uint32_t step, std::uint32_t host) const {
  UnixMs out = 0;
  std::memcpy(&out, row(step, host), sizeof(out));
  return out;
}

double Dataset::value(std::uint32_t step, std::uint32_t host, std::uint32_t metric) const {
  double out = 0;
  std::memcpy(&out, row(step, host) + 8 * (std::size_t{metric} + 1), sizeof(out));
  return out;
}

std::string host_name(const std::string& prefix, std::uint32_t host) {
  char number[16];
  std::snprintf(number, sizeof(number), "%04u", host);
  return prefix + number;
}
std::string role_of(std::uint32_t host) { return kRoles[host % kRoles.size()]; }
std::string data_center_of(std::uint32_t host) {
  return "dc" + std::to_string(1 + host % kDataCenters);
}

Result<std::int64_t> shift_to(const Dataset& dataset, const std::string& end_at) {
  if (end_at.empty()) return 0;
  const auto end = parse_time(end_at);
  if (!end) return fail(end.error().within("--end-at"));
  const UnixMs last = dataset.time(dataset.steps() - 1, 0);
  const std::int64_t step = dataset.step_ms();
  const std::int64_t apart = *end - last;
  // Rounded down, for times before the dataset's too.
  return (apart - (apart % step + step) % step);
}

}  // namespace headroom::loadgen
