#!/usr/bin/env bash
# Pictures of forecasts with their intervals: ./dev bench forecast_plot FOLDER OUT.png SET:SERIES…
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
[ $# -ge 3 ] || { echo "usage: ./dev bench forecast_plot FOLDER OUT.png SET:SERIES…; FOLDER as for ./dev bench forecast" >&2; exit 2; }
folder=$1 out=$2
shift 2
sets=()
for one in "$@"; do sets+=(--set "${one%%:*}"); done
forecasts=$(mktemp -d)
trap 'rm -rf "$forecasts"' EXIT
"$root/build/release/bin/forecast_bench" "$folder" "${sets[@]}" --forecasts "$forecasts"
/usr/bin/python3 "$root/bench/forecast_plot.py" "$folder" "$forecasts" "$out" "$@"
echo "wrote $out"
