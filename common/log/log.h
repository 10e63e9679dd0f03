// Logging: one line per event, to standard error, where systemd's journal picks it up. Each line
// says what happened and names the thing it happened to.
#pragma once

#include <string>
#include <string_view>

#include <spdlog/spdlog.h>

#include "common/base/result.h"

namespace headroom::log {

// Sets up the process's logger: "trace", "debug", "info", "warning", "error". Lines get a time only
// where no journal stamps them (JOURNAL_STREAM is not set). Call it first in main; it may be called
// again to change the level.
Status set_up(std::string_view program, std::string_view level);

using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::warn;

}  // namespace headroom::log
