// headroom accuracy
#include <cmath>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/checks.h"
#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/table.h"
#include "cli/units.h"
#include "cli/verb.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

struct Options {
  std::string service;
  std::string resource;
  std::string forecast;
};

std::string level_text(double level) { return format_double(std::round(level * 1e8) / 1e6); }

std::string coverage_text(const Json& score) {
  std::vector<std::string> parts;
  for (const Json& level : list_at(score, "levels")) {
    parts.push_back(format_number(std::round(count_at(level, "coverage") * 100)) + " of " +
                    level_text(count_at(level, "level")) + " %");
  }
  return parts.empty() ? std::string(kNothing) : join(parts, ", ");
}

void add_row(Table& table, const Json& item, const Json& score, bool first) {
  const std::string unit = text_at(item, "unit");
  const auto relative = number_at(score, "relative_to_naive");
  const double bias = count_at(score, "bias");
  table.add({first ? text_at(item, "service") : "", first ? text_at(item, "resource_type") : "",
             text_at(score, "ahead"), text_at(score, "model"),
             format_count(count_at(score, "points")), format_value(number_at(score, "mae"), unit),
             relative ? Cell(format_number(std::round(*relative * 100)) + " %",
                             *relative > 1 ? Tone::kWarn : Tone::kPlain)
                      : Cell(std::string(kNothing)),
             format_value(std::abs(bias), unit) + (bias > 0 ? " too low" : " too high"),
             coverage_text(score)});
}

std::string accuracy_table(const Json& answer, const Look& look) {
  Table table({{"SERVICE", Align::kLeft, 9},
               {"RESOURCE", Align::kLeft, 8},
               {"UP TO", Align::kRight, 8},
               {"MODEL", Align::kLeft, 5},
               {"POINTS", Align::kRight, 4, 6, true},
               {"USUAL ERROR", Align::kRight, 9},
               {"OF NAIVE", Align::kRight, 7, 8, true},
               {"ON AVERAGE", Align::kRight, 3, 8, true},
               {"INSIDE BAND", Align::kLeft, 6, 8, true}});
  double waiting = 0;
  const auto add_all = [&](const Json& item) {
    bool first = true;
    for (const Json& score : list_at(item, "scores")) {
      add_row(table, item, score, first);
      first = false;
    }
    waiting += count_at(item, "waiting");
  };
  if (answer.contains("items")) {
    for (const Json& item : list_at(answer, "items")) add_all(item);
  } else {
    add_all(answer);
  }
  std::string text = table.empty() ? "No forecast has met its truth yet.\n" : table.render(look);
  if (waiting > 0) text += counted(waiting, "forecast point") + " wait for their time.\n";
  return text;
}

std::string accuracy_csv(const Json& answer) {
  std::string text = csv_line({"service", "resource_type", "model", "ahead", "points", "mae",
                               "bias", "relative_to_naive", "level", "coverage"});
  const auto add = [&](const Json& item) {
    for (const Json& score : list_at(item, "scores")) {
      const auto line = [&](const std::string& level, const std::string& coverage) {
        text += csv_line({csv_value(field(item, "service")),
                          csv_value(field(item, "resource_type")), csv_value(field(score, "model")),
                          csv_value(field(score, "ahead")), csv_value(field(score, "points")),
                          csv_value(field(score, "mae")), csv_value(field(score, "bias")),
                          csv_value(field(score, "relative_to_naive")), level, coverage});
      };
      if (list_at(score, "levels").empty()) line("", "");
      for (const Json& level : list_at(score, "levels")) {
        line(csv_value(field(level, "level")), csv_value(field(level, "coverage")));
      }
    }
  };
  if (answer.contains("items")) {
    for (const Json& item : list_at(answer, "items")) add(item);
  } else {
    add(answer);
  }
  return text;
}

}  // namespace

void add_accuracy(Commands& commands) {
  const auto options = std::make_shared<Options>();
  Command& verb = commands.add(
      "accuracy", "how right forecasts were, per model and how far ahead, once the truth was there",
      {"headroom accuracy", "headroom accuracy --service web --resource CPU",
       "headroom accuracy --forecast fc-1795348800000-0"});
  verb.app->add_option("--service", options->service, "only of this service")->type_name("NAME");
  verb.app->add_option("--resource", options->resource, "only of this resource")->type_name("NAME");
  verb.app->add_option("--forecast", options->forecast, "what became of this one so far, by its id")
      ->type_name("ID");
  verb.check = [options](const Session&) -> Status {
    if (options->forecast.empty() || (options->service.empty() && options->resource.empty()))
      return {};
    return fail(ErrorCode::kInvalidArgument, "--forecast is one by itself");
  };
  verb.run = [options](Session& session) -> Status {
    http::Query query;
    if (!options->service.empty()) query.emplace_back("service", options->service);
    if (!options->resource.empty())
      query.emplace_back("resource", resource_name(options->resource));
    const auto answer =
        options->forecast.empty()
            ? session.api.get_all("/accuracy", query)
            : session.api.get("/forecasts/" + path_segment(options->forecast) + "/accuracy");
    if (!answer) return fail(answer.error());
    return show(session, *answer, {accuracy_table, accuracy_csv});
  };
}

}  // namespace headroom::cli
