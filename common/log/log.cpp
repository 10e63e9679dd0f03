#include "common/log/log.h"

#include <cstdlib>
#include <memory>

#include <spdlog/sinks/stdout_sinks.h>

namespace headroom::log {

Status set_up(std::string_view program, std::string_view level) {
  const auto parsed = spdlog::level::from_str(std::string(level));
  if (parsed == spdlog::level::off && level != "off") {
    return fail(ErrorCode::kInvalidArgument,
                "'" + std::string(level) +
                    "' is not a log level; use trace, debug, info, warning or error");
  }
  if (spdlog::default_logger()->name() != program) {
    auto logger = spdlog::stderr_logger_mt(std::string(program));
    // The journal stamps lines itself.
    logger->set_pattern(
        std::getenv("JOURNAL_STREAM") != nullptr ? "%n %l: %v" : "%Y-%m-%dT%H:%M:%S.%eZ %n %l: %v",
        spdlog::pattern_time_type::utc);
    spdlog::set_default_logger(std::move(logger));
  }
  spdlog::set_level(parsed);
  return {};
}

}  // namespace headroom::log
