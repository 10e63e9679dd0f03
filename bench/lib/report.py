"""Figures as tables that a person can compare, or as JSON."""
import json


def number(value):
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"


def table(title, columns, rows):
    """`rows` are (name, {column: value})."""
    print(f"\n{title}")
    cells = [[name] + [number(values[column]) if column in values else "" for column in columns] for name, values in rows]
    heads = [""] + list(columns)
    widths = [max(len(line[i]) for line in [heads] + cells) for i in range(len(heads))]
    for line in [heads] + cells:
        print("  " + line[0].ljust(widths[0]) + "".join("  " + cell.rjust(width) for cell, width in zip(line[1:], widths[1:])))


class Report:
    """Collects what a benchmark measured and prints it at the end, one way or the other."""

    def __init__(self, as_json):
        self.as_json = as_json
        self.data = {}
        self.tables = []
        self.ratios = []
        self.notes = []

    def add(self, key, title, rows, columns=None):
        """`rows`: {row: {column: value}}, in order; what is printed as a row is a row of the JSON."""
        self.data[key] = rows
        if columns is None:
            columns = []
            for values in rows.values():
                columns += [column for column in values if column not in columns]
        self.tables.append((title, columns, list(rows.items())))

    def ratio(self, name, ours, theirs, peer, better):
        """`better`: 'higher' or 'lower'; the ratio is ours/peer as measured."""
        if ours and theirs:
            self.ratios.append({"name": name, "ours": ours, "peer": peer, "theirs": theirs, "ratio": ours / theirs,
                                "better": better})

    def note(self, *texts):
        self.notes += [text for text in texts if text not in self.notes]

    def print(self):
        if self.as_json:
            print(json.dumps({**self.data, "ratios": self.ratios, "notes": self.notes}, indent=1, ensure_ascii=False))
            return
        for one in self.tables:
            table(*one)
        if self.notes:
            print()
        for note in self.notes:
            print(f"note: {note}")
        if self.ratios:
            print()
        for one in self.ratios:
            print(f"ratio ours/{one['peer']}: {one['name']} {number(one['ours'])} / {number(one['theirs'])} = "
                  f"{one['ratio']:.3f} ({one['better']} is better)")
