"""A recorded host as datasets: CSV with `ts_ms` and columns `c:NAME` (counters) and `g:NAME` (gauges), one row a second."""
import csv
import gzip
import os
import re
import struct

from process import BenchError

MISSING = struct.pack("<Q", 0x7FF0000000000002)  # the value that the wire knows as "not measured"


def read(path):
    """(names with their c: or g:, {second: values}); a blank is None."""
    opened = gzip.open(path, "rt", newline="") if path.endswith(".gz") else open(path, newline="")
    with opened as file:
        rows = csv.reader(file)
        head = next(rows)
        if head[0] != "ts_ms" or any(name[:2] not in ("c:", "g:") for name in head[1:]):
            raise BenchError(f"{path}: the first line must be ts_ms and names that begin with c: or g:")
        values = {round(int(row[0]) / 1000): [float(cell) if cell else None for cell in row[1:]] for row in rows}
    return head[1:], values


def metric_name(name):
    return re.sub(r"[^A-Za-z0-9_.]", "_", name[2:]).strip("._")


def write(path, names, values):
    """One host, a step a second; a second without a row is one of missing values. Returns the values that are there."""
    begin, end = min(values), max(values)
    text = "".join(name[:2] + metric_name(name) + "\n" for name in names).encode()
    count = 0
    with open(path, "wb") as file:
        file.write(struct.pack("<8s4IqI", b"HRFLEET1", 1, len(names), 1, end - begin + 1, begin * 1000, len(text)) + text)
        for second in range(begin, end + 1):
            row = values.get(second) or [None] * len(names)
            count += sum(value is not None for value in row)
            file.write(struct.pack("<q", second * 1000))
            file.write(b"".join(MISSING if value is None else struct.pack("<d", value) for value in row))
    return count


def derived(names, values):
    """Counters as their growth per second; everything a gauge."""
    out = {}
    for second in sorted(values):
        before = values.get(second - 1)
        if before is None:
            continue
        row = []
        for name, old, new in zip(names, before, values[second]):
            if name.startswith("g:"):
                row.append(new)
            else:
                row.append(None if old is None or new is None or new < old else new - old)
        out[second] = row
    return ["g:" + name[2:] for name in names], out


def datasets(path, folder):
    """{what: (dataset, samples)} of the trace both ways."""
    names, values = read(path)
    made = {}
    for what, (columns, rows) in {"raw counters": (names, values), "derived gauges": derived(names, values)}.items():
        target = os.path.join(folder, what.replace(" ", "-") + ".bin")
        made[what] = (target, write(target, columns, rows))
    return made
