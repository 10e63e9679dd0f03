#!/usr/bin/env bash
# bytes per sample and speed of the column codec: [--json] [--seed N] [FILE…] (HRFLEET1 .bin, or .csv[.gz] with ts_ms first)
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
exec "$root/build/release/bin/codec_bench" "$@"
