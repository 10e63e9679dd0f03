// Handing over to another program of Headroom.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"

namespace headroom::cli {

// Becomes `name` with these arguments, and returns only where that fails. It is looked for beside
// this program's own file, then in /usr/sbin and /usr/bin. kNotFound names these places.
Status become(const std::string& name, const std::vector<std::string>& arguments);

}  // namespace headroom::cli
