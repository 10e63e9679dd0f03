// What the agent says about itself, as series beside the host's own.
#pragma once

#include "agent/collectors/series_group.h"
#include "agent/push/backlog.h"
#include "agent/push/link.h"
#include "agent/sampler.h"
#include "agent/spool/spool.h"

namespace headroom::agent {

class SelfMetrics {
 public:
  SelfMetrics();
  struct Sources {
    const SamplerCounters& sampler;
    const Backlog& backlog;
    const LinkCounters& link;
    const LinkCounters& replay;
    const Spool* spool;  // may be none
  };
  void set(const Sources& from, SampleSheet& sheet);
  // The sheet's series were retired; the next set() adds them anew.
  void forget();

 private:
  SeriesGroup group_;
  SeriesGroup spool_;
};

}  // namespace headroom::agent
