// Whether the system clock is synchronised and how far it may be off, from adjtimex(2) with
// modes = 0, which changes nothing and needs no right. What the NTP or PTP daemon told the kernel;
// silent where a sandbox forbids the call.
#include <array>
#include <cerrno>

#include "agent/collectors/cadence.h"
#include "agent/collectors/numbers.h"
#include "agent/collectors/registry.h"
#include "agent/collectors/series_group.h"

namespace headroom::agent {
namespace {

constexpr auto kLookPeriod = std::chrono::seconds(5);
// timex.freq is parts per million with 16 bits behind the point.
constexpr double kFrequencyUnit = 65'536.0 * 1e6;

enum ClockSeries : std::size_t {
  kSynchronised,
  kOffset,
  kEstimatedError,
  kMaximumError,
  kFrequency
};
constexpr std::array<SeriesSpec, 5> kClockSpecs{{
    {"system.clock.synchronised", "1"},
    {"system.clock.offset", "s"},
    {"system.clock.estimated_error", "s"},
    {"system.clock.maximum_error", "s"},
    {"system.clock.frequency_adjustment", "1"},
}};
using Values = std::array<double, kClockSpecs.size()>;

Values understood(int state, const struct ::timex& answer) {
  const double offset_unit = (answer.status & STA_NANO) != 0 ? 1e9 : 1e6;
  const bool synchronised = state != TIME_ERROR && (answer.status & STA_UNSYNC) == 0;
  Values values{};
  values[kSynchronised] = synchronised ? 1 : 0;
  values[kOffset] = static_cast<double>(answer.offset) / offset_unit;
  values[kEstimatedError] = static_cast<double>(answer.esterror) / 1e6;
  values[kMaximumError] = static_cast<double>(answer.maxerror) / 1e6;
  values[kFrequency] = static_cast<double>(answer.freq) / kFrequencyUnit;
  return values;
}

int ask_kernel(struct ::timex* answer) { return ::adjtimex(answer); }

class ClockCollector final : public Collector {
 public:
  explicit ClockCollector(const CollectorOptions& options) : adjtimex_(options.adjtimex_function) {
    // A recorded tree has no clock of its own.
    if (!adjtimex_ && options.roots.root.empty()) adjtimex_ = ask_kernel;
    values_.fill(kUnknown);
  }

  Status collect(const Tick& tick, SampleSheet& sheet) override {
    if (adjtimex_ && look_.due(tick)) look();
    for (std::size_t i = 0; i < values_.size(); ++i) series_.set(sheet, i, values_[i]);
    return status_;
  }

 private:
  void look() {
    status_ = {};
    values_.fill(kUnknown);
    struct ::timex answer{};
    const int state = adjtimex_(&answer);
    if (state >= 0) {
      values_ = understood(state, answer);
    } else if (errno != EPERM && errno != EACCES && errno != ENOSYS) {
      status_ = fail(errno_error("adjtimex"));
    }
  }

  AdjtimexFunction adjtimex_;
  Cadence look_{kLookPeriod};
  Values values_{};
  Status status_;
  SeriesGroup series_{kClockSpecs};
};

}  // namespace

std::unique_ptr<Collector> make_clock_collector(const CollectorOptions& options) {
  return std::make_unique<ClockCollector>(options);
}

}  // namespace headroom::agent
