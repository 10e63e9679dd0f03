"""./dev bench ingest: what it costs the server to take samples in, from the first message until compaction is quiet."""
import argparse
import os
import sys

import peers
from aggregator import Aggregator, add_dataset_arguments, dataset, generate, header, recently, release
from process import BenchError, Workplace, file_bytes, say
from report import Report

HZ_SERIES = 300     # per host in the 1 Hz shape
HZ_HOSTS, HZ_STEPS = 100, 600


def measure_headroom(workplace, path, batch_steps, *arguments, name="headroom"):
    """(row of the table, bytes per sample by column family, the summary, notes)."""
    aggregator = Aggregator(workplace, name)
    say(f"headroom gets the samples, {batch_steps} steps per batch")
    summary, generator = aggregator.play(path, "--batch-steps", batch_steps, *arguments, hold=True)
    aggregator.settle()
    cpu = aggregator.cpu() - summary["server_cpu_begin"]
    after, peak = aggregator.memory()
    status = aggregator.status()["ingest"]
    stats = aggregator.stats()
    release(generator)
    if status["samples"] != summary["samples"] or status["batches"] != summary["batches"]:
        raise BenchError(f"sent {summary['samples']} samples in {summary['batches']} batches, but the aggregator counts "
                         f"{status['samples']} in {status['batches']}")
    samples, batches = summary["samples"], summary["batches"]
    row = {"samples": samples, "CPU s": cpu, "samples/CPU s": samples / cpu,
           "CPU s to last answer": summary["server_cpu_end"] - summary["server_cpu_begin"],
           "messages": batches, "messages/s": batches / summary["seconds"], "messages/CPU s": batches / cpu,
           "bytes/message": summary["batch_bytes"] / batches,
           "wire B/sample": (summary["batch_bytes"] + summary["layout_bytes"]) / samples,
           "group commits": status["group_commits"], "batches/commit": batches / max(1, status["group_commits"]),
           "disk B/sample": sum(family["bytes"] for family in stats["families"]) / samples,
           "folder B/sample": file_bytes(os.path.join(aggregator.folder, "store")) / samples,
           "connections": summary["connections"],
           "CPU s to connect": summary["server_cpu_begin"] - summary["server_cpu_before"],
           "RSS peak MiB": peak, "RSS after MiB": after}
    families = {family["name"]: {"bytes": family["bytes"], "B/sample": family["bytes"] / samples}
                for family in sorted(stats["families"], key=lambda family: -family["bytes"])}
    aggregator.stop()
    return row, families, aggregator.notes


COLUMNS = ["headroom", *(peer.package for peer in peers.PEERS_KNOWN)]


def transposed(rows):
    """Systems as columns: a person compares along a line."""
    figures = []
    for row in rows.values():
        figures += [name for name in row if name not in figures]
    return {figure: {system: row[figure] for system, row in rows.items() if figure in row} for figure in figures}


def say_cost(system, row):
    """A run may take long, and may be stopped before its tables."""
    say(f"{system}: {row['samples']:,} samples in {row['CPU s']:.2f} CPU s, {row['disk B/sample']:.3f} B/sample on disk")


def part(report, key, title, workplace, arguments, path, batch_steps, options, with_peers):
    options = [*options, *recently(path)]
    row, families, notes = measure_headroom(workplace, path, batch_steps, *options, name=f"headroom-{key}")
    say_cost("headroom", row)
    rows = {"headroom": row}
    report.note(*notes)
    for peer_class in peers.wanted(arguments) if with_peers else []:
        try:
            rows[peer_class.package], peer = peers.measure_ingest(
                peer_class, workplace, path, "--batch-steps", arguments.peer_steps, *options, name=f"{peer_class.package}-{key}")
        except BenchError as error:
            report.note(f"{peer_class.package} skipped: {error}")
            continue
        peer.stop()
        say_cost(peer_class.package, rows[peer_class.package])
    report.add(key, title, transposed(rows), list(rows))
    report.add(f"{key}_families", "headroom on disk by column family", families)
    for name, theirs in list(rows.items())[1:]:
        report.ratio(f"{key}: samples per server CPU second", row["samples/CPU s"], theirs["samples/CPU s"], name, "higher")
        report.ratio(f"{key}: disk bytes per sample", row["disk B/sample"], theirs["disk B/sample"], name, "lower")
        report.ratio(f"{key}: RSS after, MiB", row["RSS after MiB"], theirs["RSS after MiB"], name, "lower")


def run(arguments, report, workplace):
    path = dataset(arguments, workplace)
    facts = header(path)
    with_peers = bool(arguments.peers)
    if with_peers:
        report.note(peers.how_batched(arguments.peer_steps), *peers.missing())
        for peer in peers.wanted(arguments):
            report.note(f"{peer.package} {peers.version_of(peer.package)}")
    size = f"{facts['hosts']:,} hosts × {facts['metrics']} series × {facts['steps']:,} samples, {facts['interval']} s apart"
    if facts["interval"] > 1:
        part(report, "ingest", f"{size}; {arguments.batch_steps} steps per batch", workplace, arguments, path,
             arguments.batch_steps, [], with_peers)
        if arguments.one_step:
            part(report, "one_step", f"{size}; 1 step per batch", workplace, arguments, path, 1, [], False)
    if arguments.hz or facts["interval"] == 1:
        if facts["interval"] != 1:
            path = os.path.join(workplace.path, "hz.bin")
            generate(path, HZ_HOSTS, 50, 1, HZ_STEPS, arguments.seed)
            facts = header(path)
        copies = max(1, round(HZ_SERIES / facts["metrics"]))
        part(report, "hz", f"{facts['hosts']:,} hosts × {copies * facts['metrics']} series × {facts['steps']:,} samples, 1 s apart; "
             "5 steps per batch", workplace, arguments, path, 5, ["--copies", str(copies)], with_peers)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench ingest", description=__doc__)
    add_dataset_arguments(parser)
    peers.add_peer_arguments(parser)
    parser.add_argument("--batch-steps", type=int, default=6, help="samples of a series per message of Headroom (default 6: a minute)")
    parser.add_argument("--peer-steps", type=int, default=1, help="samples of a series per request to a peer (default 1, as agents do)")
    parser.add_argument("--one-step", action="store_true", help="also with 1 step per batch, Headroom alone")
    parser.add_argument("--hz", action="store_true", help="also the 1 Hz shape: 300 series per host, batches of 5 s (alone, where "
                        "the dataset has a sample a second)")
    arguments = parser.parse_args()
    report = Report(arguments.json)
    with Workplace() as workplace:
        run(arguments, report, workplace)
    report.print()


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"bench ingest: {error}")
