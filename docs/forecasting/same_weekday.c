/* An example of a plug-in: the mean of the last weeks at the same hour, newer weeks weighing more.
 *
 *   cc -shared -fPIC -O2 -I aggregator/forecast/plugin -o same_weekday.so docs/forecasting/same_weekday.c
 */
#include "headroom_model.h"

enum { WEEKS, DECAY, SETTINGS };

static const headroom_parameter parameters[SETTINGS] = {
    {"weeks", 4, 1, 52, "weeks that are averaged"},
    {"decay", 0.7, 0.01, 1, "weight of a week against the next newer one"},
};

static double cost_us(const headroom_task* task) { return 1 + 0.05 * (double)task->steps; }

static int forecast(const headroom_series* series, const double* settings, size_t setting_count,
                    double* path, size_t path_count) {
  if (setting_count != SETTINGS || series->period_count == 0) return 0;
  const size_t n = series->value_count;
  const size_t week = series->periods[series->period_count - 1];
  if (n < week) return 0;
  const size_t most = (size_t)settings[WEEKS];
  for (size_t h = 0; h < path_count; ++h) {
    double sum = 0;
    double weights = 0;
    double weight = 1;
    /* The newest known point of this phase, then week by week back. */
    size_t back = week - h % week;
    for (size_t k = 0; k < most && back <= n; ++k, back += week) {
      sum += weight * series->values[n - back];
      weights += weight;
      weight *= settings[DECAY];
    }
    path[h] = sum / weights;
  }
  return 1;
}

static const headroom_model model = {
    .struct_size = sizeof(headroom_model),
    .abi_version = HEADROOM_MODEL_ABI,
    .name = "same_weekday",
    .about = "Mean of the same hour in the last weeks, newer ones weighing more",
    .parameters = parameters,
    .parameter_count = SETTINGS,
    .parameter_size = sizeof(headroom_parameter),
    .cost_us = cost_us,
    .forecast = forecast,
};

const headroom_model* headroom_model_entry(void) { return &model; }
