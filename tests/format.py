"""Fails on a source that clang-format-19 would change; ./dev format mends it."""
import os
import subprocess
import sys

root = os.environ.get("HEADROOM_SOURCE", os.getcwd())
files = []
for top in ("common", "agent", "aggregator", "cli", "bench", "tests"):
    for folder, _, names in os.walk(os.path.join(root, top)):
        files += [os.path.join(folder, name) for name in names if name.endswith((".h", ".cpp"))]
done = subprocess.run(["clang-format-19", "--dry-run", "--Werror", *sorted(files)], capture_output=True, text=True, cwd=root)
print(done.stderr[:4000] or f"{len(files)} files are well formatted")
sys.exit(1 if done.returncode or not files else 0)
