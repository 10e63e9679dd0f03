// Forecasts, peaks, scenarios and accuracy as the API gives them.
#include <algorithm>
#include <cmath>

#include "tests/unit/api/rooms_fixture.h"

using namespace headroom;
using namespace headroom::test;

namespace {

// Three days of a host's CPU demand up to kNoon, every ten seconds: a daily wave about 10.
void fill(store::Store& store) {
  Attributes attributes{{std::string(kHostAttribute), "web-1"},
                        {std::string(kResourceAttribute), "CPU"},
                        {std::string(kServiceAttribute), "web"}};
  normalize(attributes);
  const auto group = store.define_group(std::vector<Series>{
      {std::string(kDemandMetric), std::string(unit_of(Resource::kCpu)), Kind::kGauge, attributes},
      {std::string(kCapacityMetric), std::string(unit_of(Resource::kCpu)), Kind::kGauge,
       attributes}});
  REQUIRE(group.has_value());
  std::uint64_t sequence = 0;
  for (UnixMs begin = kNoon - 3 * kDay; begin < kNoon; begin += kHour) {
    std::vector<double> values;
    for (UnixMs time = begin; time < begin + kHour; time += 10'000) {
      values.push_back(10 + 3 * std::sin(static_cast<double>(time % kDay) / kDay * 6.283185307));
    }
    const std::vector<double> capacity(values.size(), 20);
    auto append = append_of("web", ++sequence, group->id, begin, {values, capacity}, 10'000);
    REQUIRE(store.commit(std::vector{append}).has_value());
  }
}

api::Json asked(const char* json) { return api::Json::parse(json); }

class Asking : public ApiWorld {
 public:
  Asking() {
    fill(*store);
    now = kNoon;
  }
  Result<api::Answer> post(const std::string& path, api::Json body) {
    return run("POST", path, {}, std::move(body));
  }
  std::string problem(const std::string& path, api::Json body) {
    const auto answer = post(path, std::move(body));
    return answer ? "none" : answer.error().message;
  }
};

}  // namespace

TEST_CASE("a forecast takes a model, a budget and a calendar, and says what it does not know") {
  Asking asking;
  const auto made = asking.post("forecasts", asked(R"({
    "service": "web", "resource": "CPU", "horizon": "6h", "model": "naive", "budget": "50ms",
    "calendar": "XNYS"})"));
  REQUIRE(made);
  CHECK(made->status == 201);
  CHECK(made->body["model_used"] == "naive");
  const auto& maximum = made->body["peak"]["maximum"];
  CHECK(maximum["p50"] <= maximum["p90"]);
  CHECK(maximum["p90"] <= maximum["p99"]);
  const auto problem = [&](const char* body) { return asking.problem("forecasts", asked(body)); };
  CHECK(problem(R"({"service": "web", "resource": "CPU", "model": "oracle"})")
            .starts_with("there is no model 'oracle'; known: auto, naive"));
  CHECK(problem(R"({"service": "web", "resource": "CPU", "calendar": "XXXX"})").find("XNYS") !=
        std::string::npos);
  CHECK(problem(R"({"service": "web", "resource": "CPU", "budget": "6s"})") ==
        "budget: at most 5s");
  CHECK(problem(R"({"service": "web", "resource": "CPU", "modle": "naive"})") ==
        "modle: is not known here");
}

TEST_CASE("scenarios are made of one forecast, in the order asked for") {
  Asking asking;
  const auto made = asking.post("scenarios", asked(R"({
    "service": "web", "resource": "CPU", "horizon": "24h", "model": "seasonal_naive", "scenarios": [
      {"name": "as it is"},
      {"name": "more", "changes": [{"from": "2026-11-22T12:00:00Z", "percent": 50}]},
      {"name": "sale", "events": [{"from": "2026-11-22T12:00:00Z", "to": "2026-11-24T00:00:00Z",
                                   "factor": 2}]}]})"));
  REQUIRE(made);
  const auto& items = made->body["items"];
  REQUIRE(items.size() == 3);
  CHECK(items[0]["name"] == "as it is");
  const double plain = items[0]["peak"]["predicted_value"];
  CHECK(items[1]["peak"]["predicted_value"].get<double>() == Approx(1.5 * plain));
  CHECK(items[2]["peak"]["predicted_value"].get<double>() == Approx(2 * plain));
  CHECK(items[2]["peak"]["utilization_pct"].get<double>() == Approx(2 * plain / 20 * 100));
  CHECK(asking.post("scenarios", asked(R"({"service": "web", "resource": "CPU"})"))
            ->body["items"]
            .size() == 3);
  const auto problem = [&](const char* scenario) {
    api::Json body = asked(R"({"service": "web", "resource": "CPU", "horizon": "1h"})");
    body["scenarios"] = asked(scenario);
    return asking.problem("scenarios", std::move(body));
  };
  CHECK(problem(R"([{"growth": "P99"}])") == "scenarios[0]: growth: must be P10, P50 or P90");
  CHECK(problem(R"([{"events": [{"calendar": "XNYS", "event": "picnic", "factor": 2}]}])")
            .find("monthly_opex") != std::string::npos);
  CHECK(problem("[]") == "scenarios: must be a list of 1 to 50");
  CHECK(problem(R"([{"growth": 90}])") == "scenarios[0]: growth: must be a text");
  CHECK(problem(R"([{}, {"name": null}])") == "scenarios[1]: name: must be a text");
  CHECK(problem(R"([{"changes": [{"from": "2026-11-22T12:00:00Z"}]}])") ==
        "scenarios[0]: changes: percent or add: by how much?");
  CHECK(problem(
            R"([{"events": [{"from": "2026-11-22T12:00:00Z", "to": "2026-11-23T12:00:00Z"}]}])") ==
        "scenarios[0]: events: factor: by how much?");
  CHECK(problem(R"([{"events": [{"calendar": "XNYS", "event": "monthly_opex", "factor": 2,
                                 "from": "2026-11-22T12:00:00Z"}]}])")
            .starts_with("scenarios[0]: events: from: not beside event"));
  CHECK(problem(R"([{"events": [{"calendar": "XNYS", "factor": 2}]}])") ==
        "scenarios[0]: events: calendar: needs an event of it");
  // Nothing of it was stored.
  CHECK(asking.json("forecasts")->at("items").empty());
}

TEST_CASE("scenarios that would take too long are refused, however they are made up") {
  Asking asking;
  const api::Json event =
      asked(R"({"from": "2026-11-22T12:00:00Z", "to": "2026-11-22T13:00:00Z", "factor": 1})");
  api::Json events = api::Json::array();
  for (int i = 0; i < 10'000; ++i) events.push_back(event);
  api::Json body = asked(R"({"service": "web", "resource": "CPU", "horizon": "24h", "step": "1m",
                             "model": "naive"})");
  for (int i = 0; i < 4; ++i) body["scenarios"].push_back({{"events", events}});
  const auto refused = asking.post("scenarios", body);
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::kLimitExceeded);
  CHECK(refused.error().message.starts_with(
      "scenarios[3]: points times changes and events are more than 50000000"));
}

TEST_CASE("peak, models and accuracy answer") {
  Asking asking;
  const auto peak =
      asking.json("peak", {{"service", "web"}, {"resource", "CPU"}, {"horizon", "24h"}});
  REQUIRE(peak);
  CHECK(peak->at("peak").at("maximum").at("p99") > 10);
  CHECK(!peak->contains("points"));
  CHECK(!asking.json("peak", {{"service", "web"}}));
  const auto models = asking.json("models");
  REQUIRE(models);
  CHECK(models->at("items").at(0).at("name") == "naive");
  CHECK(asking.json("accuracy")->at("items").empty());
  const auto made =
      asking.post("forecasts", asked(R"({"service": "web", "resource": "CPU", "horizon": "1h"})"));
  REQUIRE(made);
  const auto accuracy = asking.json("accuracy", {{"service", "web"}});
  REQUIRE(accuracy);
  CHECK(accuracy->at("items").at(0).at("waiting") >= 2);
  const std::string id = made->body["forecast_id"];
  CHECK(asking.json("forecasts/" + id + "/accuracy")->at("scores").empty());
  CHECK(!asking.json("forecasts/fc-none/accuracy"));
}

TEST_CASE("a horizon may be an hour or a year") {
  Asking asking;
  for (const auto& [horizon, most] :
       {std::pair("1h", 3600.0), std::pair("24h", 86'400.0), std::pair("7d", 604'800.0),
        std::pair("30d", 2'592'000.0), std::pair("365d", 31'536'000.0)}) {
    api::Json body = asked(R"({"service": "web", "resource": "CPU"})");
    body["horizon"] = horizon;
    const auto made = asking.post("forecasts", std::move(body));
    INFO(horizon << (made ? "" : made.error().message));
    REQUIRE(made);
    const double step = made->body["step_seconds"];
    const auto points = static_cast<double>(made->body["points"].size());
    CHECK(points * step <= most);
    CHECK(points * step > most - step);
    CHECK(points >= 12);
    CHECK(points <= 20'000);
    for (const auto& point : made->body["points"]) CHECK(point["predicted_value"].is_number());
  }
}

TEST_CASE("long horizons learn from years") {
  using std::chrono::hours;
  CHECK(capacity::history_for(hours(1)) == capacity::kForecastHistory);
  CHECK(capacity::history_for(hours(24 * 7)) == capacity::kForecastHistory);
  CHECK(capacity::history_for(hours(24 * 30)) == hours(24 * 150));
  CHECK(capacity::history_for(hours(24 * 365)) == capacity::kLongHistory);
  CHECK(capacity::history_for(hours(24 * 3650)) == capacity::kLongHistory);
}
