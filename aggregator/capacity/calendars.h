// The calendars that can be named: those built in, and those of a folder, one YAML file each,
// called NAME.yaml (docs/forecasting/calendars.md).
//
// A file is read whenever its calendar is asked for, so what a person edits counts from the next
// question on. Any thread may call; files are replaced as a whole.
#pragma once

#include <string>
#include <vector>

#include "aggregator/forecast/calendar/calendar.h"
#include "common/base/result.h"
#include "common/base/time_zone.h"

namespace headroom::capacity {

inline constexpr std::size_t kCalendarFiles = 1000;

class Calendars {
 public:
  struct Entry {
    std::string name;
    std::string about;
    std::string zone;
    bool built_in = false;
    std::string error;  // why its file cannot be used; empty where it can
  };

  explicit Calendars(std::string folder, std::string zone_root = kZoneInfo)
      : folder_(std::move(folder)), zone_root_(std::move(zone_root)) {}

  // kNotFound names those that are known; kInvalidArgument says what is wrong with the file.
  Result<forecast::Calendar> find(const std::string& name) const;

  // Those built in first, then by name. A folder that is not there is an empty one. At most
  // kCalendarFiles of the folder.
  std::vector<Entry> list() const;

  // Checks `yaml`, whose `name` must be this one, and keeps it in the folder, which is made where
  // it is not there. With `dry_run` only checks. Built-in names are refused, and so is a file more
  // than kCalendarFiles.
  Result<forecast::Calendar> put(const std::string& name, const std::string& yaml, bool dry_run);

 private:
  std::string path_of(const std::string& name) const { return folder_ + "/" + name + ".yaml"; }
  std::vector<std::string> names_in_folder() const;
  Result<forecast::Calendar> made(const std::string& name, const std::string& yaml,
                                  const std::string& file) const;

  std::string folder_;
  std::string zone_root_;
};

}  // namespace headroom::capacity
