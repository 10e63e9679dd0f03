// Work on a store that no aggregator has open: putting a backup in its place, and checking it.
//
// A crash at any point leaves the store of before, the restored one, or for the moment between two
// renames neither under its name: then the old one lies whole beside it, and the next attempt says
// where.
#pragma once

#include <string>

#include "aggregator/store/store.h"

namespace headroom::store::rocks {

struct RestoreRequest {
  std::string backup;  // a folder that Store::backup() made; stays as it is
  std::string store;   // the store's folder; need not exist
  UnixMs now = 0;
};

struct Restored {
  VerifyReport report;  // of the copy, made before it was put in place
  std::uint64_t bytes = 0;
  std::uint64_t linked_bytes = 0;  // of them shared with the backup through hard links
  std::string aside;               // where the store of before lies; empty where there was none
};

// Copies the backup beside the store, opens and verifies the copy, moves the store aside, and puts
// the copy in its place. Run by root, the files get the owner of the store. Errors: kNotFound (no
// backup there), kAlreadyExists (a process has the store open), kCorruption (the backup does not
// verify), and those of rocks::open(); the store is as it was.
Result<Restored> restore(const RestoreRequest& request, const Store::Progress& progress);

// Opens the store and reads everything back. Opening replays the journal and writes to the folder.
// Errors: those of rocks::open(); problems are in the report.
Result<VerifyReport> verify_folder(const std::string& path, const Store::Progress& progress);

}  // namespace headroom::store::rocks
