#include "cli/offline/series_output.h"

#include <ostream>
#include <utility>

#include "cli/offline/output_stream.h"
#include "cli/offline/workers.h"
#include "cli/text_width.h"

namespace headroom::cli {
namespace {

class Notes {
 public:
  void add(std::vector<std::string>&& notes) {
    for (std::string& note : notes) {
      ++count_;
      if (kept_.size() < kNotesMost) kept_.push_back(std::move(note));
    }
  }
  void write(std::ostream& err) const {
    for (const std::string& note : kept_) err << clean(note) << "\n";
    if (count_ > kept_.size()) err << "… and " << count_ - kept_.size() << " more such notes\n";
  }

 private:
  std::vector<std::string> kept_;
  std::size_t count_ = 0;
};

}  // namespace

Status write_series(Session& session, std::size_t count, unsigned threads,
                    const std::string& header,
                    const std::function<Result<SeriesPiece>(std::size_t)>& make,
                    const std::function<void(double)>& progress) {
  auto out = OutputStream::open(session.output, session.out);
  if (!out) return fail(out.error());
  Notes notes;
  const auto deliver = [&](std::size_t i, SeriesPiece&& piece) -> Status {
    notes.add(std::move(piece.notes));
    return out->append(i == 0 ? header + piece.text : piece.text);
  };
  if (auto done = work_through<SeriesPiece>(count, threads, make, deliver, progress); !done)
    return done;
  if (auto committed = out->commit(); !committed) return committed;
  notes.write(session.err);
  return {};
}

}  // namespace headroom::cli
