// How an answer is drawn for people: how wide, in colour or not, and what "now" is. Functions that
// draw take a Look and give a text back; nothing in them asks the terminal or the clock.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace headroom::cli {

struct Look {
  std::size_t width = 120;  // columns
  std::size_t height = 0;   // lines; 0 where nothing scrolls away
  bool colour = false;
  UnixMs now = 0;
};

// What a piece of text means; colour only repeats what the words say.
enum class Tone { kPlain, kStrong, kFaint, kGood, kNotice, kWarn, kBad };

// `text` between the escape sequences of its tone, or as it is.
std::string paint(std::string_view text, Tone tone, bool colour);

// The tone of a capacity status: "HEALTHY", "WARNING", "CRITICAL", "UNDER_PROVISIONED", …
Tone tone_of_status(std::string_view status);

// The tone of a share of capacity where no status is at hand. A reading aid with the default
// thresholds; what the aggregator decided is the status.
Tone tone_of_percent(double percent);

}  // namespace headroom::cli
