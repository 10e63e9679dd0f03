#!/usr/bin/env bash
# How right, honest and dear the forecasts are: ./dev bench forecast FOLDER [--model each] [--budget 500ms] [--damage 1]
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
[ $# -gt 0 ] || {
  echo "usage: ./dev bench forecast FOLDER [--set NAME]… [--model NAME|each] [--budget 500ms] [--points 900] [--damage 1] [--json]" >&2
  echo "FOLDER holds manifest.csv (dataset,series_id,freq_s,m,m2,horizon,…), SET.train.csv and SET.test.csv (series_id,unix_ts,value), plain or .gz" >&2
  exit 2
}
exec "$root/build/release/bin/forecast_bench" "$@"
