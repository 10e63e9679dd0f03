#include "agent/collectors/cpu_frequency.h"

#include <algorithm>
#include <array>

#include "agent/procfs/proc_file.h"

namespace headroom::agent {
namespace {

constexpr double kRoundSeconds = 30;
constexpr double kReadsPerGridPoint = 8;
constexpr std::array<SeriesSpec, 1> kMeanSpecs{{{"system.cpu.frequency.mean", "Hz"}}};
constexpr std::array<SeriesSpec, 1> kCoreSpecs{{{"system.cpu.frequency", "Hz"}}};

}  // namespace

CpuFrequencies::CpuFrequencies(const HostRoots& roots, bool each_core)
    : folder_(roots.sys() + "/devices/system/cpu/cpu"), each_core_(each_core), mean_(kMeanSpecs) {}

void CpuFrequencies::take_cores(std::span<const unsigned> cpus, SampleSheet& sheet) {
  for (Core& core : cores_) core.series.retire(sheet);
  cores_.clear();
  for (const unsigned cpu : cpus) {
    const std::string number = std::to_string(cpu);
    Core core;
    core.path = folder_ + number + "/cpufreq/scaling_cur_freq";
    core.series = SeriesGroup(kCoreSpecs, {{"cpu.logical_number", number}});
    cores_.push_back(std::move(core));
  }
  next_ = 0;
  due_ = 1;
}

void CpuFrequencies::collect(const Tick& tick, SampleSheet& sheet) {
  due_ += static_cast<double>(cores_.size()) * to_seconds(tick.elapsed) / kRoundSeconds;
  due_ = std::min(due_, std::min(kReadsPerGridPoint, static_cast<double>(cores_.size())));
  for (; due_ >= 1; due_ -= 1) read_next();
  double sum = 0;
  double known = 0;
  for (Core& core : cores_) {
    if (!(core.hertz > 0)) continue;
    sum += core.hertz;
    ++known;
    if (each_core_) core.series.set(sheet, 0, core.hertz);
  }
  mean_.set(sheet, 0, quantised_rate(sum / known));
}

void CpuFrequencies::read_next() {
  Core& core = cores_[next_];
  next_ = (next_ + 1) % cores_.size();
  if (core.absent) return;
  const auto kilohertz = read_number_file(core.path);
  core.absent = !kilohertz;
  core.hertz = kilohertz && *kilohertz > 0 ? static_cast<double>(*kilohertz) * 1000 : kUnknown;
}

}  // namespace headroom::agent
