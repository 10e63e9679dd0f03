// Pieces that several pictures share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/json.h"
#include "cli/look.h"
#include "cli/table.h"

namespace headroom::cli {

// The attribute of series whose host does not exist.
inline constexpr std::string_view kSimulatedKey = "headroom.simulated";

// "1 host", "20 hosts", "36.0 k samples".
std::string counted(double count, std::string_view thing);

// The name, and that it stands for something that does not exist: "web-1 (simulated)".
std::string marked(const std::string& name, bool simulated);

// The same as a cell that keeps its mark however narrow the column gets.
Cell marked_cell(const std::string& name, bool simulated);

// "3 s ago" of a time in an answer; kNothing where there is none.
std::string age_at(const Json& object, std::string_view path, const Look& look);

// The moment an answer was made, so ages are those of the aggregator's clock; else the look's own.
UnixMs moment_of(const Json& answer, const Look& look);

// "CPU" is a name to be read aloud as it is; DISK_IO as "disk I/O", QUEUE_DEPTH as "queue depth".
std::string spoken_resource(std::string_view resource);

// The attributes of a series as a selector takes them back: {host.name="web-1"}; empty where there
// are none. Exact.
std::string selector_of(const Json& series);

// Whether a series' attributes say that its host does not exist.
bool is_simulated_series(const Json& series);

// "system.memory.usage (gauge, By)" for a heading, with `selector` behind the name and a mark where
// it is wanted.
std::string series_heading(const Json& series, const std::string& selector, bool simulated);
// The heading of a single series: its whole selector, in which the mark stands for the attribute
// that says so.
std::string series_heading(const Json& series);

// "2 → 3" of from_value and to_value, or one number where they are the same.
std::string step_text(const Json& decision);

}  // namespace headroom::cli
