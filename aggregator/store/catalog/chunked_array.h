// An array that grows by whole chunks: nothing is copied and little is reserved ahead, where a
// std::vector would hold up to twice what is used. Elements keep their address.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace headroom::store::catalog {

template <typename T, unsigned kChunkBits = 12>
class ChunkedArray {
 public:
  std::size_t size() const { return size_; }
  const T& operator[](std::size_t at) const { return chunks_[at >> kChunkBits][at & kMask]; }
  T& operator[](std::size_t at) { return chunks_[at >> kChunkBits][at & kMask]; }
  void push_back(T value) {
    if ((size_ & kMask) == 0) chunks_.push_back(std::make_unique<T[]>(kMask + 1));
    (*this)[size_++] = std::move(value);
  }

 private:
  static constexpr std::size_t kMask = (std::size_t{1} << kChunkBits) - 1;
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace headroom::store::catalog
