#!/usr/bin/env bash
# NAB score, CPU per point and false alarms of the anomaly detector: FOLDER [--json] [--scorer SCRIPT]
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
usage() {
  cat >&2 <<'TEXT'
usage: ./dev bench anomalies FOLDER [--json] [--false-alarms 1/7d] [--scorer SCRIPT]

FOLDER holds windows.json and data/family/file.csv (timestamp,value), as the Numenta Anomaly Benchmark does.
SCRIPT is a Python scorer of somebody else; it is run on the same scores as: SCRIPT windows.json SCORES_FOLDER
TEXT
  exit 2
}
scorer= arguments=() folder=
while [ $# -gt 0 ]; do
  case $1 in
    --scorer) [ $# -ge 2 ] || usage; scorer=$2; shift 2 ;;
    --json) arguments+=("$1"); shift ;;
    --false-alarms) [ $# -ge 2 ] || usage; arguments+=("$1" "$2"); shift 2 ;;
    -*) usage ;;
    *) folder=$1; shift ;;
  esac
done
[ -n "$folder" ] || usage
bench=$root/build/release/bin/anomaly_bench
if [ -z "$scorer" ]; then exec "$bench" "${arguments[@]}" "$folder"; fi
scores=$(mktemp -d)
trap 'rm -rf "$scores"' EXIT
"$bench" "${arguments[@]}" --scores "$scores" "$folder"
printf '\n%s: ' "$(basename "$scorer")" >&2
python3 "$scorer" "$folder/windows.json" "$scores" >&2
