// One file of a cgroup. Many are held open, so they share the memory for their text and their
// paths.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/collectors/cgroup_layout.h"
#include "agent/collectors/first_failure.h"
#include "common/base/file.h"

namespace headroom::agent {

// What all readers share in one collect().
struct CgroupContext {
  const CgroupLayout& layout;
  std::string& path;        // scratch
  std::vector<char>& text;  // scratch; what does not fit is too large
  FirstFailure& failure;
};

class CgroupFile {
 public:
  // The content, valid until the next read with this context. A file that was not there is looked
  // for again after look_again() or forget() only.
  std::optional<std::string_view> read(const CgroupContext& context, const std::string& hierarchy,
                                       std::string_view cgroup, std::string_view name);
  void look_again() { absent_ = false; }
  void forget();

 private:
  bool open(const CgroupContext& context);

  Fd fd_;
  bool absent_ = false;
};

}  // namespace headroom::agent
