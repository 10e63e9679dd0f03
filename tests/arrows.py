"""Reads every #include of the project and fails on one that runs against the arrows of docs/architecture.md."""
import os
import re
import subprocess
import sys

# Folder → folders whose headers it may include, besides its own and those below it in the list of its room.
COMMON = ["common/base", "common/model", "common/codec", "common/config", "common/log", "common/wire", "common/http",
          "common/service", "schema"]
ALLOWED = {
    "common/base": [],
    "common/model": ["common/base"],
    "common/codec": ["common/base", "common/model"],
    "common/config": ["common/base"],
    "common/log": ["common/base"],
    "common/wire": ["common/base", "common/model", "common/codec", "schema"],
    "common/http": ["common/base"],
    "common/service": ["common/base", "common/log"],
    "agent": COMMON,
    "aggregator/forecast": ["common/base"],
    "aggregator/store": ["common/base", "common/model", "common/codec", "common/log"],
    "aggregator/ingest": COMMON + ["aggregator/store"],
    "aggregator/capacity": COMMON + ["aggregator/store", "aggregator/forecast"],
    "aggregator/scaling": COMMON + ["aggregator/store", "aggregator/forecast", "aggregator/capacity"],
    "aggregator/api": COMMON + ["aggregator/store", "aggregator/ingest", "aggregator/forecast", "aggregator/capacity",
                                "aggregator/scaling"],
    "cli": ["common/base", "common/http", "common/model", "aggregator/forecast", "aggregator/scaling"],
    "bench": COMMON + ["agent", "aggregator/store", "aggregator/forecast", "aggregator/capacity"],
}
# The files directly in aggregator/ are the wiring: they know every room.
ALLOWED["aggregator"] = COMMON + [room for room in ALLOWED if room.startswith("aggregator/")]


def room_of(path):
    """The longest known folder that holds the path."""
    found = ""
    for room in list(ALLOWED) + ["schema"]:
        if path.startswith(room + "/") and len(room) > len(found):
            found = room
    return found


def main():
    root = os.environ.get("HEADROOM_SOURCE", os.getcwd())
    files = []
    for top in ("common", "agent", "aggregator", "cli", "bench"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            files += [os.path.join(folder, name) for name in names if name.endswith((".h", ".cpp"))]
    wrong = []
    arrows = 0
    for path in sorted(files):
        relative = os.path.relpath(path, root)
        room = room_of(relative)
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            match = re.match(r'\s*#include "([^"]+)"', line)
            if not match:
                continue
            target = room_of(match.group(1))
            if not target:
                wrong.append(f"{relative}:{number}: {match.group(1)} is in no known room; write includes from the root")
                continue
            arrows += 1
            if target != room and target not in ALLOWED[room]:
                wrong.append(f"{relative}:{number}: {room} must not include {target}")
    print("\n".join(wrong) or f"{arrows} includes in {len(files)} files, all along the arrows")
    if arrows < 100:
        wrong.append("too few includes found: is HEADROOM_SOURCE the source folder?")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
