#include <cerrno>
#include <cstring>
#include <memory>
#include <unistd.h>

#include "bench/fleet/simulated_host.h"
#include "bench/loadgen/dataset.h"
#include "common/codec/bytes.h"

namespace headroom::loadgen {
namespace {

constexpr std::size_t kBufferBytes = 1u << 20;

// A simulated host has fewer series than a real one may have: further ones come from a second, a
// third … simulated host of another seed, with a number behind their names.
struct GeneratedHost {
  std::vector<std::unique_ptr<fleet::SimulatedHost>> parts;
  std::vector<std::unique_ptr<agent::SampleSheet>> sheets;

  GeneratedHost(const Generate& what, std::uint32_t host) {
    for (std::size_t series = 0; series < what.series;) {
      auto plans = fleet::demo_fleet(what.seed + 1000 * parts.size());
      fleet::HostPlan plan = std::move(plans[host % plans.size()]);
      plan.seed ^= (std::uint64_t{host} + 1) * 0x9e3779b97f4a7c15ULL;
      parts.push_back(std::make_unique<fleet::SimulatedHost>(std::move(plan), what.start));
      sheets.push_back(std::make_unique<agent::SampleSheet>());
      fill(parts.size() - 1, what.start, what.step_s);
      series += sheets.back()->values().size();
    }
  }
  void fill(std::size_t part, UnixMs time, std::uint32_t step_s) {
    parts[part]->fill(time, std::int64_t{step_s} * 1000, *sheets[part]);
  }
};

std::string names_of(const GeneratedHost& host, std::uint32_t series) {
  std::string out;
  std::uint32_t count = 0;
  for (std::size_t part = 0; part < host.sheets.size(); ++part) {
    for (const Series& one : host.sheets[part]->series()) {
      if (count++ == series) return out;
      out += one.kind == Kind::kCounter ? "c:" : "g:";
      out += one.metric;
      for (const Attribute& attribute : one.attributes) out += "." + attribute.value;
      if (part > 0) out += "." + std::to_string(part);
      out += '\n';
    }
  }
  return out;
}

class Writer {
 public:
  explicit Writer(const Fd& file) : file_(file) {}

  std::string& buffer() { return buffer_; }
  Status flush(bool all) {
    if (!all && buffer_.size() < kBufferBytes) return {};
    for (std::size_t at = 0; at < buffer_.size();) {
      const auto written = ::write(file_.get(), buffer_.data() + at, buffer_.size() - at);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0)
        return fail(ErrorCode::kUnavailable, "write the dataset: " + std::string(strerror(errno)));
      at += static_cast<std::size_t>(written);
    }
    buffer_.clear();
    return {};
  }

 private:
  const Fd& file_;
  std::string buffer_;
};

void put_double(std::string& out, double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  codec::put_le(out, bits);
}

}  // namespace

Status generate(const Generate& what, const Fd& file) {
  std::vector<GeneratedHost> hosts;
  for (std::uint32_t h = 0; h < what.hosts; ++h) hosts.emplace_back(what, h);
  Writer writer(file);
  std::string& out = writer.buffer();
  out.append(kMagic, 8);
  for (const std::uint32_t number : {what.hosts, what.series, what.step_s, what.steps})
    codec::put_le(out, number);
  codec::put_le(out, what.start);
  const std::string names = names_of(hosts.front(), what.series);
  codec::put_le(out, static_cast<std::uint32_t>(names.size()));
  out += names;
  for (std::uint32_t step = 0; step < what.steps; ++step) {
    const UnixMs time = what.start + std::int64_t{step} * what.step_s * 1000;
    for (GeneratedHost& host : hosts) {
      codec::put_le(out, time);
      std::uint32_t count = 0;
      for (std::size_t part = 0; part < host.parts.size(); ++part) {
        host.fill(part, time, what.step_s);
        for (const double value : host.sheets[part]->values()) {
          if (count++ < what.series) put_double(out, value);
        }
      }
    }
    if (auto flushed = writer.flush(false); !flushed) return flushed;
  }
  return writer.flush(true);
}

}  // namespace headroom::loadgen
