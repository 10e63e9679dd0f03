#include "agent/collectors/numa_memory.h"

#include <array>

#include "agent/collectors/cpu_list.h"
#include "agent/collectors/first_failure.h"
#include "agent/procfs/scanner.h"

namespace headroom::agent {
namespace {

constexpr auto kLookPeriod = std::chrono::seconds(10);

enum NodeSeries : std::size_t { kFree, kCached, kAnonymous, kLimit };
constexpr std::string_view kUsage = "system.memory.node.usage";
constexpr std::string_view kState = "system.memory.state";
constexpr std::array<SeriesSpec, 4> kNodeSpecs{{
    {kUsage, "By", Kind::kGauge, kState, "free"},
    {kUsage, "By", Kind::kGauge, kState, "cached"},
    {kUsage, "By", Kind::kGauge, kState, "anonymous"},
    {"system.memory.node.limit", "By"},
}};

}  // namespace

NumaMemory::NumaMemory(const HostRoots& roots)
    : folder_(roots.sys() + "/devices/system/node"),
      look_(kLookPeriod),
      online_(folder_ + "/online") {}

Status NumaMemory::collect(const Tick& tick, SampleSheet& sheet) {
  if (look_.due(tick)) {
    nodes_status_ = find_nodes(sheet);
    look_status_ = look();
  }
  for (Node& node : nodes_) {
    node.series.set(sheet, kFree, node.free);
    node.series.set(sheet, kCached, node.file_pages);
    node.series.set(sheet, kAnonymous, node.anonymous);
    node.series.set(sheet, kLimit, node.total);
  }
  return nodes_status_ ? look_status_ : nodes_status_;
}

// The list of nodes is written like one of cores.
Status NumaMemory::find_nodes(SampleSheet& sheet) {
  const std::string_view text = online_.read().value_or(std::string_view());
  if (text == online_text_) return nodes_status_;
  online_text_ = text;
  for (Node& node : nodes_) node.series.retire(sheet);
  nodes_.clear();
  const auto numbers = parse_cpu_list(online_text_);
  if (!numbers) {
    return fail(ErrorCode::kCorruption, folder_ + "/online is not a list of nodes");
  }
  if (numbers->size() < 2) return {};
  for (const unsigned number : *numbers) {
    if (nodes_.size() == kMaxNumaNodes) {
      return fail(ErrorCode::kLimitExceeded, folder_ + " has more than " +
                                                 std::to_string(kMaxNumaNodes) +
                                                 " nodes; the others are not measured");
    }
    const std::string name = std::to_string(number);
    nodes_.push_back({ProcFile(folder_ + "/node" + name + "/meminfo"), kUnknown, kUnknown, kUnknown,
                      kUnknown, SeriesGroup(kNodeSpecs, {{"system.memory.node", name}})});
  }
  return {};
}

Status NumaMemory::look() {
  FirstFailure failure;
  for (Node& node : nodes_) {
    if (auto read = node.read(); !read) failure.add(read.error());
  }
  return failure.status();
}

// Lines such as "Node 0 MemFree:  1024 kB".
Status NumaMemory::Node::read() {
  total = free = file_pages = anonymous = kUnknown;
  const auto text = file.read();
  if (!text) return fail(text.error());
  Scanner scanner(*text);
  while (scanner.next_line()) {
    const auto name = scanner.skip(2) ? scanner.until(':') : std::nullopt;
    if (!name) return fail(malformed(file.path(), scanner));
    double* const wanted = *name == "MemTotal"    ? &total
                           : *name == "MemFree"   ? &free
                           : *name == "FilePages" ? &file_pages
                           : *name == "AnonPages" ? &anonymous
                                                  : nullptr;
    if (wanted == nullptr) continue;
    const auto kib = scanner.number();
    if (!kib) return fail(malformed(file.path(), scanner));
    *wanted = static_cast<double>(*kib) * 1024;
  }
  return {};
}

}  // namespace headroom::agent
