#!/usr/bin/env bash
# samples per server CPU-second through the real wire: [DAYS=30] of the demo fleet (20 hosts, 40 series, 5-minute steps)
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
bin=$root/build/release/bin
days=30 json=
for argument in "$@"; do
  case $argument in
    --json) json=1 ;;
    *) days=$argument ;;
  esac
done
dir=$(mktemp -d)
aggregator= demo=
cleanup() {
  [ -z "$demo" ] || kill "$demo" 2>/dev/null || true
  [ -z "$aggregator" ] || { kill "$aggregator" 2>/dev/null || true; wait "$aggregator" 2>/dev/null || true; }
  rm -rf "$dir"
}
trap cleanup EXIT
mkdir "$dir/authorized_agents.d"
"$bin/headroom-aggregator" --generate-key "$dir/aggregator.key" >/dev/null
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$dir/aggregator.yaml" <<EOF
store: {path: $dir/store, flush_interval: 1d}
ingest: {listen: "tcp://127.0.0.1:$port", key_file: $dir/aggregator.key, authorized_agents: $dir/authorized_agents.d}
admin: {socket: $dir/admin.sock}
analysis: {forecast: false}
scaling: {enabled: false}
EOF
"$bin/headroom-aggregator" --config "$dir/aggregator.yaml" 2>"$dir/aggregator.log" &
aggregator=$!
until [ -S "$dir/admin.sock" ]; do sleep 0.05; kill -0 "$aggregator"; done
# User and system time of all threads, in clock ticks.
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
before=$(ticks "$aggregator")
"$bin/headroom-demo" --endpoint "tcp://127.0.0.1:$port" --server-key "$dir/aggregator.pub" --keys "$dir/keys" \
  --authorize "$dir/authorized_agents.d" --ready "$dir/ready" --days "$days" 2>"$dir/demo.log" &
demo=$!
until [ -e "$dir/ready" ]; do sleep 0.02; kill -0 "$demo"; done
after=$(ticks "$aggregator")
kill "$demo"; wait "$demo" 2>/dev/null || true; demo=
sleep 2  # the counters are published once a second
"$bin/headroom" --socket "$dir/admin.sock" status --format json >"$dir/status.json"
rss=$(awk '/VmRSS/ {print $2}' "/proc/$aggregator/status")
python3 - "$dir/status.json" "$((after - before))" "$(getconf CLK_TCK)" "$rss" "$json" <<'EOF'
import json, sys
status = json.load(open(sys.argv[1]))
ingest, store = status["ingest"], status["store"]
cpu = int(sys.argv[2]) / int(sys.argv[3])
row = {"samples": ingest["samples"], "server_cpu_seconds": cpu, "samples_per_cpu_second": ingest["samples"] / max(cpu, 0.01),
       "message_bytes_per_sample": ingest["message_bytes"] / ingest["samples"],
       "batches_per_group_commit": ingest["batches"] / ingest["group_commits"],
       "disk_bytes_per_sample": store["disk_bytes"] / ingest["samples"], "rss_mib": int(sys.argv[4]) / 1024}
if sys.argv[5]:
    print(json.dumps(row))
else:
    for name, value in row.items():
        print(f"{name.replace('_', ' '):28} {value:>14,.2f}")
EOF
