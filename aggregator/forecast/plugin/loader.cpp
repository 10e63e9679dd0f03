#include "aggregator/forecast/plugin/loader.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "aggregator/forecast/plugin/plugin_model.h"
#include "common/base/file.h"

namespace headroom::forecast {
namespace {

constexpr std::string_view kSuffix = ".so";

// Nobody but the trusted may own or write it. `sticky` directories may be written by others, who
// cannot replace what is not theirs.
Status trusted(const struct stat& status, PluginOwner owner, const std::string& path, bool sticky) {
  const bool owned =
      status.st_uid == 0 || (owner == PluginOwner::kRootOrSelf && status.st_uid == ::geteuid());
  if (!owned) {
    return fail(ErrorCode::kPermissionDenied,
                path + " belongs to user " + std::to_string(status.st_uid) +
                    "; code is only loaded from what belongs to root: chown root " + path);
  }
  const bool kept = sticky && (status.st_mode & S_ISVTX) != 0;
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !kept) {
    return fail(ErrorCode::kPermissionDenied,
                path + " may be written by group or others; chmod go-w " + path);
  }
  return {};
}

// Whoever can write a folder above could put another one in this one's place.
Status trusted_above(const std::string& folder, PluginOwner owner) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::canonical(folder, error);
  if (error) return fail(ErrorCode::kNotFound, folder + ": " + error.message());
  while (path.has_relative_path()) {
    path = path.parent_path();
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return fail(errno_error("stat " + path.string()));
    if (auto good = trusted(status, owner, path.string(), true); !good) return good;
  }
  return {};
}

Result<std::vector<std::string>> names_in(int folder, const std::string& path) {
  Fd copy(::fcntl(folder, F_DUPFD_CLOEXEC, 0));
  DIR* stream = copy ? ::fdopendir(copy.get()) : nullptr;
  if (stream == nullptr) return fail(errno_error("read " + path));
  copy.release();  // the stream closes it
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream)) {
    std::string name = entry->d_name;
    if (name.size() > kSuffix.size() && name.ends_with(kSuffix)) names.push_back(std::move(name));
  }
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  if (names.size() > kPluginsMax) {
    return fail(ErrorCode::kLimitExceeded, path + " holds " + std::to_string(names.size()) +
                                               " plug-ins, at most " + std::to_string(kPluginsMax) +
                                               " are loaded");
  }
  return names;
}

Result<std::unique_ptr<const Model>> load(int folder, const std::string& name,
                                          const std::string& path, PluginOwner owner) {
  Fd file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    if (errno == ELOOP) {
      return fail(ErrorCode::kPermissionDenied,
                  path + " is a symbolic link; put the shared object itself there");
    }
    return fail(errno_error("open " + path));
  }
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return fail(errno_error("stat " + path));
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kPermissionDenied, path + " is no regular file");
  }
  if (auto good = trusted(status, owner, path, false); !good) return fail(good.error());
  // By its descriptor, so that what was checked is what is loaded. It stays open with the object:
  // the loader knows objects by name, and the next one must not get the same.
  const std::string checked = "/proc/self/fd/" + std::to_string(file.get());
  void* handle = ::dlopen(checked.c_str(), RTLD_NOW | RTLD_LOCAL);
  const std::shared_ptr<void> loaded(handle,
                                     [kept = std::make_shared<Fd>(std::move(file))](void* object) {
                                       if (object != nullptr) ::dlclose(object);
                                     });
  if (!loaded) {
    const char* why = ::dlerror();
    return fail(ErrorCode::kInvalidArgument,
                path + " cannot be loaded: " + (why != nullptr ? why : "no reason given"));
  }
  using Entry = const headroom_model* (*)();
  const auto entry = reinterpret_cast<Entry>(::dlsym(loaded.get(), "headroom_model_entry"));
  if (entry == nullptr) {
    return fail(ErrorCode::kInvalidArgument,
                path + " is no plug-in: it does not export headroom_model_entry()");
  }
  try {
    auto model = plugin_model(entry(), loaded);
    if (!model) return fail(model.error().within(path));
    return model;
  } catch (...) {
    return fail(ErrorCode::kInvalidArgument, path + ": headroom_model_entry() threw an exception");
  }
}

}  // namespace

Result<std::vector<std::unique_ptr<const Model>>> load_plugins(const std::string& folder,
                                                               PluginOwner owner) {
  const Fd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened) return fail(errno_error("open the folder of plug-ins " + folder));
  struct stat status{};
  if (::fstat(opened.get(), &status) != 0) return fail(errno_error("stat " + folder));
  if (auto good = trusted(status, owner, folder, false); !good) return fail(good.error());
  if (auto good = trusted_above(folder, owner); !good) return fail(good.error());
  const auto names = names_in(opened.get(), folder);
  if (!names) return fail(names.error());
  std::vector<std::unique_ptr<const Model>> models;
  for (const std::string& name : *names) {
    const std::string path = folder + "/" + name;
    auto model = load(opened.get(), name, path, owner);
    if (!model) return fail(model.error());
    for (const auto& known : models) {
      if (known->name() == (*model)->name()) {
        return fail(ErrorCode::kAlreadyExists,
                    path + ": another plug-in is already called " + std::string(known->name()));
      }
    }
    models.push_back(std::move(*model));
  }
  return models;
}

}  // namespace headroom::forecast
