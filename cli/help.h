// The text of --help, the same whatever version of CLI11 is underneath.
#pragma once

#include <string>

#include "cli/look.h"
#include "cli/verb.h"

namespace headroom::cli {

// Of the whole program, with its verbs and some examples.
std::string program_help(const CLI::App& root, const Look& look);

// Of one verb: what it does, how it is written, its options, the options of every verb, examples.
std::string verb_help(const CLI::App& root, const Command& command, const Look& look);

}  // namespace headroom::cli
