// What applications told, per metric and set of tags, in a bounded amount of memory.
//
// Counters add up for as long as the series lives; gauges keep their last value; timings are kept
// for one interval. One thread. Taking a line of a known series allocates nothing.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/statsd/line.h"
#include "agent/statsd/options.h"
#include "agent/statsd/sketch.h"
#include "common/model/series.h"

namespace headroom::agent::statsd {

inline constexpr std::size_t kMaxSeries = 1000;   // metrics with their tags
inline constexpr std::size_t kMaxSketches = 200;  // those of them that are timings, 3.5 KiB each
inline constexpr std::size_t kMaxNameBytes = 150;
inline constexpr std::size_t kMaxTags = 8;
inline constexpr std::size_t kMaxTagBytes = 200;  // of one key with its value
inline constexpr std::chrono::minutes kExpiry{5};

// Why something that was received is not on the sheet.
enum Drop : std::size_t {
  kMalformed,  // not in the protocol's form, or of a type that is not understood
  kName,       // too long, no name, or one of Headroom's own
  kTags,       // too many, too long, or not printable
  kSeries,     // no room for another series
  kTruncated,  // a datagram beyond the limit
  kQueueFull,  // dropped by the kernel before it was read
  kDrops
};

struct Entry {
  Series series;  // name, unit and tags; a timing's are the stem of several
  Type type = Type::kCounter;
  double value = 0;   // a counter's sum, or a gauge
  double count = 0;   // of a timing: events so far
  double growth = 0;  // of the counter or of a timing's events since it was last set to 0
  std::unique_ptr<Sketch> sketch;
  const ResourceRule* rule = nullptr;
  std::chrono::nanoseconds silent{0};
  // The owner's own, one per statistic; the store does not look at them.
  std::vector<std::uint32_t> slots;
};

class Store {
 public:
  explicit Store(std::vector<ResourceRule> rules) : rules_(std::move(rules)) {}

  // All lines of a datagram.
  void take(std::string_view datagram);

  // Once per interval, before its datagrams are taken.
  void age(std::chrono::nanoseconds elapsed) {
    for (auto& [key, entry] : entries_) entry.silent += elapsed;
  }
  // After they were: gone(entry) and then forgets those not heard of for kExpiry.
  template <typename Gone>
  void expire(Gone&& gone) {
    std::erase_if(entries_, [&](auto& one) {
      if (one.second.silent <= kExpiry) return false;
      gone(one.second);
      if (one.second.sketch) --sketches_;
      return true;
    });
  }

  template <typename Visit>
  void for_each(Visit&& visit) {
    for (auto& [key, entry] : entries_) visit(entry);
  }

  void count_drop(Drop why, std::uint64_t how_many = 1) { drops_[why] += how_many; }
  const std::array<std::uint64_t, kDrops>& drops() const { return drops_; }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

  void take_line(std::string_view text);
  bool make_key(const Line& line);
  Entry* find_or_make(const Line& line);
  static bool apply(const Line& line, const Number& number, Entry& entry);

  std::vector<ResourceRule> rules_;
  Entries entries_;
  std::string key_;  // of the present line; kept for its memory
  std::size_t sketches_ = 0;
  std::array<std::uint64_t, kDrops> drops_{};
};

}  // namespace headroom::agent::statsd
