// What headroom-aggregator does with a store that no aggregator has open, and says while doing it.
#pragma once

#include <string>

#include "aggregator/config.h"
#include "common/base/clock.h"

namespace headroom::aggregator {

// Each prints to standard output, errors to standard error, and gives the exit status: 0, or 1
// where something failed or is damaged.

// A backup that is named without a slash lies in store.backup_path.
int restore_backup(const std::string& backup, const Config& config, const Clock& clock);
int verify_store(const std::string& path);

}  // namespace headroom::aggregator
