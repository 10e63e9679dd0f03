// The verbs in the order of --help. A new one is a file in this folder and a line here.
#include "cli/verb.h"

#define HEADROOM_VERBS(VERB) \
  VERB(status)               \
  VERB(health)               \
  VERB(utilization)          \
  VERB(top)                  \
  VERB(agents)               \
  VERB(series)               \
  VERB(query)                \
  VERB(forecast)             \
  VERB(peak)                 \
  VERB(scenarios)            \
  VERB(accuracy)             \
  VERB(models)               \
  VERB(calendar)             \
  VERB(seasonality)          \
  VERB(trends)               \
  VERB(anomalies)            \
  VERB(rules)                \
  VERB(actions)              \
  VERB(store)                \
  VERB(backup)               \
  VERB(restore)

namespace headroom::cli {

#define HEADROOM_DECLARE(name) void add_##name(Commands& commands);
HEADROOM_VERBS(HEADROOM_DECLARE)

void add_verbs(Commands& commands) {
#define HEADROOM_ADD(name) add_##name(commands);
  HEADROOM_VERBS(HEADROOM_ADD)
}

}  // namespace headroom::cli
