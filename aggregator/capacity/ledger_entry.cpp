#include "aggregator/capacity/ledger_entry.h"

#include <nlohmann/json.hpp>

namespace headroom::capacity {
namespace {

using Json = nlohmann::json;

Json point_json(const ForecastPoint& point) {
  Json intervals = Json::array();
  for (const forecast::Interval& one : point.intervals)
    intervals.push_back({one.level, one.lower, one.upper});
  return {{"time", point.time},    {"step", point.step.count()}, {"lead", point.lead.count()},
          {"model", point.model},  {"value", point.value},       {"naive", point.naive},
          {"intervals", intervals}};
}

ForecastPoint point_of(const Json& json) {
  ForecastPoint point;
  point.time = json.at("time");
  point.step = std::chrono::milliseconds(json.at("step").get<std::int64_t>());
  point.lead = std::chrono::milliseconds(json.at("lead").get<std::int64_t>());
  point.model = json.at("model");
  point.value = json.at("value");
  point.naive = json.at("naive");
  for (const Json& one : json.at("intervals"))
    point.intervals.push_back({one.at(0), one.at(1), one.at(2)});
  if (point.step.count() <= 0) throw std::runtime_error("a point without a step");
  return point;
}

Json score_json(const ModelScore& one) {
  Json levels = Json::array();
  for (const Score::Level& level : one.score.levels)
    levels.push_back({level.level, level.points, level.below, level.above});
  return {{"model", one.model},
          {"bucket", one.bucket},
          {"counted", one.score.counted},
          {"points", one.score.points},
          {"absolute", one.score.absolute},
          {"signed", one.score.signed_sum},
          {"naive", one.score.naive},
          {"levels", levels}};
}

ModelScore score_of(const Json& json) {
  ModelScore one;
  one.model = json.at("model");
  one.bucket = std::min(json.at("bucket").get<std::size_t>(), kLeads.size() - 1);
  one.score.counted = json.at("counted");
  one.score.points = json.at("points");
  one.score.absolute = json.at("absolute");
  one.score.signed_sum = json.at("signed");
  one.score.naive = json.at("naive");
  for (const Json& level : json.at("levels"))
    one.score.levels.push_back({level.at(0), level.at(1), level.at(2), level.at(3)});
  return one;
}

}  // namespace

std::string Ledger::text_of(const Entry& entry) {
  Json waiting = Json::array();
  for (const ForecastPoint& point : entry.waiting) waiting.push_back(point_json(point));
  Json scores = Json::array();
  for (const ModelScore& one : entry.scores) scores.push_back(score_json(one));
  return Json{{"service", entry.service},      {"resource", to_string(entry.resource)},
              {"put_down", entry.put_down},    {"last_put", entry.last_put},
              {"waiting", std::move(waiting)}, {"scores", std::move(scores)}}
      .dump();
}

Result<Ledger::Entry> Ledger::entry_of(const std::string& key, const std::string& text) {
  try {
    const Json json = Json::parse(text);
    Entry entry;
    entry.service = json.at("service");
    entry.resource =
        parse_resource(json.at("resource").get<std::string>()).value_or(Resource::kCpu);
    entry.put_down = json.at("put_down").get<std::vector<UnixMs>>();
    entry.last_put = json.value("last_put", UnixMs{0});
    for (const Json& one : json.at("waiting")) entry.waiting.push_back(point_of(one));
    for (const Json& one : json.at("scores")) entry.scores.push_back(score_of(one));
    return entry;
  } catch (const std::exception& problem) {
    return fail(ErrorCode::kCorruption, "stored " + key + " cannot be read: " + problem.what());
  }
}

}  // namespace headroom::capacity
