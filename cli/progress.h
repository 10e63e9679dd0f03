// A bar for long work, drawn over itself on a terminal that the answer is not written to at the
// same time; nothing anywhere else.
#pragma once

#include <string>

#include "cli/verb.h"

namespace headroom::cli {

class ProgressBar {
 public:
  ProgressBar(Session& session, std::string what);
  // Takes the bar away, so that the answer stands in its place.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void draw(double done);  // a share of 1

 private:
  Session& session_;
  std::string what_;
  bool wanted_;
  bool drawn_ = false;
};

// One frame of it: "verifying  ████▌·····  45 %".
std::string progress_line(const std::string& what, double done, const Look& look);

}  // namespace headroom::cli
