#include "cli/sibling.h"

#include <filesystem>
#include <unistd.h>

#include "common/base/text.h"

namespace headroom::cli {

Status become(const std::string& name, const std::vector<std::string>& arguments) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  std::vector<std::string> places;
  if (!error) places.push_back(self.parent_path().string());
  places.insert(places.end(), {"/usr/sbin", "/usr/bin"});
  for (const std::string& place : places) {
    std::string program = place;
    program.append("/").append(name);
    if (::access(program.c_str(), X_OK) != 0) continue;
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    return fail(errno_error("run " + program));
  }
  return fail(ErrorCode::kNotFound, "this is done by " + name + ", which is not in " +
                                        join(places, ", ") +
                                        "; run it on the machine of the aggregator");
}

}  // namespace headroom::cli
