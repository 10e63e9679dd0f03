#include "aggregator/store/rocks/run_set.h"

namespace headroom::store::rocks {

Status RunSet::add(Tier tier, std::uint32_t window, GroupId group, std::string_view chunk,
                   std::uint64_t samples) {
  std::unique_ptr<RunWriter>& writer = writers_[{tier, window}];
  if (!writer) writer = std::make_unique<RunWriter>(database_, tier, window, next_());
  return writer->add(group, chunk, samples);
}

Result<std::vector<WindowChange>> RunSet::finish() {
  std::vector<WindowChange> changes;
  for (auto& [at, writer] : writers_) {
    const auto run = writer->finish();
    if (!run) return fail(run.error());
    written_(*run);
    WindowChange change;
    change.tier = at.first;
    change.window = at.second;
    change.add.push_back(*run);
    changes.push_back(std::move(change));
  }
  writers_.clear();
  return changes;
}

}  // namespace headroom::store::rocks
