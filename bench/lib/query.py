"""./dev bench query: what a question costs the server, and how long its answer takes."""
import argparse
import json
import os
import statistics
import struct
import sys
import time
from urllib.parse import urlencode

import peers
from aggregator import Aggregator, generate, keeps_raw
from process import BenchError, Workplace, say
from report import Report

DAY = 86400
RAW, BY_HOST, TOP, BY_ROLE, LAST = "raw export", "average by host", "top 10 by average", "5 min by role", "last values"


def first_metric(path):
    with open(path, "rb") as file:
        head = file.read(36)
        return file.read(struct.unpack("<I", head[32:])[0]).decode().split("\n")[0].removeprefix("c:").removeprefix("g:")


def prometheus_name(name):
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name)


class Questions:
    """The same questions in each system's words: {name: (path, rows of the answer)}."""

    def __init__(self, long_metric, fleet_metric, end, days):
        self.long, self.fleet = long_metric, fleet_metric
        self.end = end + 10  # behind the last sample
        self.day = self.end - DAY
        self.begin = self.day - days * DAY
        self.days = days

    def headroom(self):
        def ask(operation, match, **more):
            return f"/api/v1/{operation}?" + urlencode({"match": match, "limit": 100000, **more})
        day = {"from": self.day, "to": self.end}

        def items(answer):
            return len(json.loads(answer)["items"])

        def samples(answer):
            return sum(len(item["samples"]) for item in json.loads(answer)["items"])
        return {
            RAW: (ask("query_range", self.long + '{host.name="l0000"}', **{"from": self.begin, "to": self.day}), samples),
            BY_HOST: (ask("query_range", self.fleet, step="1d", aggregate="avg", **day), items),
            TOP: (ask("query_range", self.fleet, step="1d", aggregate="avg", top=10, **day), items),
            BY_ROLE: (ask("query_range", self.fleet, step="5m", aggregate="avg", by="role", across="avg", **day), samples),
            LAST: (ask("query", self.fleet, time=self.end), items)}

    def promql(self, export):
        long, fleet = prometheus_name(self.long), prometheus_name(self.fleet)

        def ask(query, **more):
            kind = "query_range" if "step" in more else "query"
            return f"/api/v1/{kind}?" + urlencode({"query": query, "nocache": 1, **more})

        def rows(answer):
            return len(json.loads(answer)["data"]["result"])

        def samples(answer):
            return sum(len(one["values"]) for one in json.loads(answer)["data"]["result"])

        def exported(answer):
            return sum(len(json.loads(line)["values"]) for line in answer.splitlines())
        at = self.end - 1  # a PromQL window takes its end in, ours do not
        raw = (ask(f'{long}{{host="l0000"}}[{self.days}d]', time=self.day - 1), samples)
        if export:
            raw = ("/api/v1/export?" + urlencode({"match[]": f'{long}{{host="l0000"}}', "start": self.begin, "end": self.day - 1}),
                   exported)
        return {RAW: raw,
                BY_HOST: (ask(f"avg_over_time({fleet}[1d])", time=at), rows),
                TOP: (ask(f"topk(10, avg_over_time({fleet}[1d]))", time=at), rows),
                BY_ROLE: (ask(f"avg by (role) (avg_over_time({fleet}[5m]))", start=self.day + 299, end=at, step=300), samples),
                LAST: (ask(fleet, time=at), rows)}


def measure(server, path, rows, repeats):
    status, answer = server.request("GET", path)
    if status != 200:
        raise BenchError(f"answers {status}: {answer[:160].decode(errors='replace')}")
    count = rows(answer)
    server.request("GET", path)
    walls = []
    before = server.cpu()
    for _ in range(repeats):
        begin = time.perf_counter()
        server.request("GET", path)
        walls.append((time.perf_counter() - begin) * 1000)
    cpu = (server.cpu() - before) / repeats * 1000
    return {"CPU ms": cpu, "min ms": min(walls), "median ms": statistics.median(walls), "bytes": len(answer), "rows": count}


def ask_all(server, questions, repeats, report):
    rows = {}
    for name, (path, count) in questions.items():
        try:
            rows[name] = measure(server, path, count, repeats)
        except BenchError as error:
            report.note(f"{server.name}: {name}: {error}")
    return rows


def load_headroom(workplace, datasets, ends, days):
    aggregator = Aggregator(workplace, store_options=keeps_raw(days + 60))
    loaded = {}
    for path, end, prefix in zip(datasets, ends, "lh"):
        say(f"headroom gets {os.path.basename(path)}")
        summary = aggregator.play(path, "--end-at", end, "--host-prefix", prefix, "--batch-steps", 360)
        loaded["samples"] = loaded.get("samples", 0) + summary["samples"]
    aggregator.settle()
    loaded["CPU s to load"] = aggregator.cpu()
    loaded["disk B/sample"] = sum(family["bytes"] for family in aggregator.stats()["families"]) / loaded["samples"]
    loaded["RSS MiB"] = aggregator.memory()[0]
    return aggregator, loaded


def load_peer(peer_class, workplace, datasets, ends):
    peer = peer_class(workplace)
    loaded = {"samples": 0}
    for path, end, prefix in zip(datasets, ends, "lh"):
        sent = peer.feed(path, "--end-at", end, "--host-prefix", prefix, "--batch-steps", 60)
        loaded["samples"] += sent["samples"]
    peer.settle()
    loaded["CPU s to load"] = peer.cpu()
    sizes = peer.disk()
    loaded["disk B/sample"] = (sizes["data"] + sizes["index"]) / loaded["samples"]
    loaded["RSS MiB"] = peer.memory()[0]
    return peer, loaded


def run(arguments, report, workplace):
    datasets = [os.path.abspath(path) for path in arguments.datasets]
    if not datasets:
        sizes = [("long.bin", 1, 50, arguments.days * DAY // 10), ("fleet.bin", arguments.fleet_hosts, 3, DAY // 10)]
        for name, hosts, series, steps in sizes:
            datasets.append(os.path.join(workplace.path, name))
            generate(datasets[-1], hosts, series, 10, steps, arguments.seed)
    end = int(time.time()) // 60 * 60 - 10
    ends = [end - DAY, end]  # the fleet's day follows the long history: whoever wants order in time gets it
    questions = Questions(first_metric(datasets[0]), first_metric(datasets[1]), end, arguments.days)
    server, loaded = load_headroom(workplace, datasets, ends, arguments.days)
    systems = {"headroom": ask_all(server, questions.headroom(), arguments.repeats, report)}
    loads = {"headroom": loaded}
    report.note(*server.notes)
    server.stop()
    if arguments.peers:
        report.note(peers.how_batched(60), *peers.missing(), "victoria-metrics is asked with nocache=1; all answers come from a "
                    "warm page cache")
        if peers.Prometheus.package not in arguments.peers:
            report.note("prometheus takes minutes to load this store: --peers victoria-metrics,prometheus measures it too")
    for peer_class in peers.wanted(arguments):
        report.note(f"{peer_class.package} {peers.version_of(peer_class.package)}")
        try:
            peer, loads[peer_class.package] = load_peer(peer_class, workplace, datasets, ends)
        except BenchError as error:
            report.note(f"{peer_class.package} skipped: {error}")
            continue
        asked = questions.promql(export=peer_class is peers.VictoriaMetrics)
        systems[peer_class.package] = ask_all(peer, asked, arguments.repeats, report)
        peer.stop()
    report.add("store", "the store", loads)
    for name in (RAW, BY_HOST, TOP, BY_ROLE, LAST):
        rows = {system: results[name] for system, results in systems.items() if name in results}
        report.add(name.replace(" ", "_"), name, rows)
        for system, row in rows.items():
            if system != "headroom" and "headroom" in rows:
                report.ratio(f"{name}: CPU ms", rows["headroom"]["CPU ms"], row["CPU ms"], system, "lower")
                report.ratio(f"{name}: min ms", rows["headroom"]["min ms"], row["min ms"], system, "lower")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench query", description=__doc__)
    parser.add_argument("datasets", nargs="*", metavar="LONG.bin FLEET.bin",
                        help="a long history and a day of a fleet, 10 s apart (bench/loadgen/dataset.h); without: generated")
    parser.add_argument("--days", type=int, default=30, help="of the long history of one host with 50 series (default 30)")
    parser.add_argument("--fleet-hosts", type=int, default=1000, help="hosts with a day of 3 series each (default 1000)")
    parser.add_argument("--repeats", type=int, default=30, help="of each question (default 30)")
    parser.add_argument("--seed", type=int, default=42)
    peers.add_peer_arguments(parser)
    parser.set_defaults(peers=peers.VictoriaMetrics.package)
    parser.add_argument("--json", action="store_true", help="the same figures as JSON")
    arguments = parser.parse_args()
    if len(arguments.datasets) not in (0, 2):
        parser.error("give two datasets, or none")
    report = Report(arguments.json)
    with Workplace() as workplace:
        run(arguments, report, workplace)
    report.print()


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"bench query: {error}")
