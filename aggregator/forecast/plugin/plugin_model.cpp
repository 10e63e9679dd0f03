#include "aggregator/forecast/plugin/plugin_model.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>
#include <vector>

#include "aggregator/forecast/plugin/loader.h"
#include "aggregator/forecast/setting.h"

namespace headroom::forecast {
namespace {

constexpr double kDearest = 1e12;     // microseconds: what names no cost is never chosen by itself
constexpr std::size_t kGuards = 16;   // values behind a path that nobody may write
constexpr double kGuard = -7.25e300;  // in them

tl::unexpected<Error> wrong(std::string what) {
  return fail(ErrorCode::kInvalidArgument, "the model's description is wrong: " + std::move(what));
}

bool is_name(const char* text) {
  if (text == nullptr) return false;
  const std::size_t length = ::strnlen(text, kPluginNameMax + 1);
  return length >= 1 && length <= kPluginNameMax && std::all_of(text, text + length, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

bool is_line(const char* text) {
  if (text == nullptr) return false;
  const std::size_t length = ::strnlen(text, kPluginTextMax + 1);
  // Bytes of UTF-8 pass, control characters do not.
  return length <= kPluginTextMax && std::all_of(text, text + length, [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
         });
}

class PluginModel final : public Model {
 public:
  explicit PluginModel(std::shared_ptr<void> loaded) : loaded_(std::move(loaded)) {}

  Status describe(const headroom_model& model) {
    if (model.struct_size < sizeof(headroom_model)) return wrong("struct_size is too small");
    if (!is_name(model.name)) {
      return wrong("name must be 1 to " + std::to_string(kPluginNameMax) + " of a-z, 0-9 and _");
    }
    if (!is_line(model.about)) return wrong("about must be one line");
    if (model.cost_us == nullptr || model.forecast == nullptr) {
      return wrong("cost_us or forecast is missing");
    }
    if (model.parameter_count > kPluginParametersMax) {
      return fail(ErrorCode::kLimitExceeded,
                  "the model has " + std::to_string(model.parameter_count) +
                      " parameters, at most " + std::to_string(kPluginParametersMax) +
                      " are allowed");
    }
    if (model.parameter_count > 0 &&
        (model.parameters == nullptr || model.parameter_size < sizeof(headroom_parameter))) {
      return wrong("parameters is missing or parameter_size too small");
    }
    name_ = model.name;
    about_ = model.about;
    cost_us_ = model.cost_us;
    forecast_ = model.forecast;
    const auto* bytes = reinterpret_cast<const char*>(model.parameters);
    for (std::size_t i = 0; i < model.parameter_count; ++i) {
      headroom_parameter parameter;
      std::memcpy(&parameter, bytes + i * model.parameter_size, sizeof parameter);
      if (auto added = add(parameter); !added) return added;
    }
    return {};
  }

  std::string_view name() const override { return name_; }
  std::string_view about() const override { return about_; }
  std::span<const Parameter> parameters() const override { return parameters_; }

  double cost_us(const Task& task) const override {
    const headroom_task plain{sizeof plain, task.points, task.steps, task.season,
                              task.longest_period};
    try {
      const double cost = cost_us_(&plain);
      return cost >= 0 && cost < kDearest ? cost : kDearest;
    } catch (...) {  // one in C++ that throws although it must not
      return kDearest;
    }
  }

  bool forecast(const Series& series, Settings settings, std::span<double> path) const override {
    std::vector<headroom_slot> slots;
    slots.reserve(series.slots.size());
    for (const Slot& slot : series.slots) {
      slots.push_back({slot.day, slot.minute, static_cast<std::int32_t>(slot.type),
                       slot.open ? 1 : 0, slot.events});
    }
    const headroom_series plain{.struct_size = sizeof plain,
                                .values = series.values.data(),
                                .value_count = series.values.size(),
                                .periods = series.periods.data(),
                                .period_count = series.periods.size(),
                                .season = series.season,
                                .start_ms = series.start,
                                .step_ms = series.step.count(),
                                .slots = slots.data(),
                                .slot_count = slots.size(),
                                .slot_size = sizeof(headroom_slot)};
    std::vector<double> chosen;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      chosen.push_back(setting(parameters_, settings, i));
    }
    // Steps that it leaves out stay without a number, and what it writes past the end shows.
    std::vector<double> out(path.size() + kGuards, std::numeric_limits<double>::quiet_NaN());
    std::fill(out.end() - static_cast<std::ptrdiff_t>(kGuards), out.end(), kGuard);
    try {
      if (forecast_(&plain, chosen.data(), chosen.size(), out.data(), path.size()) != 1) {
        return false;
      }
    } catch (...) {
      return false;
    }
    const auto written = std::span(out).first(path.size());
    const auto guards = std::span(out).last(kGuards);
    if (!std::all_of(guards.begin(), guards.end(), [](double v) { return v == kGuard; }) ||
        !std::all_of(written.begin(), written.end(), [](double v) { return std::isfinite(v); })) {
      return false;
    }
    std::copy(written.begin(), written.end(), path.begin());
    return true;
  }

 private:
  Status add(const headroom_parameter& parameter) {
    if (!is_name(parameter.name)) return wrong("a parameter's name must be of a-z, 0-9 and _");
    const std::string name = parameter.name;
    if (!is_line(parameter.meaning)) return wrong("the meaning of " + name + " must be one line");
    if (!std::isfinite(parameter.least) || !std::isfinite(parameter.most) ||
        !(parameter.least <= parameter.fallback && parameter.fallback <= parameter.most)) {
      return wrong("the range of " + name + " must be finite and hold its fallback");
    }
    for (const Parameter& known : parameters_) {
      if (known.name == name) return wrong("it has two parameters " + name);
    }
    texts_.push_back(name);
    const std::string_view kept = texts_.back();
    texts_.push_back(parameter.meaning);
    parameters_.push_back(
        {kept, parameter.fallback, parameter.least, parameter.most, texts_.back()});
    return {};
  }

  std::shared_ptr<void> loaded_;  // first, so that it goes last
  std::string name_;
  std::string about_;
  std::deque<std::string> texts_;  // that parameters_ refer to
  std::vector<Parameter> parameters_;
  double (*cost_us_)(const headroom_task*) = nullptr;
  int (*forecast_)(const headroom_series*, const double*, std::size_t, double*,
                   std::size_t) = nullptr;
};

}  // namespace

Result<std::unique_ptr<const Model>> plugin_model(const headroom_model* description,
                                                  std::shared_ptr<void> loaded) {
  if (description == nullptr) return wrong("headroom_model_entry() returned nothing");
  if (description->abi_version != HEADROOM_MODEL_ABI) {
    return fail(ErrorCode::kUnsupported, "it speaks version " +
                                             std::to_string(description->abi_version) +
                                             " of the plug-in interface, this program version " +
                                             std::to_string(HEADROOM_MODEL_ABI) +
                                             "; build it with this version's headroom_model.h");
  }
  auto model = std::make_unique<PluginModel>(std::move(loaded));
  if (auto described = model->describe(*description); !described) return fail(described.error());
  return std::unique_ptr<const Model>(std::move(model));
}

}  // namespace headroom::forecast
