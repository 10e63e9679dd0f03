// What the value of an option must look like, as CLI11 wants to hear it: the problem in words, or
// nothing.
#pragma once

#include <string>

namespace headroom::cli {

std::string duration_problem(const std::string& text);  // and more than zero
std::string time_problem(const std::string& text);
std::string date_problem(const std::string& text);  // that calendars know
std::string format_problem(const std::string& text);
std::string level_problem(const std::string& text);  // of an interval: between 0 and 1
std::string share_problem(const std::string& text);  // from 0 to 1, both included
std::string number_problem(const std::string& text);
std::string count_problem(const std::string& text);  // 1, 2, …

// As the API spells resources: "disk_io" and "Disk-IO" are DISK_IO.
std::string resource_name(const std::string& text);

}  // namespace headroom::cli
