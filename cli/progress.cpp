#include "cli/progress.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include "cli/bar.h"
#include "cli/text_width.h"

namespace headroom::cli {
namespace {

constexpr std::size_t kBarColumns = 40;
constexpr std::size_t kPercentColumns = 9;

}  // namespace

ProgressBar::ProgressBar(Session& session, std::string what)
    : session_(session),
      what_(std::move(what)),
      wanted_(session.terminal.present &&
              (session.output.empty() ? session.format == Format::kTable : session.output != "-")) {
}

ProgressBar::~ProgressBar() {
  if (drawn_) session_.out << "\r\x1b[K" << std::flush;
}

void ProgressBar::draw(double done) {
  if (!wanted_) return;
  // The cursor stays visible: Ctrl-C may end the program at any time, and nobody would show it
  // again.
  session_.out << "\r" << progress_line(what_, done, session_.look()) << "\x1b[K" << std::flush;
  drawn_ = true;
}

std::string progress_line(const std::string& what, double done, const Look& look) {
  const std::size_t taken = display_width(what) + kPercentColumns;
  const std::size_t columns = look.width > taken ? std::min(kBarColumns, look.width - taken) : 1;
  // Down, so that it says 100 only when it is over.
  const std::string percent = std::to_string(static_cast<int>(std::clamp(done, 0.0, 1.0) * 100));
  return what + "  " + paint(bar(done, columns), Tone::kNotice, look.colour) + " " +
         pad_left(percent, 3) + " %";
}

}  // namespace headroom::cli
