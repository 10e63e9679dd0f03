// Texts by number, each kept once: names, units, keys and values repeat from series to series.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "aggregator/store/catalog/chunked_array.h"
#include "aggregator/store/catalog/id_hash.h"

namespace headroom::store::catalog {

// Bytes that stay where they are until the arena goes.
class ByteArena {
 public:
  std::string_view add(std::string_view bytes);

 private:
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* free_ = nullptr;
  std::size_t left_ = 0;
};

using TextId = std::uint32_t;

class Dictionary {
 public:
  TextId find(std::string_view text) const;  // kNoId where it is not known
  TextId intern(std::string_view text);
  std::string_view operator[](TextId id) const { return texts_[id]; }

 private:
  ByteArena arena_;
  ChunkedArray<std::string_view> texts_;
  IdHash numbers_;
};

}  // namespace headroom::store::catalog
