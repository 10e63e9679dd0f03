// What a collector remembers about each device of a /proc file, found by name.
//
// The kernel lists devices in the same order every time, so the search begins behind the last hit
// and a steady walk costs one comparison per device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headroom::agent {

template <typename Device>
class DeviceTable {
 public:
  explicit DeviceTable(std::size_t limit) : limit_(limit) {}

  void begin_walk() {
    ++walk_;
    next_ = 0;
    refused_ = 0;
  }

  // The device of this name, made by make(name) if it is new; valid until the next visit(). nullptr
  // when the name came up in this walk already, or when the table is full, which refused() counts.
  template <typename Make>
  Device* visit(std::string_view name, Make&& make) {
    const std::size_t at = find(name);
    if (at == entries_.size()) {
      if (entries_.size() >= limit_) {
        ++refused_;
        return nullptr;
      }
      entries_.push_back({std::string(name), make(name), 0});
    }
    next_ = at + 1;
    Entry& entry = entries_[at];
    if (std::exchange(entry.walk, walk_) == walk_) return nullptr;
    return &entry.device;
  }

  // Forgets the devices that this walk did not meet, each after gone(device).
  template <typename Gone>
  void drop_unseen(Gone&& gone) {
    std::erase_if(entries_, [&](Entry& entry) {
      if (entry.walk == walk_) return false;
      gone(entry.device);
      return true;
    });
  }

  template <typename Visit>
  void for_each(Visit&& visit) {
    for (Entry& entry : entries_) visit(entry.device);
  }

  // Names that found no room in this walk.
  std::size_t refused() const { return refused_; }
  std::size_t limit() const { return limit_; }

 private:
  struct Entry {
    std::string name;
    Device device;
    std::uint64_t walk;  // the last one that met it
  };

  std::size_t find(std::string_view name) const {
    for (std::size_t i = next_; i < entries_.size(); ++i) {
      if (entries_[i].name == name) return i;
    }
    for (std::size_t i = 0; i < next_ && i < entries_.size(); ++i) {
      if (entries_[i].name == name) return i;
    }
    return entries_.size();
  }

  std::size_t limit_;
  std::vector<Entry> entries_;
  std::size_t next_ = 0;
  std::size_t refused_ = 0;
  std::uint64_t walk_ = 0;
};

}  // namespace headroom::agent
