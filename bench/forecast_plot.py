#!/usr/bin/env python3
"""Draws forecasts with their 95 % intervals: forecast_plot.py FOLDER FORECASTS OUT.png SET:SERIES…

FOLDER holds SET.train.csv and SET.test.csv (plain or .gz), FORECASTS what forecast_bench --forecasts wrote.
"""
import csv
import datetime
import gzip
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402

INK, QUIET, TRUTH, FORECAST = "#1f2933", "#9aa5b1", "#52606d", "#0b6e99"


def rows(path):
    opened = open(path) if os.path.exists(path) else gzip.open(path + ".gz", "rt")
    with opened as file:
        yield from csv.DictReader(file)


def series_of(path, name, *columns):
    """Times and the columns' values of one series; a blank is a gap."""
    found = [r for r in rows(path) if r["series_id"] == name]
    times = [datetime.datetime.fromtimestamp(float(r["unix_ts"]), datetime.timezone.utc) for r in found]
    return times, *[[float(r[c]) if r[c] else float("nan") for r in found] for c in columns], found


def draw(axis, folder, forecasts, dataset, name):
    times, truth, _ = series_of(f"{folder}/{dataset}.train.csv", name, "value")
    ahead, later, _ = series_of(f"{folder}/{dataset}.test.csv", name, "value")
    made, mean, low, high, records = series_of(f"{forecasts}/{dataset}.csv", name, "mean", "lo", "hi")
    shown = min(len(times), max(3 * len(ahead), 60)) if len(ahead) < 1000 else min(len(times), 2 * len(ahead))
    axis.plot(times[-shown:], truth[-shown:], color=QUIET, linewidth=0.8, label="history")
    axis.fill_between(made, low, high, color=FORECAST, alpha=0.18, linewidth=0, label="95 % interval")
    axis.plot(ahead, later, color=TRUTH, linewidth=0.8, label="what happened")
    axis.plot(made, mean, color=FORECAST, linewidth=1.1, label="forecast")
    axis.axvline(made[0], color=INK, linewidth=0.6, linestyle=":")
    inside = sum(l <= v <= h for l, v, h in zip(low, later, high)) / len(later)
    axis.set_title(f"{dataset}: {name}", loc="left", fontsize=9, color=INK)
    axis.set_title(f"{records[0]['model']}, {100 * inside:.0f} % inside", loc="right", fontsize=8, color=TRUTH)
    axis.xaxis.set_major_locator(matplotlib.dates.AutoDateLocator(maxticks=6))
    axis.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(axis.xaxis.get_major_locator()))
    axis.tick_params(labelsize=7, colors=TRUTH)
    # The band may reach far above a bursty history: what happened and was forecast decides the height.
    seen = [v for v in truth[-shown:] + later + mean if v == v]
    room = 0.35 * (max(seen) - min(seen) or 1)
    axis.set_ylim(max(min(low + seen), min(seen) - room), min(max(high + seen), max(seen) + room))
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    folder, forecasts, out, wanted = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    figure, axes = plt.subplots((len(wanted) + 1) // 2, 2, figsize=(13, 3.1 * ((len(wanted) + 1) // 2)), squeeze=False)
    flat = axes.flatten()
    for axis, one in zip(flat, wanted):
        draw(axis, folder, forecasts, *one.split(":", 1))
    for axis in flat[len(wanted):]:
        axis.set_visible(False)
    handles, labels = flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncol=4, frameon=False, fontsize=9)
    figure.text(0.99, 0.005, "times in UTC", ha="right", fontsize=7, color=TRUTH)
    figure.tight_layout(rect=(0, 0.01, 1, 0.97))
    figure.savefig(out, dpi=110)


main()
