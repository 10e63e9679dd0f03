// headroom models
#include "aggregator/forecast/registry.h"
#include "cli/csv.h"
#include "cli/render/parts.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "common/base/text.h"

namespace headroom::cli {
namespace {

// What this program carries. The aggregator of the same version carries the same, and the plug-ins
// that it alone loads.
Json models_json() {
  Json items = Json::array();
  for (const forecast::Model* model : forecast::models()) {
    Json parameters = Json::array();
    for (const forecast::Parameter& one : model->parameters()) {
      parameters.push_back({{"name", one.name},
                            {"default", one.fallback},
                            {"least", one.least},
                            {"most", one.most},
                            {"meaning", one.meaning}});
    }
    items.push_back({{"name", model->name()},
                     {"about", model->about()},
                     {"parameters", std::move(parameters)}});
  }
  return {{"items", std::move(items)}};
}

std::string models_table(const Json& answer, const Look& look) {
  Table table({{"MODEL", Align::kLeft, 9},
               {"PARAMETER", Align::kLeft, 8},
               {"DEFAULT", Align::kRight, 7},
               {"RANGE", Align::kLeft, 6, 8, true},
               {"WHAT IT DOES", Align::kLeft, 9, 20, false, true}});
  for (const Json& model : list_at(answer, "items")) {
    table.add({Cell(text_at(model, "name"), Tone::kStrong), "", "", "", text_at(model, "about")});
    for (const Json& one : list_at(model, "parameters")) {
      table.add(
          {"", text_at(one, "name"), format_double(count_at(one, "default")),
           format_double(count_at(one, "least")) + " to " + format_double(count_at(one, "most")),
           Cell(text_at(one, "meaning"), Tone::kFaint)});
    }
  }
  return table.render(look) +
         "\nheadroom forecast --model NAME --param PARAMETER=VALUE takes one of them; without, the "
         "best is chosen per series.\n";
}

std::string models_csv(const Json& answer) {
  std::string text = csv_line({"model", "parameter", "default", "least", "most", "meaning"});
  for (const Json& model : list_at(answer, "items")) {
    text += csv_line(
        {csv_value(field(model, "name")), "", "", "", "", csv_value(field(model, "about"))});
    for (const Json& one : list_at(model, "parameters")) {
      text += csv_line({csv_value(field(model, "name")), csv_value(field(one, "name")),
                        csv_value(field(one, "default")), csv_value(field(one, "least")),
                        csv_value(field(one, "most")), csv_value(field(one, "meaning"))});
    }
  }
  return text;
}

}  // namespace

void add_models(Commands& commands) {
  commands
      .add("models", "the forecasting models, what each does and what may be set",
           {"headroom models", "headroom models --format csv"})
      .run = [](Session& session) {
    return show(session, models_json(), {models_table, models_csv});
  };
}

}  // namespace headroom::cli
