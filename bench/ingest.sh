#!/usr/bin/env bash
# samples per server CPU-second through the real wire, against Debian's victoria-metrics and prometheus
exec python3 "$(dirname "$(readlink -f "$0")")/lib/ingest.py" "$@"
