#!/usr/bin/env bash
# CPU per series of the forecaster: FILE.csv (series_id,unix_ts,value), then options of forecast_bench
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
[ $# -gt 0 ] || { echo "usage: ./dev bench forecast FILE.csv [--step 1h] [--horizon 48] [--lower 0]; forecasts go to standard output" >&2; exit 2; }
file=$1
shift
exec "$root/build/release/bin/forecast_bench" "$@" "$file"
