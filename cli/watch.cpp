#include "cli/watch.h"

#include <algorithm>
#include <ostream>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "cli/text_width.h"
#include "cli/units.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

constexpr std::chrono::milliseconds kDefaultInterval{2000};
constexpr const char* kOption = "--watch";

// What CLI11 puts in for an option that was given without a value differs between its versions.
bool is_default(const std::string& value) {
  return value.empty() || value == "true" || value == "{}";
}

// The second screen without a cursor, given back at the end.
class SecondScreen {
 public:
  explicit SecondScreen(std::ostream& out) : out_(out) {
    out_ << "\x1b[?1049h\x1b[?25l" << std::flush;
  }
  SecondScreen(const SecondScreen&) = delete;
  SecondScreen& operator=(const SecondScreen&) = delete;
  ~SecondScreen() { out_ << "\x1b[?25h\x1b[?1049l" << std::flush; }

  // From the top left, clearing what is left of each old line; nothing flickers.
  void draw(const std::string& text) {
    std::string frame = "\x1b[H";
    for (const char c : text) {
      if (c == '\n') frame += "\x1b[K";
      frame += c;
    }
    out_ << frame << "\x1b[J" << std::flush;
  }

 private:
  std::ostream& out_;
};

// The signals that this waits for, blocked for as long as it lives.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int number : {SIGINT, SIGTERM, SIGWINCH}) sigaddset(&set_, number);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  // The signal that came, or 0 after the time.
  int wait(std::chrono::milliseconds time) const {
    timespec rest{};
    rest.tv_sec = static_cast<time_t>(time.count() / 1000);
    rest.tv_nsec = static_cast<long>(time.count() % 1000) * 1'000'000;
    const int number = sigtimedwait(&set_, nullptr, &rest);
    return number > 0 ? number : 0;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

}  // namespace

void WatchOption::add_to(Command& command) {
  app_ = command.app;
  app_->add_option(kOption, value_, "redraw in place every INTERVAL (default 2s), until Ctrl-C")
      ->expected(0, 1)
      ->type_name("[INTERVAL]");
}

bool WatchOption::wanted() const { return app_ != nullptr && app_->count(kOption) > 0; }

std::chrono::milliseconds WatchOption::interval() const {
  if (is_default(value_)) return kDefaultInterval;
  return parse_duration(value_).value_or(kDefaultInterval);
}

Status WatchOption::check(const Session& session) const {
  constexpr std::chrono::milliseconds kShortest{100};
  if (!wanted()) return {};
  if (!is_default(value_)) {
    const auto interval = parse_duration(value_);
    if (!interval) return fail(interval.error().within(kOption));
    if (*interval < kShortest) return fail(ErrorCode::kInvalidArgument, "--watch: at least 100ms");
  }
  if (!session.terminal.present || session.format != Format::kTable || !session.output.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "--watch draws tables on a terminal; leave it out to write " +
                    std::string("into a file or a pipe, or in another format"));
  }
  return {};
}

Status watch(Session& session, std::chrono::milliseconds interval,
             const std::function<Result<std::string>(const Look&)>& frame) {
  const Signals signals;
  SecondScreen screen(session.out);
  for (;;) {
    const Look look = session.look();
    const auto drawn = frame(look);
    const std::string title =
        format_stamp(look.now) + " UTC, every " + format_duration(interval) + ", Ctrl-C ends\n\n";
    const std::string body =
        drawn ? *drawn : paint(clean_lines(drawn.error().message), Tone::kBad, look.colour);
    screen.draw(paint(title, Tone::kFaint, look.colour) +
                cut_to_height(body, session.terminal.height -
                                        std::min<std::size_t>(session.terminal.height, 3)));
    const int signal = signals.wait(interval);
    if (signal == SIGINT || signal == SIGTERM) return {};
    if (signal == SIGWINCH)
      session.terminal = detect_terminal(STDOUT_FILENO, process_environment());
  }
}

std::string cut_to_height(const std::string& text, std::size_t height) {
  std::vector<std::string_view> lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.size() <= height || height == 0) return text;
  std::string cut;
  for (std::size_t i = 0; i + 1 < height; ++i) cut += std::string(lines[i]) + "\n";
  return cut + "… " + std::to_string(lines.size() - height + 1) + " more lines\n";
}

}  // namespace headroom::cli
