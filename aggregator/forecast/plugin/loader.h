// Models of others, from shared objects in one folder (headroom_model.h is what they implement).
// Code that is loaded may do whatever the program may, so the folder and all in it must be beyond
// the reach of anybody who is not trusted anyway.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aggregator/forecast/model.h"
#include "common/base/result.h"

namespace headroom::forecast {

// Who may own the folder and the files. The aggregator, the one program that loads
// plug-ins, trusts root alone: were its own user enough, a flaw that lets somebody write a file
// would let them run code at the next start. A program that a person calls may take that person's
// files, too.
enum class PluginOwner { kRoot, kRootOrSelf };

inline constexpr std::size_t kPluginsMax = 64;           // shared objects in the folder
inline constexpr std::size_t kPluginParametersMax = 32;  // of one model
inline constexpr std::size_t kPluginNameMax = 63;
inline constexpr std::size_t kPluginTextMax = 300;  // of a line for people

// Loads every file of the folder whose name ends in .so, in the order of their names; other files
// are ignored. The models keep their objects loaded. All or nothing: the first defect is the
// error, which names the file. kNotFound without the folder; kPermissionDenied where the folder, a
// file or a folder above belongs to somebody else or may be written by group or others (above it, a
// sticky bit will do), or where a file is a link; kUnsupported for another ABI; kInvalidArgument
// for what is no plug-in or describes itself wrongly; kAlreadyExists for two of one name;
// kLimitExceeded.
//
// A plug-in that crashes cannot be guarded against. One that answers with anything but finite
// numbers, leaves steps out or writes past the end has not forecast.
Result<std::vector<std::unique_ptr<const Model>>> load_plugins(const std::string& folder,
                                                               PluginOwner owner);

}  // namespace headroom::forecast
