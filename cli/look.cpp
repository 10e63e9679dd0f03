#include "cli/look.h"

namespace headroom::cli {
namespace {

// The sixteen basic colours: they follow the terminal's own palette, light or dark.
std::string_view escape_of(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kFaint:
      return "\x1b[2m";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kNotice:
      return "\x1b[36m";
    case Tone::kWarn:
      return "\x1b[33m";
    case Tone::kBad:
      return "\x1b[1;31m";
  }
  return "";
}

}  // namespace

std::string paint(std::string_view text, Tone tone, bool colour) {
  if (!colour || tone == Tone::kPlain || text.empty()) return std::string(text);
  std::string painted(escape_of(tone));
  painted += text;
  painted += "\x1b[0m";
  return painted;
}

Tone tone_of_status(std::string_view status) {
  if (status == "HEALTHY") return Tone::kGood;
  if (status == "CRITICAL" || status == "UNDER_PROVISIONED") return Tone::kBad;
  if (status == "WARNING") return Tone::kWarn;
  if (status == "OVER_PROVISIONED") return Tone::kNotice;
  return Tone::kFaint;
}

Tone tone_of_percent(double percent) {
  constexpr double kWarnPercent = 70;
  constexpr double kBadPercent = 90;
  if (percent >= kBadPercent) return Tone::kBad;
  if (percent >= kWarnPercent) return Tone::kWarn;
  return Tone::kGood;
}

}  // namespace headroom::cli
