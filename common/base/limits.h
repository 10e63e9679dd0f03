// Every limit has a name, a reason and a test that crosses it. Rooms with limits of their own keep
// them in their header; here stand those that both ends of the wire must agree on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace headroom::limits {

inline constexpr std::size_t kMessageBytes =
    1u << 20;  // one wire message; libzmq drops the peer beyond it
inline constexpr std::uint32_t kBatchSteps = 4096;     // grid points in one batch
inline constexpr std::size_t kLayoutSeries = 8192;     // columns of one layout
inline constexpr std::size_t kLayoutsPerSession = 64;  // layouts that one session may define
inline constexpr std::size_t kAttributesPerSeries = 32;
inline constexpr std::size_t kAttributeKeyBytes = 128;
inline constexpr std::size_t kAttributeValueBytes = 512;
inline constexpr std::size_t kMetricNameBytes = 200;
inline constexpr std::uint32_t kStepMsMax = 86'400'000;          // a day
inline constexpr std::int64_t kBatchSpanMs = 31LL * 86'400'000;  // from first to last grid point
inline constexpr std::int64_t kAheadMs =
    86'400'000;  // of the aggregator's clock: beyond it a stamp is an error
inline constexpr std::int64_t kTimeMsMax =
    4'102'444'800'000;  // the year 2100: beyond it a stamp is an error

}  // namespace headroom::limits
