/* A forecasting model of your own for Headroom: the C interface of a plug-in.
 *
 * A plug-in is a shared object that exports one function, headroom_model_entry(), which returns a
 * description that lives as long as the object is loaded. Build it with
 *
 *   cc -shared -fPIC -O2 -o my_model.so my_model.c
 *
 * and put it into the folder that the configuration names (docs/forecasting/plugins.md).
 *
 * Versions: HEADROOM_MODEL_ABI changes only when old plug-ins can no longer be called. Until then
 * structures grow at their end: each begins with its size as its maker knew it, and nobody reads
 * past the smaller of the two.
 *
 * Threads: every function may be called from several threads at once. It must be deterministic
 * (same input, same bits), must not keep pointers that it was given, must not throw, and must not
 * touch signals, locales or the floating-point environment. A plug-in that crashes takes the
 * program with it.
 */
#ifndef HEADROOM_MODEL_H
#define HEADROOM_MODEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HEADROOM_MODEL_ABI 1u

enum { HEADROOM_DAY_CLOSED = 0, HEADROOM_DAY_HALF = 1, HEADROOM_DAY_FULL = 2 };

/* What a calendar knows of one point. */
typedef struct headroom_slot {
  int32_t day; /* civil day in the calendar's zone, from 1970-01-01 */
  int32_t
      minute;   /* from that day's local midnight; outside 0 to 1439 in sessions across midnight */
  int32_t type; /* HEADROOM_DAY_... */
  int32_t open; /* 1: the point and a session have time in common */
  uint32_t events; /* bit i: event i of the calendar falls on that day */
} headroom_slot;

/* What is learnt from: every value finite and at most 1 in size, oldest first, at least one. */
typedef struct headroom_series {
  size_t struct_size;
  const double* values;
  size_t value_count;
  const size_t* periods; /* seasons in steps, ascending; none: period_count is 0 */
  size_t period_count;
  size_t season;    /* the one that counts as the season; 0: none */
  int64_t start_ms; /* Unix time of values[0]; 0 with step_ms 0: not known */
  int64_t step_ms;
  const headroom_slot* slots; /* from values[0] to the end of the path or beyond; or slot_count 0 */
  size_t slot_count;
  size_t slot_size; /* distance of two slots in bytes */
} headroom_series;

/* What a person may set. */
typedef struct headroom_parameter {
  const char* name; /* a-z, 0-9 and _, at most 63 */
  double fallback;
  double least;
  double most;
  const char* meaning; /* one line, with the unit */
} headroom_parameter;

typedef struct headroom_task {
  size_t struct_size;
  size_t points;
  size_t steps; /* of the path */
  size_t season;
  size_t longest_period;
} headroom_task;

typedef struct headroom_model {
  size_t struct_size;   /* sizeof(headroom_model) */
  uint32_t abi_version; /* HEADROOM_MODEL_ABI */
  const char* name;     /* unique; a-z, 0-9 and _, at most 63 */
  const char* about;    /* one line for people */
  const headroom_parameter* parameters;
  size_t parameter_count;
  size_t parameter_size; /* sizeof(headroom_parameter) */
  /* CPU of one forecast in microseconds, which a budget is held against. A pure function. */
  double (*cost_us)(const headroom_task* task);
  /* Writes path[0] to path[path_count - 1], the steps after the last value, all finite, and returns
   * 1; or returns 0 where this series does not carry the model. settings: one per parameter. */
  int (*forecast)(const headroom_series* series, const double* settings, size_t setting_count,
                  double* path, size_t path_count);
} headroom_model;

/* The one function that a plug-in exports. */
const headroom_model* headroom_model_entry(void);

#ifdef __cplusplus
}
#endif

#endif
