/* Plug-ins that do one thing wrong each; ODD says which. */
#include <math.h>

#include "aggregator/forecast/plugin/headroom_model.h"

enum { GOOD, OTHER_ABI, NO_ENTRY, NAN_OUTPUT, SHORT_OUTPUT, LONG_OUTPUT, SMALL, BAD_NAME, TAKEN };

static double cost_us(const headroom_task* task) { return task->steps > 0 ? NAN : -1; }

static int forecast(const headroom_series* series, const double* settings, size_t setting_count,
                    double* path, size_t path_count) {
  (void)settings;
  (void)setting_count;
  const size_t written = path_count + (ODD == LONG_OUTPUT) - (ODD == SHORT_OUTPUT);
  for (size_t h = 0; h < written; ++h) path[h] = series->values[series->value_count - 1];
  if (ODD == NAN_OUTPUT) path[path_count / 2] = NAN;
  return 1;
}

static const headroom_model model = {
    .struct_size = ODD == SMALL ? sizeof(headroom_model) - 1 : sizeof(headroom_model),
    .abi_version = ODD == OTHER_ABI ? HEADROOM_MODEL_ABI + 1 : HEADROOM_MODEL_ABI,
    .name = ODD == BAD_NAME ? "Not A Name" : ODD == TAKEN ? "naive" : "odd",
    .about = "does one thing wrong",
    .cost_us = cost_us,
    .forecast = forecast,
};

#if ODD == 2
const headroom_model* another_entry(void);
const headroom_model* another_entry(void) { return &model; }
#else
const headroom_model* headroom_model_entry(void) { return &model; }
#endif
