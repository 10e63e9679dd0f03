#!/usr/bin/env bash
# CPU and memory of the agent at 1 Hz, beside Debian's node_exporter, collectd and netdata
exec python3 "$(dirname "$(readlink -f "$0")")/lib/agent.py" "$@"
