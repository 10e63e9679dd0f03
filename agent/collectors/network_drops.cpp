#include "agent/collectors/network_drops.h"

#include <charconv>
#include <unistd.h>

#include "agent/procfs/scanner.h"

namespace headroom::agent {
namespace {

constexpr auto kSoftnetPeriod = std::chrono::seconds(5);

constexpr std::array<SeriesSpec, 3> kSoftnetSpecs{{
    {"system.network.softnet.processed", "{packet}", Kind::kCounter},
    {"system.network.softnet.dropped", "{packet}", Kind::kCounter},
    {"system.network.softnet.time_squeezed", "{event}", Kind::kCounter},
}};

constexpr std::string_view kDropped = "system.network.card.dropped";
constexpr std::string_view kReason = "system.network.card.drop_reason";
// Parallel to kFileNames.
constexpr std::array<SeriesSpec, 3> kCardSpecs{{
    {kDropped, "{packet}", Kind::kCounter, kReason, "missed"},
    {kDropped, "{packet}", Kind::kCounter, kReason, "fifo"},
    {kDropped, "{packet}", Kind::kCounter, kReason, "dropped"},
}};
constexpr std::array<const char*, 3> kFileNames{"rx_missed_errors", "rx_fifo_errors", "rx_dropped"};

// A column of softnet_stat: 32 bits as hexadecimal digits.
bool hexadecimal(std::string_view field, double& sum) {
  std::uint32_t value = 0;
  const char* const end = field.data() + field.size();
  const auto [stopped, error] = std::from_chars(field.data(), end, value, 16);
  if (field.empty() || error != std::errc() || stopped != end) return false;
  sum += static_cast<double>(value);
  return true;
}

}  // namespace

Softnet::Softnet(const HostRoots& roots)
    : path_(roots.proc() + "/net/softnet_stat"),
      file_(path_),
      look_(kSoftnetPeriod),
      series_(kSoftnetSpecs) {}

Status Softnet::collect(const Tick& tick, SampleSheet& sheet) {
  if (look_.due(tick)) status_ = look();
  for (std::size_t i = 0; i < kColumns; ++i) series_.set(sheet, i, sums_[i]);
  return status_;
}

// One line for each core.
Status Softnet::look() {
  sums_.fill(kUnknown);
  const auto text = file_.read();
  if (!text) return {};
  std::array<double, kColumns> sums{};
  Scanner scanner(*text);
  while (scanner.next_line()) {
    for (double& sum : sums) {
      if (!hexadecimal(scanner.word(), sum)) return fail(malformed(path_, scanner));
    }
  }
  sums_ = sums;
  return {};
}

CardDrops::CardDrops(const std::string& folder, std::string_view link)
    : has_card_(::access((folder + "/device").c_str(), F_OK) == 0),
      series_(kCardSpecs, {{"network.interface.name", std::string(link)}}) {
  for (std::size_t i = 0; i < kFiles; ++i) paths_[i] = folder + "/statistics/" + kFileNames[i];
}

void CardDrops::look() {
  if (!has_card_) return;
  for (std::size_t i = 0; i < kFiles; ++i) {
    const auto packets = read_number_file(paths_[i]);
    values_[i] = packets && *packets >= 0 ? static_cast<double>(*packets) : kUnknown;
  }
}

void CardDrops::publish(SampleSheet& sheet) {
  for (std::size_t i = 0; i < kFiles; ++i) series_.set(sheet, i, values_[i]);
}

}  // namespace headroom::agent
