// Every room behind the API, on a real store, without a door.
#pragma once

#include <atomic>
#include <string>

#include "aggregator/api/rooms.h"
#include "tests/support/store_fixture.h"

namespace headroom::test {

struct ApiWorld {
  ApiWorld() {
    api::add_system_operations(operations, rooms);
    api::add_metric_operations(operations, rooms);
    api::add_query_range_operation(operations, rooms);
    api::add_store_operations(operations, rooms);
    api::add_forecast_operations(operations, rooms);
    api::add_calendar_operations(operations, rooms);
  }

  // One batch of one series at one second a step from kNoon on.
  void add(const std::string& host, const std::string& service, const std::vector<double>& values,
           const std::string& metric = "load") {
    const Series series{
        metric, "1", Kind::kGauge, {{"host.name", host}, {"service.name", service}}};
    const auto group = store->define_group(std::vector<Series>{series});
    REQUIRE(group.has_value());
    const auto append = append_of(host + metric, 1, group->id, kNoon, {values});
    REQUIRE(store->commit(std::vector{append}).has_value());
  }

  Result<api::Answer> run(const std::string& method, const std::string& path,
                          std::map<std::string, std::string> params = {}, api::Json body = {}) {
    api::Call call;
    call.params = std::move(params);
    call.body = std::move(body);
    call.now = now;
    return operations.run(method, "/api/v1/" + path, std::move(call), api::Access::kAdminister);
  }

  // The answer as a client reads it.
  Result<api::Json> json(const std::string& path, std::map<std::string, std::string> params = {}) {
    const auto answer = run("GET", path, std::move(params));
    if (!answer) return fail(answer.error());
    if (!answer->stream) return answer->body;
    std::string text;
    const std::atomic<bool> cancelled = false;
    const Status made = answer->stream(
        [&](const std::string& piece) {
          text += piece;
          return true;
        },
        cancelled);
    if (!made) return fail(made.error());
    return api::Json::parse(text);
  }

  TempFolder folder;
  UnixMs now = kNoon + 60'000;
  SystemClock clock;
  std::unique_ptr<store::Store> store = open_store(folder.path() + "/store");
  ingest::AgentDirectory agents;
  capacity::DemandReader demand{*store, {}};
  capacity::Monitor monitor{demand, {}};
  capacity::Forecaster forecaster{demand, *store};
  scaling::Evaluator evaluator{*store, monitor};
  std::atomic<bool> ready = true;
  api::VerifyJob verify{*store, clock};
  capacity::Calendars calendars{folder.path() + "/calendars"};
  api::Rooms rooms{clock,     *store, agents, demand, monitor, forecaster,
                   evaluator, "test", now,    ready,  verify,  folder.path() + "/backup",
                   calendars};
  api::Operations operations;
};

}  // namespace headroom::test
