// Text that was damaged on its way, for parsers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/random.h"

namespace headroom::test {

// The text after one to six accidents: a changed byte, a piece lost, a piece that came twice, or
// one of the `typical` characters where it does not belong.
inline std::string damaged(std::string text, std::string_view typical, Random& random) {
  for (std::uint64_t left = 1 + random() % 6; left > 0 && !text.empty(); --left) {
    const std::size_t at = random() % text.size();
    switch (random() % 4) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, 1 + random() % 9);
        break;
      case 2:
        text.insert(at, text.substr(random() % text.size(), 1 + random() % 20));
        break;
      default:
        text.insert(at, 1, typical[random() % typical.size()]);
    }
  }
  return text;
}

}  // namespace headroom::test
