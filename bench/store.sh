#!/usr/bin/env bash
# bytes per sample on disk, memory with all agents connected, write amplification, restart; against the same peers
exec python3 "$(dirname "$(readlink -f "$0")")/lib/store.py" "$@"
