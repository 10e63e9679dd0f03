// Answers of the API as text for people (…_table) and as records for programs (…_csv). Every
// function is pure: the same answer and look give the same text, which ends in a newline. Members
// that an answer lacks are shown as missing.
#pragma once

#include <string>
#include <string_view>

#include "cli/json.h"
#include "cli/look.h"

namespace headroom::cli {

// `health` is the answer of /health, or null: with it the resources that need attention are named.
std::string status_table(const Json& status, const Json& health, const Look& look);

std::string agents_table(const Json& answer, const Look& look);
std::string agents_csv(const Json& answer);

std::string utilization_table(const Json& answer, const Look& look);
std::string health_table(const Json& answer, const Look& look);
std::string utilization_csv(const Json& answer);  // of both

// `by` is the resource that the rows are sorted by.
std::string top_table(const Json& answer, std::string_view by, const Look& look);
std::string top_csv(const Json& answer);

std::string series_table(const Json& answer, const Look& look);
std::string series_csv(const Json& answer);
// Answers of /query and of /query_range.
std::string instant_table(const Json& answer, const Look& look);
std::string range_table(const Json& answer, const Look& look);
std::string query_csv(const Json& answer);  // metric,attributes,unix_ts,value, of both
// The same answer as one line per series or group, to compare them.
std::string comparison_table(const Json& answer, const Look& look);

std::string store_stats_table(const Json& stats, const Look& look);
std::string store_stats_csv(const Json& stats);  // of the families
std::string cardinality_table(const Json& report, const Look& look);
std::string cardinality_csv(const Json& report);
std::string verify_text(const Json& state, const Look& look);
std::string verify_csv(const Json& state);  // where,what

std::string forecast_table(const Json& forecast, const Look& look);
std::string forecast_csv(const Json& forecast);

// Days of a calendar as `headroom calendar` makes them.
std::string calendar_table(const Json& answer, const Look& look);
std::string calendar_csv(const Json& answer);  // date,session,open_utc,close_utc,events
std::string calendars_table(const Json& answer, const Look& look);
std::string calendars_csv(const Json& answer);

std::string rules_table(const Json& answer, const Look& look);
std::string rules_csv(const Json& answer);
// One rule as YAML that `rules apply` takes back; what the aggregator adds to it stands above as
// comments.
std::string rule_text(const Json& rule, const Look& look);
std::string decisions_table(const Json& answer, const Look& look);
std::string decisions_csv(const Json& answer);

std::string actions_table(const Json& answer, const Look& look);
std::string actions_csv(const Json& answer);
std::string action_text(const Json& action, const Look& look);

}  // namespace headroom::cli
