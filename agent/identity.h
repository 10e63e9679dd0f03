// Who this machine is. The key is a host's identity and survives renames; a cloned machine has a
// copy of it. What tells the two apart is what a clone does not copy.
#pragma once

#include <string>

#include "agent/collectors/collector.h"

namespace headroom::agent {

// A text that stays the same on one machine over renames and reboots, and differs on a clone that
// got network cards of its own: 16 hexadecimal digits made from /etc/machine-id and the addresses
// of hardware network cards, which every user may read (the DMI product UUID only root may, and the
// same host must not look like two). Empty when none of them is there. It is a hash, so none of
// these leaves the host.
std::string machine_identity(const HostRoots& roots);

// The kernel's boot id, or "unknown".
std::string boot_identity(const HostRoots& roots);

}  // namespace headroom::agent
