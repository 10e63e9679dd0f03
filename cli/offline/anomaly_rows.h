// How verdicts are written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/look.h"
#include "cli/offline/anomaly_run.h"
#include "cli/offline/series_file.h"

namespace headroom::cli {

// series_id,unix_ts,value,expected,score,anomaly: every row of `text`, from which `file` was read,
// as it stands there (a date as Unix seconds), with its verdict behind it.
std::string anomalies_csv(std::string_view text, const SeriesFile& file,
                          const std::vector<RowVerdict>& verdicts);

// The anomalies alone, one object each, with the part that found it.
std::string anomalies_json(const SeriesFile& file, const std::vector<RowVerdict>& verdicts);

// The same for people; alarms less than six hours apart are one line, with how long they lasted.
std::string anomalies_table(const SeriesFile& file, const std::vector<RowVerdict>& verdicts,
                            const Look& look);

}  // namespace headroom::cli
