// Time comes in by the constructor. Data is stamped with the system clock and scheduled by the
// steady one, so a step of the system clock never makes a program sleep or spin.
#pragma once

#include <chrono>
#include <cstdint>

namespace headroom {

using UnixMs = std::int64_t;  // milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted

// Thread safety: every implementation may be read from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMs unix_ms() const = 0;
  virtual std::chrono::steady_clock::time_point steady() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  UnixMs unix_ms() const override;
  std::chrono::steady_clock::time_point steady() const override;
};

}  // namespace headroom
