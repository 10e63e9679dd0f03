// The analyses that run by themselves: rules every few seconds, forecasts and the outlook every few
// minutes. One thread of its own, so that a long forecast never delays ingest or an answer.
#pragma once

#include <map>
#include <string>
#include <thread>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "aggregator/capacity/forecaster.h"
#include "aggregator/capacity/monitor.h"
#include "aggregator/config.h"
#include "aggregator/scaling/evaluator.h"

namespace headroom::aggregator {

class Analysis {
 public:
  Analysis(const Clock& clock, const capacity::DemandReader& demand, capacity::Monitor& monitor,
           capacity::Forecaster& forecaster, scaling::Evaluator& evaluator, Config config);
  ~Analysis();

  void start();
  // Takes effect from the next round on. Any thread.
  void reload(const Config& config);

 private:
  void arm_rules();
  void arm_forecasts(std::chrono::milliseconds wait);
  void evaluate_rules();
  void refresh_forecasts();
  void refresh_next();
  Status refresh_outlook(const capacity::Utilization& used, UnixMs now);

  const Clock& clock_;
  const capacity::DemandReader& demand_;
  capacity::Monitor& monitor_;
  capacity::Forecaster& forecaster_;
  scaling::Evaluator& evaluator_;
  Config config_;  // the analysis thread's
  asio::io_context loop_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer rules_timer_;
  asio::steady_timer forecast_timer_;
  std::vector<capacity::Utilization> to_refresh_;  // forecasts of this round
  std::map<std::string, capacity::Health> logged_health_;
  std::string logged_failure_;

  std::thread thread_;
};

}  // namespace headroom::aggregator
