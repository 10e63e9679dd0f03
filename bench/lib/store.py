"""./dev bench store: what samples weigh on disk and in memory, what is written for them, and how a restart goes."""
import argparse
import os
import sys

import peers
import trace
from aggregator import Aggregator, add_dataset_arguments, dataset, recently, release
from process import BenchError, Workplace, file_bytes, say
from report import Report

BESIDE = ("capacity_metrics_1m", "capacity_metrics_1h", "capacity_metrics_quantiles")  # rollups stand beside raw samples


def families_of(stats, samples):
    rows = {}
    for family in sorted(stats["families"], key=lambda one: -one["bytes"]):
        row = {"bytes": family["bytes"], "B/raw sample": family["bytes"] / samples}
        for key in ("samples", "chunks", "windows"):
            if family.get(key):
                row[key] = family[key]
        rows[family["name"]] = row
    return rows


def raw_bytes(stats):
    """All that is needed to give the samples back: chunks with their keys, catalog, what is left of the journal."""
    return sum(family["bytes"] for family in stats["families"] if family["name"] not in BESIDE)


def measure_disk(workplace, path, batch_steps, *options, name="headroom", hold=True):
    """Plays, settles and measures with all agents connected. (row, families, notes)."""
    # Over one connection all series are one host's.
    aggregator = Aggregator(workplace, name, "series_per_host_max: 5000000" if "--one-connection" in options else "")
    empty = aggregator.memory()[0]
    say(f"headroom gets the samples{' over one connection' if '--one-connection' in options else ''}")
    summary, generator = aggregator.play(path, "--batch-steps", batch_steps, *recently(path), *options, hold=hold)
    aggregator.settle()
    now, peak = aggregator.memory()
    stats = aggregator.stats()
    written = aggregator.written_bytes()
    release(generator)
    samples = summary["samples"]
    row = {"samples": samples, "series": summary["series"], "connections": summary["connections"],
           "raw B/sample": raw_bytes(stats) / samples,
           "with rollups B/sample": sum(family["bytes"] for family in stats["families"]) / samples,
           "folder B/sample": file_bytes(os.path.join(aggregator.folder, "store")) / samples,
           "written/received": written / (summary["batch_bytes"] + summary["layout_bytes"]),
           "RSS empty MiB": empty, "RSS peak MiB": peak, "RSS MiB": now}
    if "write_amplification" in stats:
        row["write amplification (store)"] = stats["write_amplification"]
    aggregator.stop()
    return row, families_of(stats, samples), aggregator.notes


def measure_restart(workplace, path, batch_steps):
    """SIGKILL with everything still in the journal, then a start."""
    options = "head_mib: 4096, flush_interval: 1d"  # nothing leaves the journal before the kill
    aggregator = Aggregator(workplace, "headroom-restart", options)
    say("headroom gets the samples, is killed, and starts again")
    summary = aggregator.play(path, "--batch-steps", batch_steps, *recently(path))
    disk = file_bytes(os.path.join(aggregator.folder, "store"))
    aggregator.kill()
    again = Aggregator(workplace, "headroom-restart", options)
    stats = again.stats()
    cpu = again.cpu()
    row = {"batches in the journal": summary["batches"], "recovered": stats["recovered_batches"],
           "journal MiB": summary["batch_bytes"] / (1 << 20), "on disk MiB": disk / (1 << 20),
           "seconds to /readyz": again.ready_seconds, "recovery ms (store)": stats.get("recovery_ms"), "CPU s": cpu,
           "MiB/s": summary["batch_bytes"] / (1 << 20) / again.ready_seconds}
    again.stop()
    if stats["recovered_batches"] != summary["batches"]:
        raise BenchError(f"{summary['batches']} batches were acknowledged before SIGKILL, {stats['recovered_batches']} came back")
    return row


def measure_peers(report, workplace, arguments, path, key):
    rows = {}
    for peer_class in peers.wanted(arguments):
        try:
            row, peer = peers.measure_ingest(peer_class, workplace, path, "--batch-steps", arguments.peer_steps,
                                             *recently(path), name=f"{peer_class.package}-{key}")
        except BenchError as error:
            report.note(f"{peer_class.package} skipped: {error}")
            continue
        peer.stop()
        report.note(f"{peer_class.package} {peers.version_of(peer_class.package)}")
        rows[peer_class.package] = {"samples": row["samples"], "raw B/sample": row["disk B/sample"],
                                    "folder B/sample": row["folder B/sample"], "RSS peak MiB": row["RSS peak MiB"],
                                    "RSS MiB": row["RSS after MiB"]}
    return rows


def run_trace(arguments, report, workplace):
    for what, (path, samples) in trace.datasets(arguments.trace, workplace.path).items():
        key = "trace_" + what.replace(" ", "_")
        row, families, notes = measure_disk(workplace, path, 5, name=f"headroom-{key}")
        # Missing values are not samples.
        for name in ("raw B/sample", "with rollups B/sample", "folder B/sample"):
            row[name] *= row["samples"] / samples
        row["samples"] = samples
        rows = {"headroom": row, **measure_peers(report, workplace, arguments, path, key)}
        report.add(key, f"one host at 1 Hz, {what}; batches of 5 s", rows)
        report.add(f"{key}_families", f"headroom on disk by column family, {what}", families)
        report.note(*notes)
        for peer, theirs in list(rows.items())[1:]:
            report.ratio(f"{what}: raw bytes per sample", row["raw B/sample"], theirs["raw B/sample"], peer, "lower")


def run(arguments, report, workplace):
    if arguments.peers:
        report.note(peers.how_batched(arguments.peer_steps), *peers.missing())
    if arguments.trace:
        run_trace(arguments, report, workplace)
        if not arguments.dataset:
            return
    path = dataset(arguments, workplace)
    rows, steps = {}, arguments.batch_steps
    rows["headroom"], families, notes = measure_disk(workplace, path, steps)
    rows["headroom, one connection"], _, _ = measure_disk(workplace, path, steps, "--one-connection", name="headroom-one")
    report.note(*notes)
    rows.update(measure_peers(report, workplace, arguments, path, "store"))
    report.add("store", "on disk and in memory, with all agents connected", rows)
    report.add("families", "headroom on disk by column family", families)
    ours, one = rows["headroom"], rows["headroom, one connection"]
    connections = ours["connections"] - one["connections"]
    apart = ours["RSS MiB"] - one["RSS MiB"]
    report.add("connections", "memory of connections: RSS with a connection per host less RSS with the same data over one", {
        "headroom": {"connections": connections, "MiB": apart, "KiB/connection": apart * 1024 / max(1, connections)}})
    report.add("restart", "SIGKILL with a full journal, and a start", {"headroom": measure_restart(workplace, path, steps)})
    for peer in (peer.package for peer in peers.PEERS_KNOWN):
        theirs = rows.get(peer, {})
        report.ratio("raw bytes per sample", ours["raw B/sample"], theirs.get("raw B/sample"), peer, "lower")
        report.ratio("RSS, MiB", ours["RSS MiB"], theirs.get("RSS MiB"), peer, "lower")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench store", description=__doc__)
    add_dataset_arguments(parser)
    peers.add_peer_arguments(parser)
    parser.add_argument("--batch-steps", type=int, default=6, help="samples of a series per message of Headroom (default 6)")
    parser.add_argument("--peer-steps", type=int, default=1, help="samples of a series per request to a peer (default 1)")
    parser.add_argument("--trace", metavar="FILE.csv.gz", help="a recorded host at 1 Hz: ts_ms and columns c:NAME, g:NAME; with a "
                        "dataset both are measured")
    arguments = parser.parse_args()
    report = Report(arguments.json)
    with Workplace() as workplace:
        run(arguments, report, workplace)
    report.print()


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"bench store: {error}")
